/** What a layer's result is at the features: its map, or what passes through chosen units. */
import type { Value } from '../../../graph/types';
import { accounting } from '../../accounting';
import type { Balance } from '../../accounting';
import { placesOf } from '../../places';
import { magnitudes, pooling } from '../../pooling';
import type { Meter } from '../../runs';
import { scoreOf } from '../../scores';
import type { Attribution, MethodContext } from '../../types';
import { fixedShare } from '../../warnings';
import { frameOf, spread, sumPerFeature } from './frame';
import type { Frame } from './frame';
import { bypassed, perPlace, perUnit, reportOf } from './slice';
import type { Layout, Slice } from './slice';
import { chosenUnits } from './through';

export const atFeatures =
  'At the features: where the layer has positions in the input, every position’s value shared among the pixels or tokens it lies over (the sum stays); with “units”, or where there are no positions, what passes through the chosen or the strongest unit, as gradient × input.';

/** A layer's result before it is brought to the features. */
export interface LayerResult {
  readonly slice: Slice;
  readonly layout: Layout;
  /** One number per element of the layer. */
  readonly elements: ArrayLike<number>;
  /** The layer's value for this sample. */
  readonly activations: ArrayLike<number>;
  /** Relevance of the entries through some units; asked for only where the features need it. */
  through(units: readonly number[]): Promise<Record<Value, ArrayLike<number>>>;
  /** What the elements should sum to, where the method promises it. */
  readonly expected?: number | undefined;
  readonly baselineScore?: number | undefined;
}

export async function toFeatures(context: MethodContext, meter: Meter, result: LayerResult): Promise<Attribution> {
  const { sample, target, model } = context;
  const { slice, layout, elements, activations, expected, baselineScore } = result;
  const chosen = chosenUnits(context.parameters, slice, layout);
  const values = perUnit(layout, elements);
  const layer = reportOf(slice, layout, values, activations);
  const frame = chosen.length > 0 ? null : frameOf(context, layout.positions);
  const shown: Shown =
    frame === null
      ? await pooledThrough(context, result, chosen.length > 0 ? chosen : [layer.units[0]?.unit ?? 0])
      : ofMap(frame, perPlace(layout, elements), sample.count);
  const score = scoreOf(target, sample.logits, model.output);
  const balance: Balance = {
    relevance: shown.relevance,
    sum: shown.sum,
    score,
    baselineScore,
    // Through some units only their part arrives.
    expected: frame === null ? undefined : expected,
    evaluations: meter.evaluations,
  };
  return {
    ...shown.magnitude,
    relevance: shown.relevance,
    accounting: accounting(balance),
    path: null,
    layer,
    warnings: [...bypassed(slice), ...fixedShare(shown.relevance, sample.fixed)],
    modelMilliseconds: meter.milliseconds,
    programKey: meter.programKey,
  };
}

interface Shown {
  readonly relevance: Float32Array;
  readonly sum: number;
  readonly magnitude?: ReturnType<typeof magnitudes>;
}

/** Positions that lie nowhere in the input count in the sum alone. */
function ofMap(frame: Frame, map: Float64Array, count: number): Shown {
  const { dims, skip } = frame.source;
  const shown = sumPerFeature(frame, spread(map.subarray(skip), dims, frame.dims), count);
  return { ...shown, sum: map.subarray(0, skip).reduce((sum, value) => sum + value, shown.sum) };
}

async function pooledThrough(context: MethodContext, result: LayerResult, units: readonly number[]): Promise<Shown> {
  const products = await result.through(units);
  const places = placesOf(context.entries, context.sample);
  const pool = pooling(places, context.sample.count);
  pool.add(products);
  return {
    relevance: Float32Array.from(pool.features()),
    sum: pool.sum,
    magnitude: magnitudes(products, places, context.sample),
  };
}
