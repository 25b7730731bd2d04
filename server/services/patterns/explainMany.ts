/** Explanations of many samples of a dataset, folded into rows that can be compared. */
import { UserError } from '../../errors';
import { withCompositeName } from '../composites';
import { addressAt, partAt } from '../survey/parts';
import { breathing } from '../../survey/slices';
import { folding } from './fold';
import { inPieces, mannerOf, ownTarget, standsAlone } from './pieces';
import { textOf } from './shown';
import type { Compute, ComputeOptions } from '../../compute/types';
import type { EncodedSample } from '../../input/types';
import type { Parameters, PatternsRequest } from '../../protocol';
import type { LoadedModel } from '../load';
import type { PrepareContext } from '../prepare';
import type { RequestOptions } from '../types';
import type { OpenDataset } from './dataset';
import type { Folded, Folding } from './fold';
import type { Manner, RelevanceContext, Unexplained } from './pieces';
import type { Shown } from './shown';

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

/** A sample of the dataset on its way. */
interface Underway extends Unexplained {
  readonly title: string;
}

/**
 * Explains the samples at the positions given, each for the class named.
 * @throws UserError `method-unfit`, and what the method says.
 */
export async function explainMany(
  context: RelevanceContext & Pick<PrepareContext, 'samples'>,
  dataset: OpenDataset,
  wanted: readonly { readonly position: number; readonly class: number }[],
  request: Pick<PatternsRequest, 'method' | 'parameters' | 'space'>,
  { signal, progress }: RequestOptions,
): Promise<ExplainedMany> {
  const { model } = dataset;
  const manner = mannerOf(model, request.method ?? quickest(dataset), request.parameters, null);
  refuse(manner);
  const options: ComputeOptions = signal === undefined ? {} : { signal };
  const gathered = gathering();
  let used = manner.parameters;
  const items = encodedSamples(context, dataset, wanted, manner, signal);
  for await (const { samples, parameters } of inPieces(context, manner, items, options)) {
    used = parameters;
    if (request.space === 'activations')
      await gathered.activate(
        context.compute,
        model,
        samples.map(({ item }) => item.encoded),
        options,
      );
    for (const { item, relevance } of samples) gathered.add(item.encoded, item.title, relevance);
    progress?.(gathered.shown.length, wanted.length, 'Explaining');
  }
  return { ...gathered.end(), method: manner.info.id, parameters: withCompositeName(used) };
}

async function* encodedSamples(
  { samples }: Pick<PrepareContext, 'samples'>,
  { parts }: OpenDataset,
  wanted: readonly { readonly position: number; readonly class: number }[],
  manner: Manner,
  signal: AbortSignal | undefined,
): AsyncGenerator<Underway> {
  const breathe = breathing(signal);
  for (const { position, class: own } of wanted) {
    await breathe();
    const { dataset, encoder } = partAt(parts, position);
    const sample = await samples.sample(addressAt(parts, position), dataset);
    const encoded = await encoder.encode(sample, 0);
    yield { encoder, encoded, target: ownTarget(manner, own), title: sample.ref.title };
  }
}

/** Samples as they are explained, folded into rows that can be compared. */
interface Gathering {
  readonly shown: readonly Shown[];
  add(sample: EncodedSample, title: string, relevance: Float32Array): void;
  activate(
    compute: Compute,
    model: LoadedModel,
    samples: readonly EncodedSample[],
    options: ComputeOptions,
  ): Promise<void>;
  end(): Pick<ExplainedMany, 'folded' | 'activations' | 'shown'>;
}

function gathering(): Gathering {
  const shown: Shown[] = [];
  const pieces: Float32Array[] = [];
  let layer: string | null = null;
  let fold: Folding | null = null;
  return {
    shown,
    add({ features }, title, relevance) {
      fold ??= folding(features);
      fold.add(features, relevance);
      shown.push({ title, text: textOf(features, relevance) });
    },
    async activate(compute, { source }, samples, options) {
      const rows = samples.map(({ feeds }) => feeds);
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

/** Only what explains a sample by itself: no gold label, no other samples. */
function refuse(manner: Manner): void {
  if (standsAlone(manner)) return;
  throw new UserError('method-unfit', `${manner.info.name} needs more than the sample itself`, {
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
