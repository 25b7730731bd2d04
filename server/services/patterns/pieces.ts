/** Relevance of many samples of one model, piece by piece; each kept by what it was made from. */
import { comparesWithSamples, wishFor } from '../../protocol/catalogue';
import { hashOfFeeds, keyOf } from '../cache';
import { withComposite } from '../composites';
import { baselineIdOf, coreOf, gridOf, splitParameters } from '../explain';
import { methodOf } from '../load';
import { pace } from './pace';
import type { Compute, ComputeOptions } from '../../compute/types';
import type { RelevancesRequest } from '../../compute/relevance-types';
import type { EncodedSample } from '../../input/types';
import type { MethodInfo, Parameters, TargetRequest } from '../../protocol';
import type { ResultCache } from '../cache';
import type { LoadedModel } from '../load';
import type { SampleEncoder } from '../prepare';
import type { KeptRelevance, RelevanceStore } from './relevance-store';

export interface RelevanceContext {
  readonly compute: Compute;
  /** Relevance of one sample, by content of sample, model and settings. */
  readonly relevances: ResultCache<{ readonly relevance: Float32Array }>;
  /** The same on disk. */
  readonly relevanceStore: RelevanceStore;
}

/** How samples are explained: the same for all of them. */
export interface Manner {
  readonly model: LoadedModel;
  readonly info: MethodInfo;
  /** As a person gives them: the method's and the baseline's. */
  readonly parameters: Parameters;
  /** Id of a baseline; null: the method's own choice. */
  readonly baseline: string | null;
}

/** @throws UserError `unknown-method`, `method-unfit`, `unknown-composite`. */
export function mannerOf(
  model: LoadedModel,
  method: string | null,
  parameters: Parameters,
  baseline: string | null,
): Manner {
  const { info } = methodOf(model, method);
  return { model, info, parameters: withComposite(parameters, model.chosen.workspace), baseline };
}

/** The method explains a sample by itself: it needs no gold label and no other samples. */
export function standsAlone({ info, parameters }: Pick<Manner, 'info' | 'parameters'>): boolean {
  return info.family !== 'blame' && !comparesWithSamples(info, parameters);
}

/** The class as it is explained where nobody chose another target. */
export function ownTarget({ model, info }: Manner, own: number): TargetRequest {
  return wishFor(info, own, model.summary.output);
}

/** A sample that is to be explained. */
export interface Unexplained {
  readonly encoder: SampleEncoder;
  readonly encoded: EncodedSample;
  readonly target: TargetRequest;
}

export interface Piece<Item> {
  /** In the order they came in, each with one number per feature. */
  readonly samples: readonly { readonly item: Item; readonly relevance: Float32Array }[];
  /** Every parameter of the method with the value used; those given where nothing had to be computed. */
  readonly parameters: Parameters;
}

const AT_ONCE = 64;

interface Waiting<Item> {
  readonly item: Item;
  readonly key: string;
  readonly known: Float32Array | undefined;
}

/**
 * Explains samples as they come, in pieces short enough for a click to come in between: the numbers of `explain`, with
 * nothing computed that is known from before. What was learnt is kept, also when the consumer stops early.
 * @throws UserError what method and baseline say.
 */
export async function* inPieces<Item extends Unexplained>(
  context: RelevanceContext,
  manner: Manner,
  items: AsyncIterable<Item>,
  options: ComputeOptions,
): AsyncGenerator<Piece<Item>, void, undefined> {
  const known = recollection(context, manner);
  const size = pace(AT_ONCE);
  let used = manner.parameters;
  let waiting: Waiting<Item>[] = [];
  const piece = async (): Promise<Piece<Item>> => {
    const fresh = waiting.filter((one) => one.known === undefined);
    const began = performance.now();
    const computed = await compute(
      context,
      manner,
      fresh.map(({ item }) => item),
      options,
    );
    if (fresh.length > 0) size.took(fresh.length, performance.now() - began);
    used = computed?.parameters ?? used;
    fresh.forEach(({ key }, i) => known.learn(key, computed?.relevances[i]));
    let at = 0;
    const samples = waiting.map(({ item, known: before }) => ({
      item,
      // Left out by a method that gives this sample none.
      relevance: before ?? computed?.relevances[at++] ?? new Float32Array(item.encoded.count),
    }));
    waiting = [];
    return { samples, parameters: used };
  };
  try {
    for await (const item of items) {
      const key = known.keyOf(item);
      waiting.push({ item, key, known: await known.find(key) });
      if (waiting.length >= size.size()) yield await piece();
    }
    if (waiting.length > 0) yield await piece();
  } finally {
    // Of a question that is given up too: it may be asked again.
    await known.keep();
  }
}

/** Relevance of samples in one request; null for none. */
async function compute(
  context: RelevanceContext,
  manner: Manner,
  samples: readonly Unexplained[],
  options: ComputeOptions,
): Promise<{ readonly relevances: readonly Float32Array[]; readonly parameters: Parameters } | null> {
  const { model, info } = manner;
  const rows: RelevancesRequest['rows'][number][] = [];
  let parameters: Parameters = {};
  for (const { encoder, encoded, target } of samples) {
    const id = baselineFor(encoder, manner);
    const { ofMethod, ofBaseline } = splitParameters(manner.parameters, info, encoder, id);
    parameters = ofMethod;
    const baseline = id === null ? null : await encoder.baseline(encoded, id, ofBaseline);
    rows.push({ sample: { ...coreOf({ encoded }), grid: gridOf(encoded.features) }, baseline, target });
  }
  if (rows.length === 0) return null;
  const { source, labels } = model;
  const computed = await context.compute.relevances(
    { model: source, labels, method: info.id, parameters, rows },
    options,
  );
  return {
    relevances: computed.rows.map(({ relevance }) => relevance),
    parameters: computed.rows.at(-1)?.parameters ?? parameters,
  };
}

function baselineFor(encoder: SampleEncoder, { info, baseline }: Manner): string | null {
  return info.usesBaseline ? baselineIdOf({ encoder }, info, baseline) : null;
}

/** What was explained before: in this process, or in an earlier one. */
interface Recollection {
  keyOf(sample: Unexplained): string;
  find(key: string): Promise<Float32Array | undefined>;
  learn(key: string, relevance: Float32Array | undefined): void;
  keep(): Promise<void>;
}

function recollection({ relevances, relevanceStore }: RelevanceContext, manner: Manner): Recollection {
  const { model, info, parameters } = manner;
  const settings = keyOf('relevance', model.summary.hash, model.source, info.id, parameters).slice(0, 32);
  const fresh = new Map<string, Float32Array>();
  let stored: Promise<KeptRelevance> | null = null;
  return {
    keyOf: ({ encoder, encoded, target }) =>
      keyOf(settings, baselineFor(encoder, manner), encoder.key, target, hashOfFeeds(encoded.feeds)).slice(0, 32),
    async find(key) {
      const here = relevances.get(key)?.relevance;
      if (here !== undefined) return here;
      // The disk is asked once, and only where memory does not know everything.
      stored ??= relevanceStore.load(settings);
      const found = (await stored).get(key);
      if (found !== undefined) relevances.set(key, { relevance: found });
      return found;
    },
    learn(key, relevance) {
      if (relevance === undefined) return;
      relevances.set(key, { relevance });
      fresh.set(key, relevance);
    },
    keep: () => relevanceStore.keep(settings, fresh),
  };
}
