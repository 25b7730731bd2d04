/** Values of a layer and slopes of the score there, at the sample, at dataset members, or along a line. */
import type { Feeds } from '../../../engine/types';
import { sizeOf } from '../../../graph/tensor';
import type { Value } from '../../../graph/types';
import type { Model } from '../../../model/types';
import { names } from '../../../program/types';
import type { ProgramSpec } from '../../../program/types';
import type { LayerInfo } from '../../../protocol';
import { floats, stack } from '../../rows';
import { relevanceSpec, run, sampleFeeds, tensorOf } from '../../runs';
import type { Meter } from '../../runs';
import type { Method, MethodContext, Point } from '../../types';
import { sliceOf } from './slice';

/** A layer at one point: one row of its value and ∂S/∂value, with the sizes of a batch of one. */
export interface LayerPoint {
  readonly dims: readonly number[];
  readonly value: Float32Array;
  readonly slope: Float32Array;
}

/**
 * At a sample given by its model inputs; the backward pass ends at the layer. For the explained sample the pass goes
 * on from what the prediction left there (`readsAt`) instead of beginning anew.
 */
export async function pointAt(
  context: MethodContext,
  meter: Meter,
  layer: Value,
  feeds: Feeds = context.sample.feeds,
): Promise<LayerPoint> {
  const value = feeds === context.sample.feeds ? context.inner?.[layer] : undefined;
  const from: Partial<ProgramSpec> =
    value === undefined ? { values: [layer] } : { fed: Object.keys(context.inner ?? {}) };
  const spec = relevanceSpec(context, { entries: [], at: [layer], ...from });
  const own = Object.fromEntries(
    context.model.inputs.flatMap(({ name }) => (feeds[name] === undefined ? [] : [[name, feeds[name]]])),
  );
  const outputs = await run(context, meter, spec, { ...own, ...(value === undefined ? {} : context.inner) }, 1);
  const [point] = rowsOf(value === undefined ? outputs : { ...outputs, [layer]: value }, layer);
  return point as LayerPoint;
}

/**
 * What the model computes at a layer and on the ways around it, so that the score and its slope at the layer follow
 * from these alone.
 */
export function readsAt(fallback: (model: Model) => LayerInfo | null): NonNullable<Method['reads']> {
  return ({ model, parameters }) => {
    const { layer, bypasses } = sliceOf(model, parameters, fallback);
    const all = [...new Set([layer.value, ...bypasses.map(({ value }) => value)])];
    // A program's own feeds have names too; such a model is run from its inputs.
    return all.some((value) => ownNames.has(value)) ? [] : all;
  };
}

const ownNames: ReadonlySet<unknown> = new Set(Object.values(names));

/** At points given by their entry values (batch 1 each), in one run. */
export async function pointsAt(
  context: MethodContext,
  meter: Meter,
  layer: Value,
  rows: readonly Point['entries'][],
): Promise<LayerPoint[]> {
  // Entries that are model inputs themselves are fed as such: then the backward pass ends at the layer.
  const spec = relevanceSpec(context, {
    entries: entriesAreInputs(context) ? [] : context.entries,
    at: [layer],
    values: [layer],
  });
  return rowsOf(await run(context, meter, spec, feedsOf(context, rows), rows.length), layer);
}

/** Values of the layer alone, at points given by their entry values, in one run. */
export async function valuesAt(
  context: MethodContext,
  meter: Meter,
  layer: Value,
  rows: readonly Point['entries'][],
): Promise<Float32Array[]> {
  const feedEntries = !entriesAreInputs(context);
  const outputs = await run(
    context,
    meter,
    {
      kind: 'forward',
      head: 'linear',
      rules: 'gradient',
      values: [layer],
      ...(feedEntries ? { feedEntries, entries: context.entries } : {}),
    },
    feedsOf(context, rows),
    rows.length,
  );
  const { values, size } = split(outputs[layer], layer);
  return rows.map((_, i) => values.subarray(i * size, (i + 1) * size));
}

export const entriesAreInputs = ({ entries }: MethodContext): boolean =>
  entries.every((entry) => entry.value === entry.input);

function feedsOf(context: MethodContext, rows: readonly Point['entries'][]): Feeds {
  const entries = Object.fromEntries(
    context.entries.map(({ value }) => [value, stack(rows.map((row) => tensorOf(row, value)))]),
  );
  return { ...sampleFeeds(context, rows.length, entries), ...entries };
}

function rowsOf(outputs: Feeds, layer: Value): LayerPoint[] {
  const { values, size, dims } = split(outputs[layer], layer);
  const slopes = floats(outputs[names.relevance(layer)], names.relevance(layer));
  return Array.from({ length: values.length / size }, (_, i) => ({
    dims,
    value: values.subarray(i * size, (i + 1) * size),
    slope: slopes.subarray(i * size, (i + 1) * size),
  }));
}

function split(
  tensor: Feeds[string] | undefined,
  name: string,
): { readonly values: Float32Array; readonly size: number; readonly dims: readonly number[] } {
  const values = floats(tensor, name);
  const dims = [1, ...(tensor?.dims.slice(1) ?? [])];
  return { values, size: sizeOf(dims), dims };
}
