/** `.npy` arrays as they are: every element is a feature. */
import type { RawSample } from '../../dataset';
import type { Feeds } from '../../engine/types';
import { UserError } from '../../errors';
import { sizeOf } from '../../graph/tensor';
import { BATCH } from '../../graph/types';
import type { Dim, Tensor } from '../../graph/types';
import type { BaselineInfo } from '../../protocol';
import { describeInput, tensorOf, valuesOf } from '../model-input';
import type { InputSpec } from '../model-input';
import type { Baseline, EncodedSample, InputEncoder } from '../types';
import { readNpy } from './npy';

export type TensorSample = Extract<RawSample, { readonly kind: 'tensors' }>;

export interface TensorInputEncoder extends InputEncoder {
  readonly kind: 'tensor';
  encode(sample: TensorSample): EncodedSample;
  baseline(sample: EncodedSample, id: string): Baseline;
}

const zeroInfo: BaselineInfo = { id: 'zero', label: 'zero', description: 'Zeros everywhere.' };

/** @param modelInputs All of them must be given; a single array without a name feeds the only input. */
export function createTensorEncoder(modelInputs: readonly InputSpec[]): TensorInputEncoder {
  return {
    kind: 'tensor',
    baselines: [zeroInfo],
    encode(sample) {
      const files = named(sample.files, modelInputs);
      // States of recurrent layers have layers first: their sizes are as they are.
      const first = modelInputs.flatMap(({ type }) => type.shape?.slice(0, 1) ?? []);
      const stacked = new Set(first).size <= 1 || first.every((dim) => typeof dim === 'string' || dim === 1);
      const tensors = modelInputs.map((input) => ({
        input,
        tensor: fit(input, files.get(input.name), sample.ref.title, stacked),
      }));
      let count = 0;
      const featureOf: Record<string, Int32Array> = {};
      for (const { input, tensor } of tensors) {
        if (isSetting(input)) {
          featureOf[input.name] = Int32Array.of(-1);
          continue;
        }
        const first = count;
        count += sizeOf(tensor.dims);
        featureOf[input.name] = Int32Array.from({ length: sizeOf(tensor.dims) }, (_, index) => first + index);
      }
      return {
        feeds: Object.fromEntries(tensors.map(({ input, tensor }) => [input.name, tensor])),
        features: {
          kind: 'elements',
          inputs: tensors.flatMap(({ input, tensor }) =>
            isSetting(input) ? [] : [{ name: input.name, shape: tensor.dims }],
          ),
        },
        count,
        featureOf,
        fixed: new Set(),
      };
    },
    baseline(sample, id) {
      if (id !== zeroInfo.id)
        throw new UserError('no-such-baseline', `tensors have no baseline “${id}”`, { next: 'choose zero' });
      const feeds: Feeds = Object.fromEntries(
        Object.entries(sample.feeds).map(([name, tensor]) => [
          name,
          modelInputs.some((input) => input.name === name && isSetting(input))
            ? tensor
            : tensorOf(tensor.dtype, new Float64Array(sizeOf(tensor.dims)), tensor.dims),
        ]),
      );
      return { id, label: zeroInfo.label, kind: 'feeds', feeds: [feeds] };
    },
  };
}

/** A single whole number without a batch (a sampling rate) says how to read the sample, and is no part of it. */
const isSetting = ({ type }: InputSpec): boolean => type.shape?.length === 0 && !type.dtype.startsWith('float');

function named(
  files: Readonly<Record<string, Uint8Array>>,
  inputs: readonly InputSpec[],
): ReadonlyMap<string, Uint8Array> {
  const given = new Map(Object.entries(files));
  const unnamed = given.get('');
  const [only] = inputs;
  if (unnamed !== undefined && only !== undefined && inputs.length === 1) return new Map([[only.name, unnamed]]);
  const strange = [...given.keys()].find((name) => !inputs.some((input) => input.name === name));
  const absent = inputs.find((input) => !given.has(input.name));
  if (strange === undefined && absent === undefined) return given;
  throw new UserError(
    'wrong-tensors',
    absent === undefined ? `the model has no input “${strange ?? ''}”` : `no tensor is given for “${absent.name}”`,
    {
      where: `the model reads ${inputs.map(describeInput).join('; ')}`,
      next: 'name every input: --tensor NAME=FILE.npy',
    },
  );
}

/** The array as the input wants it: type converted where nothing is lost, a batch of one added where it lacks. */
function fit(input: InputSpec, bytes: Uint8Array | undefined, title: string, stacked: boolean): Tensor {
  if (bytes === undefined) throw new Error(`no bytes for ${input.name}`);
  const raw = readNpy(bytes, title);
  const dims = fitDims(input, raw, stacked);
  const { dtype } = input.type;
  const values = valuesOf(raw);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new UserError('not-finite', `the array holds ${String(values[bad])}`, {
      where: `${title}, element ${bad}`,
      next: 'replace it by a number',
    });
  if (raw.dtype === dtype) return { ...raw, dims };
  if (dtype === 'string' || (!dtype.startsWith('float') && raw.dtype.startsWith('float')))
    throw new UserError('wrong-input-type', `the array holds ${raw.dtype}, the model reads ${dtype}`, {
      where: `${title} → ${describeInput(input)}`,
      next: `save it as ${dtype}: array.astype("${dtype}")`,
    });
  return tensorOf(dtype, values, dims);
}

/** @param stacked The first axis of every input is the batch. */
function fitDims(input: InputSpec, raw: Tensor, stacked: boolean): readonly number[] {
  const { shape } = input.type;
  if (shape === undefined) return raw.dims;
  const dims = stacked && raw.dims.length === shape.length - 1 ? [1, ...raw.dims] : raw.dims;
  const isBatch = (dim: Dim, axis: number): boolean =>
    dim === BATCH || (axis === 0 && (stacked || typeof dim === 'string'));
  const sizes = shape.map((dim, axis) => (isBatch(dim, axis) ? 1 : dim));
  const fits =
    dims.length === shape.length && dims.every((size, axis) => typeof sizes[axis] === 'string' || sizes[axis] === size);
  if (fits) return dims;
  throw new UserError('wrong-input-shape', `the array is (${raw.dims.join(', ')})`, {
    where: `the model reads ${describeInput(input)}, one sample at a time`,
    next: 'save an array of that shape',
  });
}
