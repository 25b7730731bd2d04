/** Greedy search over substitutions: the one that helps gold most, again and again; then what is not needed taken back. */
import { throwIfCancelled, UserError } from '../../errors';
import { explainPrepared } from '../explain';
import type { RawSample } from '../../dataset/types';
import type { Feeds } from '../../engine/types';
import type { EncodedSample } from '../../input/types';
import type { Quest } from './counterfactual';

/** A place that can be changed: a word or a column. */
export interface Slot<Choice> {
  readonly id: number;
  readonly choices: readonly Choice[];
}

export type Chosen<Choice> = ReadonlyMap<number, Choice>;

/** How a candidate is made from choices. */
export interface Writer<Choice> {
  /** The sample with the choices made; null for one that makes no sense (an empty text). */
  readonly write: (chosen: Chosen<Choice>) => RawSample | null;
  /** For models that predict at every position: feeds that name it in the changed sample; null where it is gone. */
  readonly follow?: (chosen: Chosen<Choice>, encoded: EncodedSample) => Feeds | null;
}

export interface Substituted<Choice> {
  readonly chosen: Chosen<Choice>;
  readonly feeds: Feeds;
  readonly evaluations: number;
}

/** Places tried in each round, the most blamed that are still as they were; and rounds. */
const SLOTS = 16;
const ROUNDS = 24;

/**
 * @param slots Most blamed first.
 * @returns Null when gold never wins.
 */
export async function substitute<Choice>(
  quest: Quest,
  slots: readonly Slot<Choice>[],
  writer: Writer<Choice>,
): Promise<Substituted<Choice> | null> {
  const { options, most } = quest;
  let evaluations = 0;
  const judge = async (candidates: readonly Chosen<Choice>[]): Promise<readonly Judged<Choice>[]> => {
    const { judged, rows } = await tried(quest, candidates, writer);
    evaluations += rows;
    return judged;
  };

  let chosen: Chosen<Choice> = new Map();
  let best: Judged<Choice> | null = null;
  const rounds = Math.min(ROUNDS, most, slots.length);
  for (let round = 0; round < rounds && best?.wins !== true; round += 1) {
    throwIfCancelled(options.signal);
    options.progress?.(round, rounds, 'Trying substitutions');
    const open = slots.filter(({ id }) => !chosen.has(id)).slice(0, SLOTS);
    const candidates = open.flatMap(({ id, choices }) => choices.map((choice) => new Map([...chosen, [id, choice]])));
    const [top] = (await judge(candidates)).toSorted((a, b) => Number(b.wins) - Number(a.wins) || b.gold - a.gold);
    if (top === undefined) return null;
    // Steps that do not help are taken too: some changes only work together.
    best = top;
    chosen = top.chosen;
  }
  if (best?.wins !== true) return null;

  let least: Judged<Choice> = best;
  while (least.chosen.size > 1) {
    throwIfCancelled(options.signal);
    const all: Chosen<Choice> = least.chosen;
    const without = [...all.keys()].map((id) => new Map([...all].filter(([other]) => other !== id)));
    const [top] = (await judge(without)).filter(({ wins }) => wins).toSorted((a, b) => b.gold - a.gold);
    if (top === undefined) break;
    least = top;
  }
  return { chosen: least.chosen, feeds: least.feeds, evaluations };
}

interface Judged<Choice> {
  readonly chosen: Chosen<Choice>;
  readonly feeds: Feeds;
  readonly gold: number;
  readonly wins: boolean;
}

/** Encodes and predicts candidates; those that cannot be encoded are left out. */
async function tried<Choice>(
  { context, prepared, gold, window, options }: Quest,
  candidates: readonly Chosen<Choice>[],
  writer: Writer<Choice>,
): Promise<{ readonly judged: readonly Judged<Choice>[]; readonly rows: number }> {
  const written: { readonly chosen: Chosen<Choice>; readonly feeds: Feeds }[] = [];
  for (const chosen of candidates) {
    const sample = writer.write(chosen);
    if (sample === null) continue;
    try {
      const encoded = await prepared.encoder.encode(sample, window);
      const more = writer.follow === undefined ? {} : writer.follow(chosen, encoded);
      if (more !== null) written.push({ chosen, feeds: { ...encoded.feeds, ...more } });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  const { probabilities } = await context.compute.probabilities(
    { model: prepared.model.source, rows: written.map(({ feeds }) => feeds) },
    options.signal === undefined ? {} : { signal: options.signal },
  );
  const judged = written.map((one, i) => {
    const row = probabilities[i] ?? [];
    return { ...one, gold: row[gold] ?? 0, wins: row.indexOf(Math.max(...row)) === gold };
  });
  return { judged, rows: written.length };
}

/** Whether a sample's prediction is gold, for single tries. */
export async function isGold<Choice>(
  quest: Quest,
  chosen: Chosen<Choice>,
  writer: Writer<Choice>,
): Promise<Feeds | null> {
  const [one] = (await tried(quest, [chosen], writer)).judged;
  return one?.wins === true ? one.feeds : null;
}

/** Blame per feature by the recommended form; zeros (the features' own order) where the model has no gradient. */
export async function blameOf({ context, prepared, gold, options }: Quest): Promise<Float32Array> {
  const { sample, model, encoded } = prepared;
  const choice = model.methods.find(({ info }) => info.id === 'blame');
  if (choice?.unfit !== null) return new Float32Array(encoded.count);
  const { relevance } = await explainPrepared(
    context,
    prepared,
    {
      address: sample.ref.address,
      model: null,
      method: 'blame',
      target: { kind: 'predicted' },
      baseline: null,
      parameters: { signal: 'contrast' },
    },
    { gold },
    options,
    performance.now(),
  );
  return relevance;
}
