/** Questions that narrow the list of mistakes down, or put it in another order. */
import * as vscode from 'vscode';
import type { MistakeGrouping, SurveyFilter, SurveyState } from '../../server/protocol';
import { mistakeGroupings } from '../../server/protocol/survey-page';
import { surveySorts } from '../../server/protocol/survey';
import type { Surveys } from './surveys';
import { isFiltered, mostFiles, plainView, withConditions } from './view';
import { count, filterWords, inert, sortLabel } from './words';

type Answer = Partial<SurveyFilter> | undefined;
interface Item extends vscode.QuickPickItem {
  readonly ask: () => Promise<Answer>;
}

export async function chooseFilter(surveys: Surveys): Promise<void> {
  const state = surveys.current;
  if (state === null) return;
  const { filter } = surveys.view;
  const now = filterWords(filter, state);
  const items: readonly Item[] = [
    { label: vscode.l10n.t('$(symbol-class) Gold class…'), ask: () => askClass(state, 'gold') },
    { label: vscode.l10n.t('$(symbol-class) Predicted class…'), ask: () => askClass(state, 'predicted') },
    ...(state.columns.length === 0
      ? []
      : [{ label: vscode.l10n.t('$(table) Value of a column…'), ask: () => askColumn(surveys, state, filter) }]),
    { label: vscode.l10n.t('$(search) Text in the sample…'), ask: () => askText(filter) },
    { label: vscode.l10n.t('$(list-ordered) Wrong by top 1 or top k…'), ask: () => askTopK(state) },
    { label: vscode.l10n.t('$(list-filter) Which samples…'), ask: () => askOnly(state) },
    ...(isFiltered(surveys.view)
      ? [
          {
            label: vscode.l10n.t('$(clear-all) Show All Mistakes'),
            description: now,
            ask: () => Promise.resolve(nothing),
          },
        ]
      : []),
  ];
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Show only mistakes with…'),
    ...(now === '' ? {} : { placeHolder: vscode.l10n.t('Now: {0}', now) }),
  });
  const answer = await chosen?.ask();
  if (answer === undefined) return;
  surveys.setView({ filter: answer === nothing ? plainView.filter : withConditions(filter, answer) });
}

const nothing: Partial<SurveyFilter> = {};

export function clearFilter(surveys: Surveys): void {
  surveys.setView({ filter: plainView.filter });
}

export async function chooseGrouping(surveys: Surveys): Promise<void> {
  const state = surveys.current;
  const items = mistakeGroupings
    .filter((grouping) => grouping !== 'change' || state?.diff !== null)
    .filter((grouping) => grouping !== 'file' || (state?.files.length ?? 0) <= mostFiles)
    .map((grouping) => ({
      label: `${grouping === surveys.view.grouping ? '$(check)' : '$(blank)'} ${groupingLabel(grouping)}`,
      grouping,
    }));
  const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Group mistakes by') });
  if (chosen !== undefined) surveys.setView({ grouping: chosen.grouping });
}

export async function chooseSort(surveys: Surveys): Promise<void> {
  const { sort, descending } = surveys.view;
  const items: readonly (vscode.QuickPickItem & { readonly sort?: (typeof surveySorts)[number] })[] = [
    ...surveySorts.map((value) => ({
      label: `${value === sort ? '$(check)' : '$(blank)'} ${sortLabel(value)}`,
      sort: value,
    })),
    { label: vscode.l10n.t('$(arrow-swap) The Other Way Round') },
  ];
  const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Sort mistakes by') });
  if (chosen === undefined) return;
  if (chosen.sort !== undefined) surveys.setView({ sort: chosen.sort, descending: null });
  else surveys.setView({ descending: !(descending ?? largestFirst.has(sort)) });
}

/** Sorts that put the largest first by themselves. */
export const largestFirst: ReadonlySet<string> = new Set(['confidence', 'loss', 'surprise', 'entropy']);

function groupingLabel(grouping: MistakeGrouping): string {
  switch (grouping) {
    case 'pair':
      return vscode.l10n.t('Class pair (gold → predicted)');
    case 'confidence':
      return vscode.l10n.t('Confidence');
    case 'loss':
      return vscode.l10n.t('Loss');
    case 'file':
      return vscode.l10n.t('File');
    case 'change':
      return vscode.l10n.t('Newly wrong and newly right');
    case 'none':
      return vscode.l10n.t('Nothing: one list');
  }
}

async function askClass({ model }: SurveyState, of: 'gold' | 'predicted'): Promise<Answer> {
  const any = { label: vscode.l10n.t('$(blank) any'), class: undefined };
  const items = [any, ...model.labels.map((label, index) => ({ label: inert(label, 80), class: index }))];
  const chosen = await vscode.window.showQuickPick(items, {
    title: of === 'gold' ? vscode.l10n.t('Gold class') : vscode.l10n.t('Predicted class'),
  });
  return chosen === undefined ? undefined : { [of]: chosen.class };
}

/** The column, then one of its values with the number of samples that have it. */
async function askColumn(surveys: Surveys, { columns }: SurveyState, filter: SurveyFilter): Promise<Answer> {
  const column = await vscode.window.showQuickPick([...columns], { title: vscode.l10n.t('Column') });
  if (column === undefined) return undefined;
  const summary = await surveys.ask((api, survey) => api.summary({ survey, slice: column }));
  const items = (summary?.slices ?? []).map(({ value, samples }) => ({
    label: value === '' ? vscode.l10n.t('(empty)') : inert(value, 80),
    description: count(samples),
    value,
  }));
  const chosen = await vscode.window.showQuickPick(items, { title: inert(column, 80), matchOnDescription: false });
  if (chosen === undefined) return undefined;
  const others = (filter.where ?? []).filter((condition) => condition.column !== column);
  return { where: [...others, { column, value: chosen.value }] };
}

async function askText({ text }: SurveyFilter): Promise<Answer> {
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t('Text in the sample'),
    prompt: vscode.l10n.t('In any case; empty: any text'),
    value: text ?? '',
  });
  return typed === undefined ? undefined : ({ text: typed === '' ? undefined : typed } as Answer);
}

async function askTopK({ model }: SurveyState): Promise<Answer> {
  const most = Math.min(5, model.labels.length - 1);
  const items = Array.from({ length: Math.max(1, most) }, (_, index) => ({
    label:
      index === 0
        ? vscode.l10n.t('Top 1: another class is most likely')
        : vscode.l10n.t('Top {0}: gold is not among the {0} most likely', index + 1),
    topK: index + 1,
  }));
  const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('A sample is wrong by') });
  return chosen === undefined ? undefined : { topK: chosen.topK };
}

async function askOnly({ diff }: SurveyState): Promise<Answer> {
  const items: readonly (vscode.QuickPickItem & { readonly only: NonNullable<SurveyFilter['only']> })[] = [
    { label: vscode.l10n.t('Wrong'), only: 'wrong' },
    { label: vscode.l10n.t('Right'), only: 'right' },
    ...(diff === null
      ? []
      : ([
          { label: vscode.l10n.t('Newly wrong'), only: 'newly-wrong' },
          { label: vscode.l10n.t('Newly right'), only: 'newly-right' },
        ] as const)),
    { label: vscode.l10n.t('Likely label errors'), only: 'label-errors' },
    { label: vscode.l10n.t('Worth labelling'), only: 'unlabelled' },
  ];
  const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Which samples') });
  return chosen === undefined ? undefined : { only: chosen.only };
}
