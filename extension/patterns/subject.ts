/** What the Patterns page is about, from what a person looks at. */
import * as vscode from 'vscode';
import type { PatternsSubject, SurveyCell, SurveyFilter, SurveyState } from '../../server/protocol';

/** The samples of a survey. @param cell Null: all of them. */
export function subjectOfSurvey({ files, model }: SurveyState, cell: SurveyCell | null): PatternsSubject {
  return { ...named(files.map(({ uri }) => uri)), model: model.name, cell };
}

/** The cell of the confusion matrix that a filter names; null where it leaves the gold or the predicted class open. */
export function cellOf({ gold, predicted }: SurveyFilter): SurveyCell | null {
  return gold === undefined || predicted === undefined ? null : { gold, predicted };
}

/** @param datasets Files, as URIs. */
export function named(datasets: readonly string[]): Pick<PatternsSubject, 'datasets' | 'name'> {
  const [first] = datasets;
  const name = first === undefined ? '' : vscode.workspace.asRelativePath(vscode.Uri.parse(first));
  return { datasets, name: datasets.length > 1 ? vscode.l10n.t('{0} and {1} more', name, datasets.length - 1) : name };
}
