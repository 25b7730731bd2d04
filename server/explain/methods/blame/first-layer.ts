/**
 * The literal recipe of blame: the gradient of the error with respect to the first layer's weights, per input. With δ
 * the error that arrives at the layer's outputs z (∂S/∂z):
 * - dense: `b_i = x_i Σ_k δ_k`: the weight gradient x δᵀ has rank one, so the ranking is that of x_i times one number;
 * - convolution: `b_i = x_i` times δ summed over channels and over the windows that hold i (a kernel of ones);
 * - embedding: the row gradient of the token at each position, as its length `‖∂S/∂e_t‖`; repeated words stay apart.
 */
import { numberOf, numbersOf, textOf } from '../../../graph/attributes';
import { UserError } from '../../../errors';
import type { Node, Tensor } from '../../../graph/types';
import type { EntryPoint, Model } from '../../../model/types';
import { names } from '../../../program/types';
import { accounting } from '../../accounting';
import { placesOf } from '../../places';
import { pooling } from '../../pooling';
import { floats } from '../../rows';
import { newMeter, relevanceRun, relevanceSpec, tensorOf } from '../../runs';
import { scoreOf } from '../../scores';
import type { Attribution, MethodContext } from '../../types';
import { fixedShare } from '../../warnings';

/** Operators that only rearrange axes of length 1 or the row-major shape. */
const PASSING = new Set(['Reshape', 'Flatten', 'Identity', 'Squeeze', 'Unsqueeze']);

type FirstLayer =
  | { readonly kind: 'embedding' }
  | { readonly kind: 'dense' | 'convolution'; readonly node: Node; readonly output: string };

export async function firstLayer(context: MethodContext): Promise<Attribution> {
  const { sample, entries, target, model } = context;
  const layers = entries.map((entry) => ({ entry, layer: firstLayerOf(model, entry) }));
  const at = layers.flatMap(({ layer }) => (layer.kind === 'embedding' ? [] : [layer.output]));
  const meter = newMeter();
  const outputs = await relevanceRun(context, meter, relevanceSpec(context, { at }), [sample.entries]);
  const blame = Object.fromEntries(
    layers.map(({ entry: { value }, layer }) => {
      const x = tensorOf(sample.entries, value);
      const error =
        layer.kind === 'embedding' ? outputs[names.relevance(value)] : outputs[names.relevance(layer.output)];
      if (error === undefined) throw new Error(`no error at the first layer of ${value}`);
      return [value, blameOf(layer, x, error)];
    }),
  );
  const pool = pooling(placesOf(entries, sample), sample.count);
  pool.add(blame);
  const relevance = Float32Array.from(pool.features());
  return {
    relevance,
    accounting: accounting({
      relevance,
      sum: pool.sum,
      score: scoreOf(target, sample.logits, model.output),
      evaluations: meter.evaluations,
    }),
    path: null,
    warnings: [...layerWarnings(layers.map(({ layer }) => layer)), ...fixedShare(relevance, sample.fixed)],
    modelMilliseconds: meter.milliseconds,
    programKey: meter.programKey,
  };
}

function layerWarnings(layers: readonly FirstLayer[]): Attribution['warnings'] {
  const dense = layers.some(({ kind }) => kind === 'dense');
  const message = dense
    ? 'The first layer is dense: its weight gradient has rank one, so this ranks the inputs by their own size times one common number and says nothing about the model.'
    : 'The first-layer form says where large inputs meet an error, not how they push the prediction: compare it with the integrated form.';
  return [
    {
      code: dense ? 'rank-one' : 'literal-recipe',
      message,
      action: { title: 'Integrated form', method: 'blame', parameters: { form: 'integrated' } },
    },
  ];
}

/** @throws UserError `no-first-layer`. */
export function firstLayerOf({ graph }: Model, entry: EntryPoint): FirstLayer {
  if (entry.kind === 'embedding') return { kind: 'embedding' };
  let value = entry.value;
  for (;;) {
    const readers = graph.nodes.filter((node) => node.inputs.includes(value) && node.op !== 'Shape');
    const [node] = readers;
    const output = node?.outputs[0];
    if (node === undefined || output === undefined || readers.length > 1)
      throw none(entry, readers.length > 1 ? 'several layers read it' : 'nothing reads it');
    if (node.inputs[0] === value && PASSING.has(node.op)) {
      value = output;
      continue;
    }
    const weights = graph.constants.has(node.inputs[1] ?? '');
    if (node.inputs[0] === value && weights) {
      if (node.op === 'Conv') return { kind: 'convolution', node, output };
      if (node.op === 'MatMul' || (node.op === 'Gemm' && numberOf(node, 'transA', 0) === 0))
        return { kind: 'dense', node, output };
    }
    throw none(entry, `it is read by ${node.op}`);
  }
}

function none(entry: EntryPoint, why: string): UserError {
  return new UserError(
    'no-first-layer',
    `The input “${entry.input}” has no first layer that is dense, convolutional or an embedding`,
    {
      where: why,
      next: 'use form=integrated or form=gradient',
    },
  );
}

function blameOf(layer: FirstLayer, x: Tensor, error: Tensor): Float32Array {
  const [values, delta] = [floats(x, 'x'), floats(error, 'error')];
  switch (layer.kind) {
    case 'embedding': {
      // One element carries the whole length, so that the sum over the embedding is it.
      const width = x.dims.at(-1) ?? 1;
      return values.map((_, i) => (i % width === 0 ? Math.hypot(...delta.subarray(i, i + width)) : 0));
    }
    case 'dense': {
      const outputs = error.dims.at(-1) ?? 1;
      const inputs = values.length / (delta.length / outputs);
      return values.map((value, i) => {
        const row = Math.floor(i / inputs) * outputs;
        return value * delta.subarray(row, row + outputs).reduce((sum, one) => sum + one, 0);
      });
    }
    case 'convolution':
      return spread(layer.node, x, error).map((sum, i) => sum * (values[i] as number));
  }
}

/** δ summed over the channels of a group, laid over every window that holds an input element. */
function spread(node: Node, x: Tensor, error: Tensor): Float32Array {
  const spatial = x.dims.length - 2;
  const [sizes, outs] = [x.dims.slice(2), error.dims.slice(2)];
  const filled = (name: string, value: number): readonly number[] =>
    numbersOf(node, name) ?? new Array<number>(spatial).fill(value);
  const [strides, dilations] = [filled('strides', 1), filled('dilations', 1)];
  const kernel = numbersOf(node, 'kernel_shape');
  const mode = textOf(node, 'auto_pad', 'NOTSET');
  if (kernel === undefined || (mode !== 'NOTSET' && mode !== 'VALID'))
    throw new UserError('no-first-layer', 'The first convolution’s windows are not written out', {
      where: node.name,
      next: 'use form=integrated or form=gradient',
    });
  const pads = mode === 'VALID' ? filled('', 0) : (numbersOf(node, 'pads') ?? filled('', 0));
  const group = numberOf(node, 'group', 1);
  const [inChannels, outChannels] = [x.dims[1] as number, error.dims[1] as number];
  const [inSize, outSize] = [sizes.reduce((a, b) => a * b, 1), outs.reduce((a, b) => a * b, 1)];
  const delta = floats(error, 'error');
  const result = new Float32Array(inChannels * inSize);
  for (let g = 0; g < group; g += 1)
    for (let place = 0; place < outSize; place += 1) {
      let sum = 0;
      for (let k = (g * outChannels) / group; k < ((g + 1) * outChannels) / group; k += 1)
        sum += delta[k * outSize + place] as number;
      for (const inner of window(place, { sizes, outs, kernel, strides, dilations, pads }))
        for (let c = (g * inChannels) / group; c < ((g + 1) * inChannels) / group; c += 1)
          result[c * inSize + inner] = (result[c * inSize + inner] as number) + sum;
    }
  return result;
}

interface Geometry {
  readonly sizes: readonly number[];
  readonly outs: readonly number[];
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
}

/** Row-major places of the input under the window of one output. */
function window(place: number, { sizes, outs, kernel, strides, dilations, pads }: Geometry): number[] {
  let rest = place;
  const start = outs.map(() => 0);
  for (let axis = outs.length - 1; axis >= 0; axis -= 1) {
    const size = outs[axis] as number;
    start[axis] = (rest % size) * (strides[axis] as number) - (pads[axis] ?? 0);
    rest = Math.floor(rest / size);
  }
  let places = [0];
  sizes.forEach((size, axis) => {
    const inside = Array.from(
      { length: kernel[axis] as number },
      (_, tap) => (start[axis] as number) + tap * (dilations[axis] as number),
    );
    const valid = inside.filter((at) => at >= 0 && at < size);
    places = places.flatMap((before) => valid.map((at) => before * size + at));
  });
  return places;
}
