/** Another model for the sample in the panel, or for the file in front. */
import * as vscode from 'vscode';
import type { Context } from '../context';
import { PersonalError } from '../errors';
import { addressInFront } from '../samples/address';
import { pickModel } from '../samples/choose-model';

export async function chooseModel(context: Context): Promise<void> {
  const { models } = await context.server.api.models();
  if (models.length === 0)
    throw new PersonalError({
      code: 'no-model',
      what: vscode.l10n.t('The workspace declares no model.'),
      where: null,
      next: vscode.l10n.t('Run “Model Blame: Set Up Workspace File…”.'),
    });
  const panel = context.panels.current;
  const subject = panel?.state.subject;
  const address = subject?.address ?? addressInFront();
  const model = await pickModel(address, models, context.models);
  if (model !== undefined && panel !== undefined && subject !== undefined && subject !== null)
    panel.show({ address: subject.address, model });
}
