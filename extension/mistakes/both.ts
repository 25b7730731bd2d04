/** One sample under the model as it is and as it was: two panels side by side, each as usual. */
import * as vscode from 'vscode';
import type { SurveyRow } from '../../server/protocol';
import type { Context } from '../context';
import { PersonalError } from '../errors';
import type { Surveys } from './surveys';

export async function explainBoth({ panels }: Context, surveys: Surveys, row: SurveyRow): Promise<void> {
  const answer = await surveys.ask((api, survey) => api.versions({ survey }));
  const [now, ...earlier] = answer?.versions ?? [];
  const against = surveys.current?.diff?.against.hash;
  const before = earlier.find(({ hash }) => hash === against) ?? earlier[0];
  if (now === undefined || before === undefined)
    throw new PersonalError({
      code: 'no-earlier-model',
      what: vscode.l10n.t('Only one state of the model is known.'),
      where: surveys.current?.model.name ?? null,
      next: vscode.l10n.t('Train it again, and find its misclassified samples once more.'),
    });
  if (before.model === null)
    throw new PersonalError({
      code: 'earlier-model-gone',
      what: vscode.l10n.t('The earlier file of the model was not kept.'),
      where: surveys.current?.model.name ?? null,
      next: vscode.l10n.t('Its predictions are known; keep a copy of the file to have it explained.'),
    });
  panels.showBoth(
    { address: row.address, model: before.model },
    { address: row.address, model: now.model ?? surveys.current?.model.name ?? null },
    // The class it says now: what speaks for it, now and before?
    row.predicted === null ? { kind: 'predicted' } : { kind: 'class', class: row.predicted.class },
  );
}
