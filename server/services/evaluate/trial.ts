/** One sample, explained by every method and taken apart in the order of each. */
import { UserError } from '../../errors';
import { someOf, uniform } from '../../random';
import { countsOf, orderOf } from '../../evaluate/curves';
import { curvesOf, faithfulness, gini, measuresOf } from '../../evaluate/measures';
import { replacementOf } from '../blame/replacement';
import { coreOf, explainPrepared, gridOf } from '../explain';
import type { Substitute } from '../../compute/blame-types';
import type { Measures, Removal } from '../../evaluate/measures';
import type { EvaluateRequest, EvaluateResponse, Explanation, MethodInfo } from '../../protocol';
import type { ExplainContext } from '../explain';
import type { Prepared } from '../prepare';

/** What one method did on one sample. */
export interface MethodTrial {
  readonly measures: Measures;
  readonly curves: { readonly most: readonly number[]; readonly least: readonly number[] };
  readonly faithfulness: number | null;
  readonly gini: number | null;
  readonly milliseconds: number;
}

export interface SampleTrial {
  /** By method, `random` among them; a sentence where it could not explain the sample. */
  readonly of: ReadonlyMap<string, MethodTrial | string>;
  readonly replacement: EvaluateResponse['replacement'];
  readonly sets: number;
}

/** Random sets of features for faithfulness, and the share of the features in each. */
const SETS = 50;
const SHARE = 0.2;

/** @throws UserError `nothing-to-remove`, `replacement-unfit`, `unknown-baseline`. */
export async function sampleTrial(
  context: ExplainContext,
  prepared: Prepared,
  methods: readonly MethodInfo[],
  request: EvaluateRequest,
  position: number,
  signal: AbortSignal | undefined,
): Promise<SampleTrial> {
  const { encoded } = prepared;
  const options = signal === undefined ? {} : { signal };
  const free = Array.from({ length: encoded.count }, (_, feature) => feature).filter((one) => !encoded.fixed.has(one));
  if (free.length === 0) throw new UserError('nothing-to-remove', 'There is nothing in the sample to remove.');
  const { choices, id, label } = await replacementOf(
    context,
    prepared,
    { id: request.replacement, baseline: request.baseline, parameters: {}, gold: 0, donors: 1 },
    options,
  );
  const explained = new Map<string, Explanation | string>();
  for (const { id: method } of methods)
    explained.set(method, await explanation(context, prepared, method, request, signal));

  const random = uniform(request.seed * 1_000_003 + position);
  const lot = free.map(() => random());
  const relevances = new Map<string, ArrayLike<number>>([['random', byFeature(free, lot)]]);
  for (const [method, one] of explained) if (typeof one !== 'string') relevances.set(method, one.relevance);
  const sets = free.length < 2 ? [] : Array.from({ length: SETS }, () => oneSet(free, random));

  const watched = await watch(
    context,
    prepared,
    choices.map(({ substitute }) => substitute),
    [...relevances].map(([, relevance]) => orderOf(relevance, free, random)),
    sets,
    request.steps,
    signal,
  );
  const trials = [...relevances].map(([method, relevance], i): [string, MethodTrial] => {
    const removal = watched.removals[i] as Removal;
    const own = explained.get(method);
    return [
      method,
      {
        measures: measuresOf(removal),
        curves: curvesOf(removal),
        faithfulness: faithfulness(relevance, sets, watched.falls),
        gini: gini(free.map((feature) => relevance[feature] ?? 0)),
        milliseconds: typeof own === 'object' ? own.milliseconds : 0,
      },
    ];
  });
  const failed = [...explained].flatMap(([method, one]) => (typeof one === 'string' ? [[method, one] as const] : []));
  return { of: new Map<string, MethodTrial | string>([...trials, ...failed]), replacement: { id, label }, sets: SETS };
}

/** A sentence where the method cannot explain this sample. */
async function explanation(
  context: ExplainContext,
  prepared: Prepared,
  method: string,
  { model, baseline }: EvaluateRequest,
  signal: AbortSignal | undefined,
): Promise<Explanation | string> {
  const wish = {
    address: prepared.sample.ref.address,
    model,
    method,
    target: { kind: 'predicted' as const },
    baseline,
    parameters: {},
  };
  try {
    return await explainPrepared(
      context,
      prepared,
      wish,
      {},
      signal === undefined ? {} : { signal },
      performance.now(),
    );
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message;
  }
}

interface Watched {
  /** One for each order. */
  readonly removals: readonly Removal[];
  /** Fall of the probability when each set is removed. */
  readonly falls: readonly number[];
}

/** Removes features in every order, from both ends, and every set; several substitutes are averaged. */
async function watch(
  context: ExplainContext,
  { model, encoded }: Prepared,
  substitutes: readonly Substitute[],
  orders: readonly (readonly number[])[],
  sets: readonly (readonly number[])[],
  steps: number,
  signal: AbortSignal | undefined,
): Promise<Watched> {
  const total = orders[0]?.length ?? 0;
  const counts = countsOf(total, steps);
  const wishes = [
    ...orders.flatMap((order) => [
      { order, counts: counts.most },
      { order: [...order].reverse(), counts: counts.least },
    ]),
    ...sets.map((order) => ({ order, counts: [order.length] })),
  ];
  const { start, steps: seen } = await context.compute.remove(
    {
      model: model.source,
      sample: { ...coreOf({ encoded }), grid: gridOf(encoded.features) },
      runs: substitutes.flatMap((substitute) => wishes.map((wish) => ({ ...wish, substitute }))),
    },
    signal === undefined ? {} : { signal },
  );
  const predicted = start.indexOf(Math.max(...start));
  const before = start[predicted] ?? NaN;
  const averaged = wishes.map((wish, i) =>
    wish.counts.map((_, at) => average(substitutes.map((__, s) => seen[s * wishes.length + i]?.[at] ?? []))),
  );
  const after =
    (run: number, among: readonly number[]) =>
    (count: number): readonly number[] =>
      averaged[run]?.[among.indexOf(count)] ?? [];
  const removals = orders.map((_, i): Removal => {
    const [most, least] = [after(2 * i, counts.most), after(2 * i + 1, counts.least)];
    return {
      total,
      steps,
      start: before,
      most: (count) => most(count)[predicted] ?? NaN,
      least: (count) => least(count)[predicted] ?? NaN,
      flipped: (count) => most(count).indexOf(Math.max(...most(count))) !== predicted,
    };
  });
  const falls = sets.map((_, i) => before - (averaged[2 * orders.length + i]?.[0]?.[predicted] ?? NaN));
  return { removals, falls };
}

function average(all: readonly (readonly number[])[]): number[] {
  return (all[0] ?? []).map((_, i) => all.reduce((sum, one) => sum + (one[i] ?? NaN), 0) / all.length);
}

function byFeature(free: readonly number[], values: readonly number[]): number[] {
  const all: number[] = [];
  free.forEach((feature, i) => (all[feature] = values[i] as number));
  return all;
}

/** A fifth of the features, at least one and never all. */
function oneSet(free: readonly number[], random: () => number): number[] {
  const count = Math.min(free.length - 1, Math.max(1, Math.round(SHARE * free.length)));
  return someOf(free.length, count, random).map((place) => free[place] as number);
}
