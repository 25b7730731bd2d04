/** Explanations of many samples of a dataset, in pieces; each kept by what it was made from. */
import { UserError } from '../../errors';
import { comparesWithSamples } from '../../protocol/catalogue';
import { hashOfFeeds, keyOf } from '../cache';
import { withComposite, withCompositeName } from '../composites';
import { baselineIdOf, coreOf, gridOf } from '../explain';
import { methodOf } from '../load';
import { addressAt, partAt } from '../survey/parts';
import { breathing } from '../../survey/slices';
import { folding } from './fold';
import { pace } from './pace';
import { textOf } from './shown';
import type { Compute, ComputeOptions } from '../../compute/types';
import type { RelevancesRequest } from '../../compute/relevance-types';
import type { EncodedSample } from '../../input/types';
import type { MethodInfo, Parameters, PatternsRequest, TargetRequest } from '../../protocol';
import type { ResultCache } from '../cache';
import type { LoadedModel } from '../load';
import type { PrepareContext, SampleEncoder } from '../prepare';
import type { RequestOptions } from '../types';
import type { OpenDataset } from './dataset';
import type { Folded, Folding } from './fold';
import type { KeptRelevance, RelevanceStore } from './relevance-store';
import type { Shown } from './shown';

export interface RelevanceContext extends Pick<PrepareContext, 'samples'> {
  readonly compute: Compute;
  /** Relevance of one sample, by content of sample, model and settings. */
  readonly relevances: ResultCache<{ readonly relevance: Float32Array }>;
  /** The same on disk. */
  readonly relevanceStore: RelevanceStore;
}

export interface ExplainedMany {
  readonly folded: Folded;
  readonly method: string;
  readonly parameters: Parameters;
  /** Activations of the last hidden layer, where they were asked for. */
  readonly activations: Activations | null;
  /** One per sample: title and what to show of it. */
  readonly shown: readonly Shown[];
}

export interface Activations {
  readonly layer: string;
  /** Samples × width. */
  readonly values: Float32Array;
  readonly width: number;
}

const AT_ONCE = 64;

/** How samples are explained: the same for all of them. */
interface Manner {
  readonly model: LoadedModel;
  readonly info: MethodInfo;
  readonly parameters: Parameters;
}

interface Waiting {
  readonly encoder: SampleEncoder;
  readonly encoded: EncodedSample;
  readonly key: string;
  readonly title: string;
  readonly known: Float32Array | undefined;
  readonly class: number;
}

/**
 * Explains the samples at the positions given, each for the class named.
 * @throws UserError `method-unfit`, and what the method says.
 */
export async function explainMany(
  context: RelevanceContext,
  dataset: OpenDataset,
  wanted: readonly { readonly position: number; readonly class: number }[],
  request: Pick<PatternsRequest, 'method' | 'parameters' | 'space'>,
  { signal, progress }: RequestOptions,
): Promise<ExplainedMany> {
  const { model, parts } = dataset;
  const { info } = methodOf(model, request.method ?? quickest(dataset));
  const manner: Manner = { model, info, parameters: withComposite(request.parameters, model.chosen.workspace) };
  refuse(manner);
  const options: ComputeOptions = signal === undefined ? {} : { signal };
  const known = recollection(context, manner);
  const gathered = gathering();
  const breathe = breathing(signal);
  const size = pace(AT_ONCE);
  let used = manner.parameters;
  let waiting: Waiting[] = [];
  const explainWaiting = async (): Promise<void> => {
    const fresh = waiting.filter((one) => one.known === undefined);
    const began = performance.now();
    const computed = await explainPiece(context, manner, fresh, options);
    if (fresh.length > 0) size.took(fresh.length, performance.now() - began);
    used = computed?.parameters ?? used;
    fresh.forEach(({ key }, i) => known.learn(key, computed?.relevances[i]));
    if (request.space === 'activations') await gathered.activate(context.compute, model, waiting, options);
    let at = 0;
    for (const one of waiting) gathered.add(one, one.known ?? computed?.relevances[at++]);
    waiting = [];
  };
  try {
    for (const { position, class: own } of wanted) {
      await breathe();
      const { dataset: entry, encoder } = partAt(parts, position);
      const sample = await context.samples.sample(addressAt(parts, position), entry);
      const encoded = await encoder.encode(sample, 0);
      const key = known.keyOf(encoder, encoded, own);
      const { title } = sample.ref;
      waiting.push({ encoder, encoded, key, title, known: await known.find(key), class: own });
      if (waiting.length < size.size()) continue;
      await explainWaiting();
      progress?.(gathered.shown.length, wanted.length, 'Explaining');
    }
    await explainWaiting();
  } finally {
    // Of a question that is given up too: it may be asked again.
    await known.keep();
  }
  return { ...gathered.end(), method: info.id, parameters: withCompositeName(used) };
}

/** Relevance of samples in one request; null for none. */
async function explainPiece(
  { compute }: RelevanceContext,
  { model, info, parameters }: Manner,
  samples: readonly Waiting[],
  options: ComputeOptions,
): Promise<{ readonly relevances: readonly Float32Array[]; readonly parameters: Parameters } | null> {
  const rows: RelevancesRequest['rows'][number][] = [];
  for (const { encoder, encoded, class: own } of samples) {
    const id = baselineOf(encoder, info);
    const baseline = id === null ? null : await encoder.baseline(encoded, id, {});
    rows.push({
      sample: { ...coreOf({ encoded }), grid: gridOf(encoded.features) },
      baseline,
      target: targetOf(info, own),
    });
  }
  const [first] = rows;
  if (first === undefined) return null;
  const { source, labels } = model;
  const computed = await compute.relevances({ model: source, labels, method: info.id, parameters, rows }, options);
  return {
    relevances: computed.rows.map(({ relevance }) => relevance),
    parameters: computed.rows.at(-1)?.parameters ?? parameters,
  };
}

function baselineOf(encoder: SampleEncoder, info: MethodInfo): string | null {
  return info.usesBaseline ? baselineIdOf({ encoder }, info, null) : null;
}

/** What was explained before: in this process, or in an earlier one. */
interface Recollection {
  keyOf(encoder: SampleEncoder, encoded: EncodedSample, own: number): string;
  find(key: string): Promise<Float32Array | undefined>;
  learn(key: string, relevance: Float32Array | undefined): void;
  keep(): Promise<void>;
}

function recollection(
  { relevances, relevanceStore }: RelevanceContext,
  { model, info, parameters }: Manner,
): Recollection {
  const settings = keyOf('relevance', model.summary.hash, model.source, info.id, parameters).slice(0, 32);
  const fresh = new Map<string, Float32Array>();
  let stored: Promise<KeptRelevance> | null = null;
  return {
    keyOf: (encoder, encoded, own) =>
      keyOf(settings, baselineOf(encoder, info), encoder.key, own, hashOfFeeds(encoded.feeds)).slice(0, 32),
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

/** Samples as they are explained, folded into rows that can be compared. */
interface Gathering {
  readonly shown: readonly Shown[];
  /** @param relevance Left out: the method gives this sample none. */
  add(sample: Waiting, relevance: Float32Array | undefined): void;
  activate(compute: Compute, model: LoadedModel, samples: readonly Waiting[], options: ComputeOptions): Promise<void>;
  end(): Pick<ExplainedMany, 'folded' | 'activations' | 'shown'>;
}

function gathering(): Gathering {
  const shown: Shown[] = [];
  const pieces: Float32Array[] = [];
  let layer: string | null = null;
  let fold: Folding | null = null;
  return {
    shown,
    add({ encoded: { features, count }, title }, relevance = new Float32Array(count)) {
      fold ??= folding(features);
      fold.add(features, relevance);
      shown.push({ title, text: textOf(features, relevance) });
    },
    async activate(compute, { source }, samples, options) {
      const rows = samples.map(({ encoded }) => encoded.feeds);
      const result = await compute.activations({ model: source, rows, layer: '' }, options);
      pieces.push(result.activations);
      layer = result.layer;
    },
    end() {
      if (fold === null) throw new UserError('no-samples', 'There is no sample to explain.');
      return {
        folded: fold.end(),
        activations: layer === null ? null : { layer, ...joined(pieces, shown.length) },
        shown,
      };
    },
  };
}

/** Pictures by LRP, whose maps are calm after a single pass; else what explains one sample by default. */
function quickest({ model: { methods }, parts }: OpenDataset): string | null {
  const fits = methods.some(({ info, unfit }) => info.id === 'lrp' && unfit === null);
  return parts[0]?.encoder.kind === 'image' && fits ? 'lrp' : null;
}

/** The method's own target where it has one, as for the predicted class of a single sample. */
function targetOf({ defaultTarget }: MethodInfo, own: number): TargetRequest {
  return { kind: defaultTarget ?? 'class', class: own };
}

/** Only what explains a sample by itself: no gold label, no other samples. */
function refuse({ info, parameters }: Manner): void {
  if (info.family !== 'blame' && !comparesWithSamples(info, parameters)) return;
  throw new UserError('method-unfit', `${info.name} needs more than the sample itself`, {
    next: 'patterns take methods such as gradient-x-input, lrp or integrated-gradients',
  });
}

function joined(parts: readonly Float32Array[], count: number): { values: Float32Array; width: number } {
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return { values, width: values.length / Math.max(1, count) };
}
