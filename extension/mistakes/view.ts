/** Which part of a survey is looked at: conditions, groups and what they are called by. Pure. */
import type { MistakesView, SurveyFilter, SurveyState, SurveySummary } from '../../server/protocol';
import type { Unusual, Why } from './unusual';

export const plainView: MistakesView = {
  filter: { only: 'wrong' },
  sort: 'confidence',
  descending: null,
  grouping: 'pair',
};

/** A part of the tree: its samples are those of the filter, in the view's order or one of its own. */
export interface Group {
  /** Stays the same while the survey goes on: the tree keeps it open. */
  readonly id: string;
  readonly name: GroupName;
  readonly filter: SurveyFilter;
  readonly sort?: 'entropy' | 'label-quality' | 'confidence' | 'position';
  /** Null: not looked for yet. */
  readonly count: number | null;
}

/** What a group is, for the words in the tree. */
export type GroupName =
  | { readonly kind: 'pair'; readonly gold: string; readonly predicted: string }
  | { readonly kind: 'confidence' | 'loss'; readonly low: number; readonly high: number }
  | { readonly kind: 'file'; readonly uri: string }
  /** Everything that is shown, in one list. */
  | { readonly kind: 'all' }
  | {
      readonly kind:
        'newly-wrong' | 'newly-right' | 'label-errors' | 'unlike' | 'shortcut' | 'unlabelled' | 'unreadable';
    };

/** A group whose samples are counted. */
type Counted = Group & { readonly count: number };

/** Class pairs with mistakes, most first. @param view Without the groups' own conditions. */
export function pairGroups(summary: SurveySummary, view: MistakesView): readonly Counted[] {
  const { labels, confusion } = summary;
  return labels
    .flatMap((gold, row) =>
      labels.map((predicted, column): Counted => ({
        id: `pair:${row}:${column}`,
        name: { kind: 'pair', gold, predicted },
        filter: { ...view.filter, gold: row, predicted: column },
        count: confusion[row * labels.length + column] ?? 0,
      })),
    )
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
}

/** The smallest number above `value` that a float64 holds would do; this is far below any difference of two rows. */
const justBelow = (value: number): number => value - 1e-9;

const confidenceEdges = [0, 0.5, 0.7, 0.9, 0.99, 1] as const;
/** −log p(gold) in nats: 0.69 is p = 0.5, 2.3 is p = 0.1, 4.6 is p = 0.01. */
const lossEdges = [0, 0.7, 2.3, 4.6, Infinity] as const;

/** Ranges from the most to the least of a quantity; the counts are still to be asked for. */
export function rangeGroups(kind: 'confidence' | 'loss', view: MistakesView): readonly Omit<Group, 'count'>[] {
  const edges = kind === 'confidence' ? confidenceEdges : lossEdges;
  return edges
    .slice(0, -1)
    .map((low, index) => {
      const high = edges[index + 1] ?? Infinity;
      const last = index === edges.length - 2;
      const range = [low, last ? (kind === 'loss' ? Number.MAX_VALUE : high) : justBelow(high)] as const;
      return { id: `${kind}:${index}`, name: { kind, low, high }, filter: { ...view.filter, [kind]: range } };
    })
    .reverse();
}

/** More files than this are no groups that help (pictures: every file is a sample). */
export const mostFiles = 200;

export function fileGroups({ files }: SurveyState, view: MistakesView): readonly Omit<Group, 'count'>[] {
  if (files.length > mostFiles) return [];
  return files.map(({ uri }) => ({ id: `file:${uri}`, name: { kind: 'file', uri }, filter: { ...view.filter, uri } }));
}

/** Lists beside the mistakes: what changed, labels to check, samples to label. Only those that have something. */
export function listGroups(state: SurveyState, labelErrors: number, view: MistakesView): readonly Group[] {
  const { only: _only, ...conditions } = view.filter;
  const { diff, unlabelled, unreadable } = state;
  const list = (
    kind: Exclude<GroupName['kind'], 'pair' | 'confidence' | 'loss' | 'file' | 'all' | Why>,
    count: number,
    sort?: Group['sort'],
  ): Counted => ({
    id: `list:${kind}`,
    name: { kind },
    filter: { ...conditions, only: kind },
    count,
    ...(sort === undefined ? {} : { sort }),
  });
  return [
    ...(diff === null || view.grouping === 'change' ? [] : changeGroups(state, view)),
    list('label-errors', labelErrors, 'label-quality'),
    list('unlabelled', unlabelled, 'entropy'),
    list('unreadable', unreadable, 'position'),
  ].filter(({ count }) => count > 0);
}

/** Samples to look at because of how they are explained, right or wrong: whole lists, whatever the filter. */
export function unusualGroups({ phase }: Pick<SurveyState, 'phase'>, unusual: Unusual): readonly Group[] {
  if (phase !== 'done') return [];
  return (['shortcut', 'unlike'] as const).map((kind) => ({
    id: `list:${kind}`,
    name: { kind },
    filter: { positions: unusual?.[kind] ?? [] },
    count: unusual?.[kind].length ?? null,
  }));
}

/** What another state of the model's file got otherwise. */
export function changeGroups({ diff }: SurveyState, { filter }: MistakesView): readonly Counted[] {
  if (diff === null) return [];
  const { only: _only, ...conditions } = filter;
  return (['newly-wrong', 'newly-right'] as const).map((kind) => ({
    id: `list:${kind}`,
    name: { kind },
    filter: { ...conditions, only: kind },
    count: kind === 'newly-wrong' ? diff.newlyWrong : diff.newlyRight,
  }));
}

/** True when a person narrowed the list down: beyond the mistakes by top 1 themselves. */
export function isFiltered({ filter }: MistakesView): boolean {
  const { only = 'wrong', topK = 1, ...conditions } = filter;
  return only !== 'wrong' || topK !== 1 || Object.keys(conditions).length > 0;
}

/** Sets conditions; undefined takes one away. */
export function withConditions(
  filter: SurveyFilter,
  change: { readonly [K in keyof SurveyFilter]?: SurveyFilter[K] | undefined },
): SurveyFilter {
  return Object.fromEntries(Object.entries({ ...filter, ...change }).filter(([, value]) => value !== undefined));
}
