/** Explanations for checks: many samples in a few runs, and what is known by content of model and sample from before. */
import { resolveTarget } from '../classes';
import { explain } from '../explain';
import { prepare } from '../prepare';
import { inPieces, mannerOf, ownTarget, standsAlone } from '../patterns/pieces';
import type { Explained, Explains, ExplainWish, Predicted } from '../../checks/types';
import type { TargetRequest } from '../../protocol';
import type { Manner, Unexplained } from '../patterns/pieces';
import type { Prepared } from '../prepare';
import type { CheckContext } from './world';

interface Underway extends Unexplained {
  readonly prepared: Prepared;
  readonly label: string;
}

/** @param model Name or path; null: that of each sample's dataset. */
export function explainer(context: CheckContext, model: string | null): Explains['explain'] {
  return async function* (samples, wish, { signal }) {
    const [first] = samples;
    if (first === undefined) return;
    const options = signal === undefined ? {} : { signal };
    const begin = await prepare(context, { address: first.address, model }, signal);
    const manner = mannerOf(begin.model, wish.method, wish.parameters, wish.baseline);
    // What compares with other samples, or asks at a position, is a question of its own for every sample.
    if (!standsAlone(manner) || begin.model.summary.output.positions) {
      for (const { address } of samples) yield await alone(context, address, model, wish, options);
      return;
    }
    const items = underway(context, samples, begin, model, wish, manner, signal);
    for await (const piece of inPieces(context, manner, items, options))
      for (const { item, relevance } of piece.samples)
        yield {
          features: item.encoded.features,
          relevance,
          sample: item.prepared.sample.ref,
          label: item.label,
        };
  };
}

async function* underway(
  context: CheckContext,
  samples: readonly Predicted[],
  begin: Prepared,
  model: string | null,
  { target: asked }: ExplainWish,
  manner: Manner,
  signal: AbortSignal | undefined,
): AsyncGenerator<Underway> {
  const { labels } = begin.model;
  const named = asked === null ? null : resolveTarget({ kind: 'class', class: asked }, labels);
  for (const [index, { address, class: own }] of samples.entries()) {
    const prepared = index === 0 ? begin : await prepare(context, { address, model }, signal);
    const { encoder, encoded } = prepared;
    const target = named ?? ownTarget(manner, own);
    yield { encoder, encoded, target, prepared, label: labelIn(target, labels) };
  }
}

function labelIn(target: TargetRequest, labels: readonly string[]): string {
  const index = target.kind === 'predicted' ? -1 : Number(target.class);
  return labels[index] ?? `class ${index}`;
}

async function alone(
  context: CheckContext,
  address: Predicted['address'],
  model: string | null,
  { target, method, parameters, baseline }: ExplainWish,
  options: { readonly signal?: AbortSignal },
): Promise<Explained> {
  const wanted: TargetRequest = target === null ? { kind: 'predicted' } : { kind: 'class', class: target };
  const request = { address, model, method, target: wanted, baseline, parameters };
  const { features, relevance, sample, target: explained } = await explain(context, request, options);
  return { features, relevance, sample, label: explained.label };
}
