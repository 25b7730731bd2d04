/** Explanations of many samples of a dataset, in pieces; each kept by what it was made from. */
import { UserError } from '../../errors';
import { comparesWithSamples } from '../../protocol/catalogue';
import { hashOfFeeds, keyOf } from '../cache';
import { withComposite, withCompositeName } from '../composites';
import { baselineIdOf, coreOf, gridOf } from '../explain';
import { methodOf } from '../load';
import { folding } from './fold';
import { breather, pace } from './pace';
import type { Compute } from '../../compute/types';
import type { RelevancesRequest } from '../../compute/relevance-types';
import type { EncodedSample } from '../../input/types';
import type { Features, MethodInfo, Parameters, PatternsRequest, TargetRequest } from '../../protocol';
import type { ResultCache } from '../cache';
import type { LoadedModel } from '../load';
import type { RequestOptions } from '../types';
import type { OpenDataset } from './dataset';
import type { Folded, Folding } from './fold';

export interface RelevanceContext {
  readonly compute: Compute;
  /** Relevance of one sample, by content of sample, model and settings. */
  readonly relevances: ResultCache<{ readonly relevance: Float32Array }>;
}

export interface ExplainedMany {
  readonly folded: Folded;
  readonly method: string;
  readonly parameters: Parameters;
  /** Activations of the last hidden layer, where they were asked for. */
  readonly activations: { readonly layer: string; readonly values: Float32Array; readonly width: number } | null;
  /** One per sample: title, address and what to show of it. */
  readonly shown: readonly Shown[];
}

export interface Shown {
  readonly title: string;
  readonly text: string;
}

const AT_ONCE = 64;
const TEXT_SHOWN = 160;
const CELLS_SHOWN = 3;

interface Waiting {
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
  { model, source }: OpenDataset,
  wanted: readonly { readonly position: number; readonly class: number }[],
  request: Pick<PatternsRequest, 'method' | 'parameters' | 'space'>,
  { signal, progress }: RequestOptions,
): Promise<ExplainedMany> {
  const { info } = methodOf(model, request.method ?? quickest(model, source));
  const parameters = withComposite(request.parameters, model.chosen.workspace);
  refuse(info, parameters);
  const baselineId = info.usesBaseline ? baselineIdOf({ encoder: source.encoder }, info, null) : null;
  const settings = [model.summary.hash, model.source, info.id, parameters, baselineId, source.encoder.key] as const;
  const options = signal === undefined ? {} : { signal };
  const breathe = breather(signal);
  const size = pace(AT_ONCE);
  const shown: Shown[] = [];
  const activations: Float32Array[] = [];
  let layer = null as string | null;
  let used = parameters;
  let fold = null as Folding | null;
  let waiting: Waiting[] = [];

  const explainWaiting = async (): Promise<void> => {
    const fresh = waiting.filter(({ known }) => known === undefined);
    const rows: RelevancesRequest['rows'][number][] = [];
    for (const { encoded, class: own } of fresh) {
      const baseline = baselineId === null ? null : await source.encoder.baseline(encoded, baselineId, {});
      const sample = { ...coreOf({ encoded }), grid: gridOf(encoded.features) };
      rows.push({ sample, baseline, target: targetOf(info, own) });
    }
    const began = performance.now();
    const computed =
      rows.length === 0
        ? []
        : (
            await context.compute.relevances(
              { model: model.source, labels: model.labels, method: info.id, parameters, rows },
              options,
            )
          ).rows;
    fresh.forEach(({ key }, i) => {
      const row = computed[i];
      if (row === undefined) return;
      used = row.parameters;
      context.relevances.set(key, { relevance: row.relevance });
    });
    if (rows.length > 0) size.took(rows.length, performance.now() - began);
    if (request.space === 'activations') {
      const feeds = waiting.map(({ encoded }) => encoded.feeds);
      const result = await context.compute.activations({ model: model.source, rows: feeds, layer: '' }, options);
      activations.push(result.activations);
      layer = result.layer;
    }
    let at = 0;
    for (const { encoded, known, title } of waiting) {
      const relevance = known ?? computed[at++]?.relevance ?? new Float32Array(encoded.count);
      fold ??= folding(encoded.features);
      fold.add(encoded.features, relevance);
      shown.push({ title, text: textOf(encoded.features, relevance) });
    }
    waiting = [];
  };
  for (const { position, class: own } of wanted) {
    await breathe();
    const sample = await source.read(position);
    const encoded = await source.encoder.encode(sample, 0);
    const key = keyOf('relevance', settings, own, hashOfFeeds(encoded.feeds));
    waiting.push({ encoded, key, title: sample.ref.title, known: context.relevances.get(key)?.relevance, class: own });
    if (waiting.length < size.size()) continue;
    await explainWaiting();
    progress?.(shown.length, wanted.length, 'Explaining');
  }
  await explainWaiting();
  if (fold === null) throw new UserError('no-samples', 'There is no sample to explain.');
  return {
    folded: fold.end(),
    method: info.id,
    parameters: withCompositeName(used),
    activations: layer === null ? null : { layer, ...joined(activations, wanted.length) },
    shown,
  };
}

/** Pictures by LRP, whose maps are calm after a single pass; else what explains one sample by default. */
function quickest({ methods }: LoadedModel, { encoder }: OpenDataset['source']): string | null {
  const fits = methods.some(({ info, unfit }) => info.id === 'lrp' && unfit === null);
  return encoder.kind === 'image' && fits ? 'lrp' : null;
}

/** The method's own target where it has one, as for the predicted class of a single sample. */
function targetOf({ defaultTarget }: MethodInfo, own: number): TargetRequest {
  return { kind: defaultTarget ?? 'class', class: own };
}

/** Only what explains a sample by itself: no gold label, no other samples. */
function refuse(info: MethodInfo, parameters: Parameters): void {
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

function textOf(features: Features, relevance: Float32Array): string {
  if (features.kind === 'tokens') return features.text.slice(0, TEXT_SHOWN).replace(/[\ud800-\udbff]$/, '');
  if (features.kind !== 'columns') return '';
  const order = Array.from(relevance.keys()).sort((a, b) => Math.abs(relevance[b] ?? 0) - Math.abs(relevance[a] ?? 0));
  return order
    .slice(0, CELLS_SHOWN)
    .map((i) => `${features.columns[i]?.name ?? ''} ${features.columns[i]?.text ?? ''}`)
    .join(', ');
}
