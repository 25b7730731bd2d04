/** Weights that `model.quantize("int8")` rounded, with their scales: as the floats that they stand for. */
import { f32, sizeOf } from '../../graph/tensor';
import type { Tensor } from '../../graph/types';
import { isObject, layerError, textAt } from './config';
import type { LayerConfig } from './config';

/** How a layer is quantised, as its configuration says; undefined where it is not. */
export function quantisation(layer: LayerConfig): string | undefined {
  const policy = layer.values['dtype'];
  const values = isObject(policy) ? policy['config'] : undefined;
  const mode = isObject(values) ? values['mode'] : undefined;
  return typeof mode === 'string' ? mode : undefined;
}

const halved = /^(mixed_)?b?float16$/;

/** What a person should know where Keras computes a layer in half precision. */
export function precisionNote(layer: LayerConfig): string | undefined {
  const policy = layer.values['dtype'];
  const values = isObject(policy) ? policy['config'] : undefined;
  const name = typeof policy === 'string' ? policy : isObject(values) ? values['name'] : undefined;
  return typeof name === 'string' && halved.test(name)
    ? `Keras computes this model in half precision (${name}); here it is float32: logits may differ from the third digit on.`
    : undefined;
}

/** The same, where a file holds rounded weights. */
export const ROUNDED =
  'Weights rounded to 8 bits are read as they are; Keras rounds what layers read too: logits may differ from the third digit on.';

/**
 * The weights of one layer (or of one part of it) as floats: [rounded, bias if there is one, scale] → [floats, bias].
 * The activations, which Keras rounds too while the model runs, are not rounded.
 */
export function asFloats(layer: LayerConfig, weights: readonly Tensor[]): readonly Tensor[] {
  const [rounded] = weights;
  const scale = weights.at(-1);
  if (rounded?.dtype !== 'int8' || scale === undefined) return weights;
  const mode = quantisation(layer) ?? 'int8';
  if (mode !== 'int8' || weights.length > 3 || scale === rounded)
    throw layerError(
      layer,
      `Its weights are quantised as ${mode === 'int8' ? 'something else than int8' : mode}, which is not read.`,
      'Quantise it as int8, or save the model before model.quantize(…).',
    );
  const axes = axesOf(layer, rounded, scale);
  if (axes.some((axis, at) => axis === undefined && scale.dims[at] !== 1))
    throw layerError(layer, 'Its scales do not fit its weights.', 'Save the model again.');
  return [divided(rounded, scale, axes), ...weights.slice(1, -1)];
}

/** The axis of the weights that each axis of the scales runs along. */
function axesOf(layer: LayerConfig, { dims }: Tensor, scale: Tensor): readonly (number | undefined)[] {
  if (layer.className.endsWith('Embedding')) return [0];
  const [, kernel, output] = /^[^,]*,([^-]*)->(.*)$/.exec(textAt(layer, 'equation', '')) ?? [];
  const letters = Array.from(output ?? '');
  if (kernel !== undefined && letters.length === scale.dims.length)
    return letters.map((letter) => (kernel.includes(letter) ? kernel.indexOf(letter) : undefined));
  // The last axes, as far as they are the weights' own: those in front are the batch's and the sequence's.
  const lead = scale.dims.findIndex((size) => size !== 1);
  const missing = dims.length - scale.dims.length;
  return scale.dims.map((_, at) => (lead >= 0 && at < lead ? undefined : at + missing));
}

function divided(rounded: Tensor, scale: Tensor, axes: readonly (number | undefined)[]): Tensor {
  const { dims } = rounded;
  const steps = scale.dims.map((_, at) => sizeOf(scale.dims.slice(at + 1)));
  const strides = dims.map((_, axis) => sizeOf(dims.slice(axis + 1)));
  const from = rounded.data as Int8Array;
  const by = scale.data as Float32Array;
  return f32(
    Float32Array.from(from, (value, index) => {
      let at = 0;
      axes.forEach((axis, place) => {
        if (axis === undefined || scale.dims[place] === 1) return;
        at += (Math.floor(index / (strides[axis] ?? 1)) % (dims[axis] ?? 1)) * (steps[place] ?? 1);
      });
      return value / (by[at] ?? NaN);
    }),
    dims,
  );
}
