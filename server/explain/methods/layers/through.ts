/** Gradient × input of what passes through chosen units of a layer. */
import { f32 } from '../../../graph/tensor';
import type { Tensor, Value } from '../../../graph/types';
import { names } from '../../../program/types';
import { UserError } from '../../../errors';
import type { ParameterDefinition, Parameters } from '../../../protocol';
import { floats } from '../../rows';
import { relevanceRun, relevanceSpec, tensorOf } from '../../runs';
import type { Meter } from '../../runs';
import type { MethodContext, Point } from '../../types';
import type { Layout, Slice } from './slice';

export const unitsParameter: ParameterDefinition = {
  name: 'units',
  type: 'text',
  default: '',
  description:
    'Units (feature maps) by number, such as 3,17: the features then show gradient × input through these alone. Empty: the layer’s own map where it has positions in the input, else its strongest unit',
};

/** @throws UserError `bad-parameter`: not a list of numbers, or beyond the layer's units. */
export function chosenUnits(parameters: Parameters, { layer }: Slice, layout: Layout): readonly number[] {
  const text = String(parameters['units'] ?? '').trim();
  if (text === '') return [];
  return text.split(',').map((part) => {
    const unit = /^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN;
    if (unit < layout.units) return unit;
    throw new UserError('bad-parameter', `Parameter units is ${JSON.stringify(text)}, with ${part.trim()} no unit`, {
      where: `layer ${layer.value} has ${layout.units}, counted from 0`,
      next: 'write numbers with commas between, such as 3,17',
    });
  });
}

/** 1 at the elements of the units, 0 elsewhere; [1, …]. */
function maskOf(layout: Layout, dims: readonly number[], units: readonly number[]): Tensor {
  const chosen = new Set(units);
  const size = layout.units * layout.places;
  return f32(
    Float32Array.from({ length: size }, (_, i) => (chosen.has(layout.unit(i)) ? 1 : 0)),
    [1, ...dims.slice(1)],
  );
}

/**
 * Slopes of the score at the entries that pass through the chosen units, at one point. Where paths lead around the
 * layer, what flows there is taken away again (the gradient is linear: with all units closed, only that is left).
 * @param dims Sizes of the layer's value, batch counted.
 */
export async function slopesThrough(
  context: MethodContext,
  meter: Meter,
  slice: Slice,
  layout: Layout,
  dims: readonly number[],
  units: readonly number[],
  point: Point['entries'],
): Promise<Readonly<Record<Value, Float32Array>>> {
  const { value: layer } = slice.layer;
  const spec = relevanceSpec(context, { filter: [layer] });
  const at = async (open: readonly number[]) => {
    const feeds = { [names.mask(layer)]: maskOf(layout, dims, open) };
    const outputs = await relevanceRun(context, meter, spec, [point], feeds);
    return (value: Value): Float32Array => floats(outputs[names.relevance(value)], names.relevance(value));
  };
  const own = await at(units);
  const around = slice.bypasses.length === 0 ? null : await at([]);
  return Object.fromEntries(
    context.entries.map(({ value }) => {
      const other = around?.(value);
      return [value, own(value).map((slope, i) => slope - (other?.[i] ?? 0))];
    }),
  );
}

/** (x − x′) ⊙ slopes per entry; x′ = 0 where there is no baseline. */
export function timesInput(
  context: MethodContext,
  slopes: Readonly<Record<Value, ArrayLike<number>>>,
  baseline: Point['entries'] | null = null,
): Record<Value, Float64Array> {
  return Object.fromEntries(
    context.entries.map(({ value }) => {
      const x = floats(tensorOf(context.sample.entries, value), value);
      const from = baseline === null ? null : floats(tensorOf(baseline, value), value);
      const own = slopes[value] as ArrayLike<number>;
      return [value, Float64Array.from(x, (item, i) => (item - (from?.[i] ?? 0)) * (own[i] as number))];
    }),
  );
}
