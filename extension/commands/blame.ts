/** Explain what keeps a sample from its label: the Blame view of the row, picture or sample that is meant. */
import * as vscode from 'vscode';
import type { SampleAddress } from '../../server/protocol';
import type { Context } from '../context';
import { PersonalError } from '../errors';
import { addressInFront, fileAddress, rowAddress } from '../samples/address';

/** Menus of the gutter, the editor and the explorer; in the palette, with the panel in front, its own sample. */
export function blameSample(context: Context, argument: unknown): void {
  const panel = context.panels.current;
  if (argument === undefined && panel?.view.active === true && panel.state.subject !== null) {
    panel.showTab('blame');
    return;
  }
  const address = addressOf(argument);
  if (address === null)
    throw new PersonalError({
      code: 'nothing-to-explain',
      what: vscode.l10n.t('No sample is in front.'),
      where: null,
      next: vscode.l10n.t('Open a dataset file or a picture, or explain a sample first.'),
    });
  context.panels.show({ address, model: null }).showTab('blame');
}

function addressOf(argument: unknown): SampleAddress | null {
  return fileAddress(argument) ?? (argument === undefined ? addressInFront() : rowAddress(argument));
}
