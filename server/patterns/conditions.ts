/** Simple conditions on what samples hold, each with the samples it is true for. */
import { begin, end } from './rows';
import type { RuleCondition } from '../protocol';
import type { Explained, Inputs } from './types';

export interface Condition {
  readonly shown: RuleCondition;
  /** One byte per sample: 1 where it holds. */
  readonly holds: Uint8Array;
  readonly support: number;
  /** Features of the relevance it speaks of. */
  readonly features: readonly number[];
}

/** Cuts per numeric column (and per region of a picture), at equal shares of the samples. */
const CUTS = 100;
const REGION_CUTS = 24;
/** Words tried: the most frequent ones. */
const MOST_WORDS = 5000;

/** @param fewest Conditions that hold for fewer samples, or for all, are left out. */
export function conditionsOf(explained: Explained, fewest: number): readonly Condition[] {
  const { kind, inputs, predicted } = explained;
  const count = predicted.length;
  const all = kind === 'words' ? wordConditions(explained) : inputs === null ? [] : inputConditions(inputs, count);
  return all.filter(({ support }) => support >= fewest && support < count);
}

function wordConditions({ relevance, names }: Explained): Condition[] {
  const lists = new Map<number, number[]>();
  for (let row = 0; row < relevance.count; row += 1)
    for (let i = begin(relevance, row); i < end(relevance, row); i += 1) {
      const word = relevance.columns[i] as number;
      const list = lists.get(word);
      if (list === undefined) lists.set(word, [row]);
      else list.push(row);
    }
  return [...lists]
    .sort(([a, one], [b, other]) => other.length - one.length || a - b)
    .slice(0, MOST_WORDS)
    .map(([word, rows]) => {
      const holds = new Uint8Array(relevance.count);
      for (const row of rows) holds[row] = 1;
      const shown = { kind: 'word', word: names[word] ?? '' } as const;
      return { shown, holds, support: rows.length, features: [word] };
    });
}

function inputConditions({ values, columns }: Inputs, count: number): Condition[] {
  const width = columns.length;
  return columns.flatMap((column, at) => {
    const own = Array.from({ length: count }, (_, row) => values[row * width + at] as number);
    const make = (shown: RuleCondition, test: (value: number) => boolean, features: readonly number[]): Condition => {
      const holds = Uint8Array.from(own, (value) => (test(value) ? 1 : 0));
      return { shown, holds, support: holds.reduce((sum, one) => sum + one, 0), features };
    };
    if (column.kind === 'category')
      return column.categories.map((value, index) =>
        make({ kind: 'category', column: column.name, value }, (is) => is === index, [column.feature]),
      );
    const features = column.kind === 'number' ? [column.feature] : column.region.features;
    const range = (low: number | null, high: number | null): RuleCondition => {
      if (column.kind === 'number') return { kind: 'range', column: column.name, low, high };
      const { x, y, width: wide, height } = column.region;
      return { kind: 'brightness', region: { x, y, width: wide, height }, low, high };
    };
    return cutsOf(own, column.kind === 'number' ? CUTS : REGION_CUTS).flatMap((cut) => [
      make(range(null, cut), (value) => value <= cut, features),
      make(range(cut, null), (value) => value > cut, features),
    ]);
  });
}

/** Values halfway between neighbours, at equal shares of the samples; all of them where there are few. */
export function cutsOf(values: readonly number[], most = CUTS): number[] {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const distinct = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
  if (distinct.length <= most + 1)
    return distinct.slice(1).map((value, i) => shortBetween(distinct[i] as number, value));
  const cuts = new Set<number>();
  for (let i = 1; i <= most; i += 1) {
    const at = Math.floor((i * sorted.length) / (most + 1));
    const [below, above] = [sorted[at - 1] as number, sorted[at] as number];
    if (below < above) cuts.add(shortBetween(below, above));
    else {
      const next = sorted.find((value) => value > above);
      if (next !== undefined) cuts.add(shortBetween(above, next));
    }
  }
  return [...cuts];
}

/** The number with the fewest digits in low ≤ x < high, so that rules can be read. */
function shortBetween(low: number, high: number): number {
  const middle = (low + high) / 2;
  for (let digits = 1; digits < 16; digits += 1) {
    const short = Number(middle.toPrecision(digits));
    if (short >= low && short < high) return short;
  }
  return low;
}
