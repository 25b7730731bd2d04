/** Inputs that a model never uses: no relevance in any sample. */
import { begin, end } from './rows';
import { unitsOf } from './aggregate';
import type { DeadReport } from '../protocol';
import type { Explained } from './types';

/** A share of a sample's largest |relevance| that counts as nothing. */
const NOTHING = 1e-3;
/** A word in fewer samples has had too few chances. */
const FEWEST = 5;
const EXAMPLES = 10;

export function deadInputs(explained: Explained): DeadReport {
  const { kind, relevance, grid, names } = explained;
  const { rows, features } = unitsOf(explained);
  const [seen, alive] = [new Int32Array(rows.width), new Uint8Array(rows.width)];
  for (let row = 0; row < rows.count; row += 1) {
    const nothing = NOTHING * largest(rows.values, begin(rows, row), end(rows, row));
    for (let i = begin(rows, row); i < end(rows, row); i += 1) {
      const feature = rows.columns[i] as number;
      seen[feature] = (seen[feature] as number) + 1;
      if (Math.abs(rows.values[i] as number) > nothing) alive[feature] = 1;
    }
  }
  const enough = Math.min(kind === 'words' ? FEWEST : 1, rows.count);
  const looked = features.flatMap((feature, i) =>
    (seen[i] as number) >= enough ? [{ feature, dead: alive[i] === 0 }] : [],
  );
  const unknown = unknownWords(explained, names);
  return {
    features: looked.filter(({ dead }) => dead).map(({ feature }) => feature),
    looked: looked.length,
    samples: rows.count,
    ...(unknown === null ? {} : { unknown }),
    ...(grid === null
      ? {}
      : { heatmap: { width: grid.width, height: grid.height, relevance: shareAlive(relevance.width, explained) } }),
  };
}

/** Share of the samples in which each block of the heatmap has relevance. */
function shareAlive(width: number, { relevance }: Explained): Float32Array {
  const shares = new Float32Array(width);
  for (let row = 0; row < relevance.count; row += 1) {
    const nothing = NOTHING * largest(relevance.values, begin(relevance, row), end(relevance, row));
    for (let i = begin(relevance, row); i < end(relevance, row); i += 1) {
      const feature = relevance.columns[i] as number;
      if (Math.abs(relevance.values[i] as number) > nothing) shares[feature] = (shares[feature] as number) + 1;
    }
  }
  return shares.map((count) => count / Math.max(1, relevance.count));
}

/** Words that share one id, which only the id for unknown words does at scale. */
function unknownWords({ ids, relevance }: Explained, names: readonly string[]): Required<DeadReport>['unknown'] | null {
  if (ids === null) return null;
  const sharing = new Map<number, number[]>();
  ids.forEach((id, word) => {
    if (id >= 0) sharing.set(id, [...(sharing.get(id) ?? []), word]);
  });
  const largestFamily = [...sharing.values()].reduce((a, b) => (b.length > a.length ? b : a), []);
  // Spellings of one word (case, accents) may share an id too: two or three.
  if (largestFamily.length < 4) return null;
  const unknown = new Set(largestFamily);
  const running = relevance.columns.reduce((sum, word) => sum + (unknown.has(word) ? 1 : 0), 0);
  return {
    words: unknown.size,
    share: running / Math.max(1, relevance.columns.length),
    examples: largestFamily.slice(0, EXAMPLES).map((word) => names[word] ?? ''),
  };
}

function largest(values: Float32Array, from: number, to: number): number {
  let most = 0;
  for (let i = from; i < to; i += 1) most = Math.max(most, Math.abs(values[i] as number));
  return most;
}
