/** From a Keras model's configuration and weights to a Graph. */
import { UserError } from '../../errors';
import { GraphBuilder } from '../../graph/builder';
import type { OnnxFile } from '../../graph/onnx/read';
import { f32 } from '../../graph/tensor';
import { BATCH, CANONICAL_OPSET } from '../../graph/types';
import type { Dim, DType, Tensor } from '../../graph/types';
import { channels } from '../channels';
import type { Channels } from '../channels';
import { asFloat32 } from '../floats';
import type { TextVectorization } from '../types';
import { layerError } from './config';
import type { LayerConfig } from './config';
import { layerEntry } from './layers';
import { CONSTANT, invalidModel, isModel, modelInside, isRef, keyOf, planOf, refsWithin } from './topology';
import type { LayerCall, Plan } from './topology';
import { precisionNote } from './quantised';
import { splitterOf, tokensOf } from './text';
import type { Call, KerasTensor, LayerEntry } from './types';
import { missingWeights } from './weights';
import type { WeightRequest, WeightScope } from './weights';

export interface KerasModel {
  readonly model: LayerConfig;
  readonly weights: WeightScope;
  /** Written by Keras 3. */
  readonly modern: boolean;
}

export interface KerasFile extends OnnxFile {
  readonly notes: readonly string[];
  readonly texts?: readonly TextVectorization[];
}

interface Shared {
  readonly b: GraphBuilder;
  readonly channels: Channels;
  readonly modern: boolean;
  readonly notes: Set<string>;
  /** How texts are split, by the input that reads their ids. */
  readonly texts: Map<string, TextVectorization>;
}

/** @throws UserError naming the layer that cannot be read. */
export function buildKeras({ model, weights, modern }: KerasModel): KerasFile {
  const b = new GraphBuilder(model.name);
  const shared: Shared = { b, channels: channels(b), modern, notes: new Set(), texts: new Map() };
  const plan = planOf(model);
  const inputs = plan.inputs.map(({ ref, shape, dtype }, index): KerasTensor => {
    const splitter = splitterOf(plan, keyOf(ref));
    if (splitter !== undefined)
      return { value: b.input(ref.layer, 'int64', [BATCH, tokensOf(splitter)]), first: false, mask: null };
    const type = onlyIds(plan, keyOf(ref)) ? 'int32' : dtypeOf(dtype, ref.layer);
    return { value: b.input(ref.layer, type, sizesOf(shape, index)), first: false, mask: null };
  });
  const outputs = run(plan, inputs, weights, '', shared);
  b.scope('');
  const taken = new Set<string>(plan.inputs.map(({ ref }) => ref.layer));
  const named = outputs.map((tensor, index) => {
    const ref = plan.outputs[index];
    let name = ref?.layer ?? `output_${index}`;
    for (let count = 1; taken.has(name); count += 1) name = `${ref?.layer ?? 'output'}_${count}`;
    taken.add(name);
    return b.rename(shared.channels.last(tensor), name);
  });
  return {
    graph: b.build(named, { inputs: false }),
    irVersion: 10,
    opsets: new Map([
      ['', CANONICAL_OPSET],
      ['ai.onnx.ml', 4],
    ]),
    functions: [],
    producer: modern ? 'keras 3' : 'keras',
    metadata: new Map(),
    notes: [...shared.notes],
    ...(shared.texts.size === 0 ? {} : { texts: [...shared.texts.values()] }),
  };
}

/** The batch is free; other free sizes are named by what they usually are. */
function sizesOf(shape: readonly (number | null)[], input: number): Dim[] {
  const names = shape.length === 4 ? ['', 'height', 'width', 'channels'] : ['', 'sequence'];
  return shape.map((dim, axis) => {
    if (axis === 0) return BATCH;
    return dim ?? `${names[axis] ?? `axis_${axis}`}${input === 0 ? '' : `_${input + 1}`}`;
  });
}

const dtypes: Readonly<Record<string, DType>> = {
  ...{ float32: 'float32', float16: 'float32', float64: 'float32', bfloat16: 'float32' },
  ...{ int32: 'int32', int64: 'int64', uint8: 'uint8', int8: 'int8', bool: 'bool', string: 'string' },
};

function dtypeOf(name: string, input: string): DType {
  const found = dtypes[name];
  if (found === undefined) throw invalidModel(`its input ${input} is of type ${name}`);
  return found;
}

/** Token ids are whole numbers, although Keras' inputs are floats unless told otherwise. */
function onlyIds(plan: Plan, key: string): boolean {
  const users = plan.calls.filter(({ inputs }) => inputs.some((ref) => keyOf(ref) === key));
  return users.length > 0 && users.every(({ layer }) => layer.className === 'Embedding');
}

/** Calls of one model, as soon as what they read is there. */
function run(
  plan: Plan,
  inputs: readonly KerasTensor[],
  weights: WeightScope,
  prefix: string,
  shared: Shared,
): KerasTensor[] {
  const known = new Map<string, KerasTensor>();
  plan.inputs.forEach(({ ref }, index) => {
    const tensor = inputs[index];
    if (tensor === undefined) throw invalidModel(`it is called with ${inputs.length} of ${plan.inputs.length} inputs`);
    known.set(keyOf(ref), tensor);
  });
  const isReady = (call: LayerCall): boolean =>
    refsWithin([call.inputs, call.named]).every((ref) => known.has(keyOf(ref)));
  let waiting = plan.calls.filter(({ layer }) => layer.className !== 'InputLayer');
  while (waiting.length > 0) {
    const later: LayerCall[] = [];
    for (const call of waiting) {
      if (!isReady(call)) {
        later.push(call);
        continue;
      }
      const made = callLayer(call, known, weights, prefix, shared);
      made.forEach((tensor, index) => known.set(keyOf({ layer: call.layer.name, node: call.node, index }), tensor));
    }
    if (later.length === waiting.length) {
      const unused = later.filter((call) => !isReady(call));
      const wanted = new Set(plan.outputs.map(keyOf));
      if ([...wanted].every((key) => known.has(key))) break;
      throw invalidModel(`nothing makes what layer ${unused[0]?.layer.name ?? ''} reads`);
    }
    waiting = later;
  }
  return plan.outputs.map((ref) => {
    const tensor = known.get(keyOf(ref));
    if (tensor === undefined) throw invalidModel(`nothing makes its output ${ref.layer}`);
    return tensor;
  });
}

function callLayer(
  call: LayerCall,
  known: ReadonlyMap<string, KerasTensor>,
  weights: WeightScope,
  prefix: string,
  shared: Shared,
): readonly KerasTensor[] {
  const { layer } = call;
  const resolve = (value: unknown): unknown => {
    if (isRef(value)) return known.get(keyOf(value));
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item)]));
  };
  const named = resolve(call.named) as Record<string, unknown>;
  const inputs = call.inputs.map((ref, index) => withMask(known.get(keyOf(ref)) as KerasTensor, index, named, shared));
  const name = `${prefix}${layer.name}`;
  const request = requestOf(layer);
  const precision = precisionNote(layer);
  if (precision !== undefined) shared.notes.add(precision);
  if (isModel(layer)) return run(planOf(layer), inputs, weights.model(request), `${name}/`, shared);
  const tensors = new Map<string, Tensor>();
  if (request.names.length > 0) {
    const found = weights.layer(request);
    if (found.length !== request.names.length) throw missingWeights(request, found.length);
    request.names.forEach((weight, index) => tensors.set(weight, found[index] as Tensor));
  }
  const asset = (file: string): string | undefined => weights.asset?.(request, file);
  const model = (inner: LayerConfig, values: readonly KerasTensor[]): readonly KerasTensor[] =>
    run(planOf(inner), values, weights.model(request), `${name}/${inner.name}/`, shared);
  return invoke(layer, name, '', inputs, named, { tensors, asset, model }, shared);
}

/** Keras 3 hands masks in by name: one for all inputs, a list, or one for each operand of an attention. */
function withMask(
  tensor: KerasTensor,
  index: number,
  named: Readonly<Record<string, unknown>>,
  shared: Shared,
): KerasTensor {
  const { mask } = named;
  const operand = named[`${['query', 'value', 'key'][index] ?? ''}_mask`];
  const given: unknown = Array.isArray(mask) ? mask[index] : (operand ?? (index === 0 ? mask : undefined));
  const isTensor = typeof given === 'object' && given !== null && 'value' in given && 'first' in given;
  return isTensor ? { ...tensor, mask: shared.channels.last(given as KerasTensor) } : tensor;
}

export function requestOf(layer: LayerConfig): WeightRequest {
  const model = isModel(layer) ? layer : modelInside(layer);
  if (model !== undefined) {
    const inner = planOf(model).layers.map(requestOf);
    return { layer, names: [], fixed: [], parts: [], inner };
  }
  const entry = layerEntry(layer.className);
  return {
    layer,
    names: entry?.weights?.(layer) ?? [],
    fixed: entry?.fixed ?? [],
    spare: entry?.spare ?? [],
    parts: entry?.parts?.(layer) ?? [''],
    inner: null,
  };
}

function entryOf(layer: LayerConfig, inputs: readonly KerasTensor[]): LayerEntry {
  // HDF5 files of Keras 3 do not tell its functions from layers: those have other names, or a number beside a tensor.
  const operation = layerEntry(`ops.${layer.className}`);
  const isLayer = layer.className === 'Softmax';
  const entry = (inputs.length < 2 && !isLayer ? operation : undefined) ?? layerEntry(layer.className) ?? operation;
  if (entry !== undefined) return entry;
  throw layerError(
    layer,
    `The layer ${layer.className} is not one of Keras' own that can be read.`,
    'Custom layers live in Python code: convert the model to ONNX with tf2onnx.',
  );
}

/** What the file holds for one layer of a model and those inside it. */
interface Own {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly asset: (name: string) => string | undefined;
  /** Runs the model inside it. */
  readonly model: (inner: LayerConfig, inputs: readonly KerasTensor[]) => readonly KerasTensor[];
}

/** Builds one call of a layer whose weights are those with `prefix` in front. */
function invoke(
  layer: LayerConfig,
  name: string,
  prefix: string,
  inputs: readonly KerasTensor[],
  named: Readonly<Record<string, unknown>>,
  own: Own,
  shared: Shared,
): readonly KerasTensor[] {
  const { b } = shared;
  const { tensors } = own;
  const entry = entryOf(layer, inputs);
  if (inputs.length === 0 && !(CONSTANT in named))
    throw layerError(layer, 'It is called with nothing.', 'Save the model again.');
  b.scope(name);
  const call: Call = {
    layer,
    b,
    channels: shared.channels,
    inputs,
    named,
    modern: shared.modern,
    has: (weight) => tensors.has(`${prefix}${weight}`),
    weight: (weight, dims) => checked(layer, weight, tensors.get(`${prefix}${weight}`), dims),
    shape: (tensor = inputs[0]) => {
      const shape = tensor === undefined ? undefined : shared.channels.shape(tensor);
      if (shape === undefined) throw layerError(layer, 'The shape of its input is not known.');
      return shape;
    },
    op: (op, values, attributes = {}) => b.op(op, values, attributes),
    plain: (value) => ({ value, first: false, mask: null }),
    inner: (other, inside, values, extra = {}) => {
      const made = isModel(other)
        ? own.model(other, values)
        : invoke(other, `${name}/${other.name}`, `${prefix}${inside}`, values, extra, own, shared);
      b.scope(name);
      return made;
    },
    note: (text) => shared.notes.add(text),
    asset: own.asset,
    splits: (text) => {
      const input = inputs[0]?.value ?? '';
      shared.texts.set(input, { ...text, input });
    },
  };
  const made = entry.build(call);
  const list = 'value' in made ? [made] : made;
  const mask = entry.mask === 'passes' ? (inputs[0]?.mask ?? null) : null;
  return list.map((tensor) => (tensor.mask === null && mask !== null ? { ...tensor, mask } : tensor));
}

function checked(
  layer: LayerConfig,
  weight: string,
  tensor: Tensor | undefined,
  dims?: readonly (number | null)[],
): Tensor {
  if (tensor === undefined) throw layerError(layer, `It has no weight ${weight}.`, 'Save the model again.');
  const fits =
    dims === undefined ||
    (dims.length === tensor.dims.length && dims.every((dim, axis) => dim === null || dim === tensor.dims[axis]));
  if (!fits)
    throw new UserError(
      'model-weights',
      `Its weight ${weight} is [${tensor.dims.join(', ')}], and the configuration wants [${dims.map((dim) => dim ?? 'any').join(', ')}].`,
      {
        where: `layer ${layer.name} (${layer.className})`,
        next: 'The weights belong to another model: save both together.',
      },
    );
  // Whole numbers without scales are numbers like others.
  return tensor.dtype === 'int8' ? f32(Array.from(tensor.data, Number), tensor.dims) : asFloat32(tensor);
}
