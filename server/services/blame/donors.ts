/** Donors: the nearest samples that have the gold label, so that a person sees what a right one looks like. */
import { UserError } from '../../errors';
import { hashOfFeeds } from '../cache';
import { populationOf } from '../population';
import { prepare } from '../prepare';
import type { Feeds } from '../../engine/types';
import type { Tensor } from '../../graph/types';
import type { Donor, SampleAddress } from '../../protocol';
import type { Prepared } from '../prepare';
import type { RequestOptions } from '../types';
import type { PriorContext } from './prior';

/** Samples of the gold class that are looked at. */
const POOL = 500;
/** So many times the wanted number are predicted, to prefer those the model gets right. */
const CANDIDATES = 5;

export interface FoundDonor extends Donor {
  readonly prepared: Prepared;
}

/**
 * Nearest samples of the gold class among 500 of the model's dataset, the sample itself and its copies left out. Those
 * that the model predicts as gold come first.
 * @throws UserError `no-dataset`, `no-members`, `no-donor`.
 */
export async function donorsOf(
  context: PriorContext,
  prepared: Prepared,
  gold: number,
  count: number,
  options: RequestOptions,
): Promise<readonly FoundDonor[]> {
  const { model, encoded, sample, positions } = prepared;
  if (positions !== undefined)
    throw new UserError(
      'no-donor',
      'The model predicts at every position, so no sample as a whole has the gold label',
      {
        next: 'Choose another replacement: baseline, mean or sign-flip.',
      },
    );
  const population = await populationOf(context, model, { count: POOL, seed: 0, class: gold }, options);
  const own = hashOfFeeds(encoded.feeds);
  const others = population.members.flatMap(({ feeds }, i) => {
    const address = population.addresses[i] as SampleAddress;
    return sameAddress(address, sample.ref.address) || hashOfFeeds(feeds) === own ? [] : [{ feeds, address }];
  });
  const split = new Set(model.summary.texts?.map(({ input }) => input));
  const isText = (name: string): boolean => prepared.encoder.kind === 'text' || split.has(name);
  const names = Object.keys(encoded.featureOf);
  const given = others.map(({ feeds }) => feeds);
  // Of a row, its texts by their words, its other columns by their values.
  const parts = [
    ...names.filter(isText).map((name) => ({ of: bagDistance, inputs: [name] })),
    { of: standardDistance, inputs: names.filter((name) => !isText(name)) },
  ].flatMap(({ of, inputs }) => (inputs.length === 0 ? [] : [of(encoded.feeds, given, inputs)]));
  const distance: Distance = (feeds) => parts.reduce((sum, part) => sum + part(feeds), 0);
  const near = others
    .map((other) => ({ ...other, distance: distance(other.feeds) }))
    .filter((other) => Number.isFinite(other.distance))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count * CANDIDATES);
  if (near.length === 0)
    throw new UserError(
      'no-donor',
      `"${population.dataset}" has no other sample with the label "${model.labels[gold] ?? gold}" that could lend its values.`,
      {
        next: 'Choose another replacement, or add such samples to the dataset.',
      },
    );
  const { probabilities } = await context.compute.probabilities({
    model: model.source,
    rows: near.map(({ feeds }) => feeds),
  });
  const right = near.filter((_, i) => {
    const row = probabilities[i] ?? [];
    return row.indexOf(Math.max(...row)) === gold;
  });
  const chosen = [...right, ...near.filter((other) => !right.includes(other))].slice(0, count);
  return Promise.all(
    chosen.map(async ({ address, distance: far }) => {
      const donor = await prepare(context, { address, model: model.chosen.name }, options.signal);
      return { sample: donor.sample.ref, distance: far, prepared: donor };
    }),
  );
}

function sameAddress(a: SampleAddress, b: SampleAddress): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

type Distance = (feeds: Feeds) => number;

/**
 * Euclidean over all elements, each divided by its standard deviation among the others (elements that never vary there
 * are left out); strings that differ count 1. Infinite for other shapes.
 */
export function standardDistance(x: Feeds, others: readonly Feeds[], inputs: readonly string[]): Distance {
  const deviations = new Map(
    inputs.map((name) => {
      const same = others.flatMap((feeds) => (alike(feeds[name], x[name]) ? [feeds[name] as Tensor] : []));
      return [name, deviation(same, x[name]?.data.length ?? 0)];
    }),
  );
  return (feeds) => {
    let sum = 0;
    for (const name of inputs) {
      const [a, b, s] = [x[name], feeds[name], deviations.get(name)];
      if (a === undefined || b === undefined || s === undefined || !alike(a, b)) return Infinity;
      for (let i = 0; i < a.data.length; i += 1) {
        if (a.dtype === 'string') sum += Number(a.data[i] !== b.data[i]);
        else if ((s[i] as number) > 0) sum += ((Number(a.data[i]) - Number(b.data[i])) / (s[i] as number)) ** 2;
      }
    }
    return Math.sqrt(sum);
  };
}

/** Pictures are compared as they are: a rare pixel is not worth more than a common one. */
function deviation(tensors: readonly Tensor[], size: number): Float64Array {
  if (tensors[0]?.dtype === 'string') return new Float64Array(size);
  if (size > MANY) return new Float64Array(size).fill(1);
  const [sum, squares] = [new Float64Array(size), new Float64Array(size)];
  for (const { data } of tensors)
    for (let i = 0; i < size; i += 1) {
      const value = Number(data[i]);
      sum[i] = (sum[i] as number) + value;
      squares[i] = (squares[i] as number) + value * value;
    }
  const n = Math.max(1, tensors.length);
  return sum.map((total, i) => Math.sqrt(Math.max(0, (squares[i] as number) / n - (total / n) ** 2)));
}

/** Elements above which an input is a picture or a signal, not columns. */
const MANY = 256;

function alike(a: Tensor | undefined, b: Tensor | undefined): boolean {
  return a !== undefined && a.dims.join() === b?.dims.join();
}

/** 1 − cosine of bags of token ids, each token weighted with log(N/documents that have it). */
export function bagDistance(x: Feeds, others: readonly Feeds[], inputs: readonly string[]): Distance {
  const bagOf = (feeds: Feeds): Map<string, number> => {
    const bag = new Map<string, number>();
    for (const name of inputs)
      for (const id of feeds[name]?.data ?? []) bag.set(String(id), (bag.get(String(id)) ?? 0) + 1);
    return bag;
  };
  const documents = new Map<string, number>();
  const bags = new Map(others.map((feeds) => [feeds, bagOf(feeds)]));
  const own = bagOf(x);
  for (const bag of [...bags.values(), own])
    for (const id of bag.keys()) documents.set(id, (documents.get(id) ?? 0) + 1);
  const weight = (id: string): number => Math.log((bags.size + 1) / (documents.get(id) ?? 1));
  const norm = (bag: ReadonlyMap<string, number>): number =>
    Math.sqrt([...bag].reduce((sum, [id, n]) => sum + (n * weight(id)) ** 2, 0));
  return (feeds) => {
    const bag = bags.get(feeds) ?? bagOf(feeds);
    let product = 0;
    for (const [id, n] of bag) product += n * (own.get(id) ?? 0) * weight(id) ** 2;
    const length = norm(bag) * norm(own);
    return length === 0 ? 1 : 1 - product / length;
  };
}
