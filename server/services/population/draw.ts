/** Drawing samples from a dataset: seeded, spread over the whole of it, one at a time. */
import { throwIfCancelled, UserError } from '../../errors';
import { uniform } from '../../random';
import { goldOf } from '../classes';
import type { RawSample } from '../../dataset/types';
import type { Member } from '../../explain/types';
import type { EncodedSample } from '../../input/types';
import type { Source } from './source';

export interface Draw {
  /** Samples wanted. */
  readonly count: number;
  readonly seed: number;
  /** Only samples of this gold class. */
  readonly class?: number;
}

export interface Drawn {
  readonly member: Member;
  readonly sample: RawSample;
  readonly encoded: EncodedSample;
  readonly position: number;
}

/** What happened to the samples that were looked at. */
export interface Tally {
  drawn: number;
  /** Could not be read or encoded. */
  skipped: number;
  /** Why, of the first. */
  reason: string | null;
}

/** Records looked at for one class: a rare class in a large file ends here. */
const MOST_VISITED = 50_000;

/**
 * Without a class one sample of each of `count` equal stretches of the dataset, so that a file sorted by anything is
 * met everywhere; with a class, samples in a random order until enough have that label. Windows of long texts: the
 * first. Samples that cannot be read or encoded are left out and tallied.
 * @param tally Filled while drawing.
 */
export async function* draw(
  source: Source,
  labels: readonly string[],
  wish: Draw,
  tally: Tally,
  signal?: AbortSignal,
): AsyncGenerator<Drawn> {
  const random = uniform(wish.seed);
  const positions =
    wish.class === undefined ? spread(source.total, wish.count, random) : shuffled(source.total, random);
  let visited = 0;
  for (const position of positions) {
    if (tally.drawn >= wish.count || visited >= Math.max(MOST_VISITED, wish.count)) return;
    throwIfCancelled(signal);
    const known = source.labelAt(position);
    if (wish.class !== undefined && known !== undefined && goldOf(known, labels)?.class !== wish.class) continue;
    visited += 1;
    try {
      const sample = await source.read(position);
      const gold = goldOf(source.label(sample), labels)?.class ?? null;
      if (wish.class !== undefined && gold !== wish.class) continue;
      const encoded = await source.encoder.encode(sample, 0);
      tally.drawn += 1;
      yield { member: { feeds: encoded.feeds, gold, title: sample.ref.title }, sample, encoded, position };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      tally.skipped += 1;
      tally.reason ??= error.message;
    }
  }
}

/** One position of each of `count` equal stretches, ascending; all positions where there are no more. */
export function* spread(total: number, count: number, random: () => number): Generator<number> {
  if (total <= count) {
    for (let position = 0; position < total; position += 1) yield position;
    return;
  }
  for (let i = 0; i < count; i += 1) {
    const from = Math.floor((i * total) / count);
    const to = Math.floor(((i + 1) * total) / count);
    yield from + Math.floor(random() * (to - from));
  }
}

/** All positions in a random order (Fisher and Yates), made as far as it is asked for. */
function* shuffled(total: number, random: () => number): Generator<number> {
  const moved = new Map<number, number>();
  for (let left = total; left > 0; left -= 1) {
    const at = Math.floor(random() * left);
    yield moved.get(at) ?? at;
    moved.set(at, moved.get(left - 1) ?? left - 1);
  }
}
