/** Conditions of the list, as the page changes them. Pure. */
import type { MistakesView } from '../../server/protocol/survey-page';
import type { SurveyFilter, SurveySort, SurveyState } from '../../server/protocol/survey';

/** A cell of the confusion matrix: that pair, or all mistakes again where it was chosen already. */
export function togglePair(view: MistakesView, gold: number, predicted: number): MistakesView {
  const { gold: oldGold, predicted: oldPredicted, only: _only, ...others } = view.filter;
  if (oldGold === gold && oldPredicted === predicted) return { ...view, filter: { ...others, only: 'wrong' } };
  return { ...view, filter: { ...others, gold, predicted, only: gold === predicted ? 'right' : 'wrong' } };
}

/** A value of a column: only its samples, or all again where it was chosen already. */
export function toggleSlice(view: MistakesView, column: string, value: string): MistakesView {
  const { where = [], ...others } = view.filter;
  const rest = where.filter((condition) => condition.column !== column);
  const chosen = where.some((condition) => condition.column === column && condition.value === value);
  const next = chosen ? rest : [...rest, { column, value }];
  return { ...view, filter: next.length === 0 ? others : { ...others, where: next } };
}

/** A click on a column's head: that order, then the other way round. */
export function sortBy(view: MistakesView, sort: SurveySort): MistakesView {
  if (view.sort !== sort) return { ...view, sort, descending: null };
  return { ...view, descending: !isDescending(view) };
}

const largestFirst: ReadonlySet<SurveySort> = new Set(['confidence', 'loss', 'surprise', 'entropy']);

export function isDescending({ sort, descending }: Pick<MistakesView, 'sort' | 'descending'>): boolean {
  return descending ?? largestFirst.has(sort);
}

/** A condition in words, and the filter without it. */
export interface Condition {
  readonly words: string;
  readonly without: SurveyFilter;
}

export function conditionsOf({ filter }: MistakesView, state: SurveyState): readonly Condition[] {
  const label = (value: string | number): string =>
    typeof value === 'number' ? (state.model.labels[value] ?? String(value)) : value;
  const without = (key: keyof SurveyFilter): SurveyFilter =>
    Object.fromEntries(Object.entries(filter).filter(([name]) => name !== key));
  const { gold, predicted, where = [], uri, confidence, loss } = filter;
  return [
    ...(gold === undefined ? [] : [{ words: `gold ${label(gold)}`, without: without('gold') }]),
    ...(predicted === undefined ? [] : [{ words: `predicted ${label(predicted)}`, without: without('predicted') }]),
    ...where.map((condition) => {
      const rest = where.filter((other) => other !== condition);
      const filtered = rest.length === 0 ? without('where') : { ...filter, where: rest };
      return {
        words: `${condition.column} = ${condition.value === '' ? '(empty)' : condition.value}`,
        without: filtered,
      };
    }),
    ...(uri === undefined ? [] : [{ words: decodeURIComponent(uri.split('/').pop() ?? uri), without: without('uri') }]),
    ...(confidence === undefined
      ? []
      : [{ words: `confidence ${confidence[0]} to ${confidence[1].toFixed(2)}`, without: without('confidence') }]),
    ...(loss === undefined ? [] : [{ words: `loss from ${loss[0]}`, without: without('loss') }]),
  ];
}
