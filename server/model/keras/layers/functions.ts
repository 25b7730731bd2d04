/**
 * Functions of TensorFlow that a functional model of Keras 2 applies to its tensors (`x + 3.0`, `tf.nn.relu`, `x[:, 0]`):
 * the file names them, and what they are called with.
 */
import { float, int, ints, text } from '../../../graph/attributes';
import { normalizeAxis } from '../../../graph/shapes';
import { f32 } from '../../../graph/tensor';
import type { Value } from '../../../graph/types';
import { isObject, layerError, textAt } from '../config';
import { CONSTANT } from '../topology';
import type { Call, KerasTensor, LayerEntry } from '../types';

function isTensor(value: unknown): value is KerasTensor {
  return typeof value === 'object' && value !== null && 'value' in value && 'first' in value;
}

const refuse = (call: Call, what: string): Error => layerError(call.layer, what);

/** An operand: a tensor in the model's order, or a number. */
function operand(call: Call, given: unknown): Value {
  if (isTensor(given)) return call.channels.last(given);
  if (typeof given === 'number') return call.b.scalar(given);
  const list = Array.isArray(given) ? (given as unknown[]).flat(8) : [];
  if (list.length > 0 && list.every((item) => typeof item === 'number') && (given as unknown[]).length === list.length)
    return call.b.constant(f32(list), 'constant');
  throw refuse(call, 'It is called with something that is neither a tensor nor numbers.');
}

/** The first operand, by place or as a number in front. */
function firstOf(call: Call): Value {
  const [tensor] = call.inputs;
  return tensor === undefined ? operand(call, call.named[CONSTANT]) : call.channels.last(tensor);
}

const secondOf = (call: Call, ...names: readonly string[]): Value =>
  operand(call, names.map((name) => call.named[name]).find((item) => item !== undefined) ?? call.inputs[1]);

function numbers(call: Call, ...names: readonly string[]): readonly number[] | null {
  const given = names.map((name) => call.named[name]).find((item) => item !== undefined && item !== null);
  if (given === undefined) return null;
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.every((item): item is number => Number.isSafeInteger(item))) return list;
  throw refuse(call, `Its ${names[0] ?? 'argument'} is computed from the sample, and has to be fixed.`);
}

const rankOf = (call: Call, value: Value): number => {
  const rank = call.b.type(value)?.shape?.length;
  if (rank === undefined) throw refuse(call, 'The rank of its input is not known.');
  return rank;
};

type Build = (call: Call) => Value;

const binary =
  (op: string): Build =>
  (call) =>
    call.op(op, [firstOf(call), secondOf(call, 'y')]);

const unary =
  (op: string, attributes: Parameters<Call['op']>[2] = {}): Build =>
  (call) =>
    call.op(op, [firstOf(call)], attributes);

const reduction =
  (op: string): Build =>
  (call) => {
    const x = firstOf(call);
    const rank = rankOf(call, x);
    const axes = numbers(call, 'axis') ?? Array.from({ length: rank }, (_, axis) => axis);
    const keepdims = { keepdims: int(call.named['keepdims'] === true ? 1 : 0) };
    return call.op(op, [x, call.b.indices(axes.map((axis) => normalizeAxis(axis, rank)))], keepdims);
  };

const matmul: Build = (call) => {
  const turned = (value: Value, turn: unknown): Value => {
    if (turn !== true) return value;
    const axes = Array.from({ length: rankOf(call, value) }, (_, axis) => axis);
    return call.op('Transpose', [value], { perm: ints([...axes.slice(0, -2), ...axes.slice(-2).reverse()]) });
  };
  const [left, right] = [firstOf(call), secondOf(call, 'b')];
  return call.op('MatMul', [turned(left, call.named['transpose_a']), turned(right, call.named['transpose_b'])]);
};

const concat: Build = (call) => {
  const values = call.inputs.map((tensor) => call.channels.last(tensor));
  return call.op('Concat', values, { axis: int(numbers(call, 'axis')?.[0] ?? -1) });
};

const stack: Build = (call) => {
  const axis = numbers(call, 'axis')?.[0] ?? 0;
  const values = call.inputs.map((tensor) =>
    call.op('Unsqueeze', [call.channels.last(tensor), call.b.indices([axis])]),
  );
  return call.op('Concat', values, { axis: int(axis) });
};

/** Axes in one order of the result; sizes of the batch are free. */
const reshape: Build = (call) => {
  const shape = numbers(call, 'shape');
  if (shape === null) throw refuse(call, 'Its shape is computed from the sample, and has to be fixed.');
  return call.op('Reshape', [firstOf(call), call.b.indices(shape)]);
};

const transpose: Build = (call) => {
  const perm = numbers(call, 'perm');
  const x = firstOf(call);
  const axes = perm ?? Array.from({ length: rankOf(call, x) }, (_, axis) => axis).reverse();
  return call.op('Transpose', [x], { perm: ints(axes) });
};

/** `x[:, 0, 1:3]`: whole numbers take their axis away. */
export function sliced(call: Call, x: Value, spec: readonly unknown[]): Value {
  const starts: number[] = [];
  const ends: number[] = [];
  const axes: number[] = [];
  const steps: number[] = [];
  const gone: { axis: number; index: number }[] = [];
  const whole = (value: unknown, fallback: number): number => {
    if (value === null || value === undefined) return fallback;
    if (Number.isSafeInteger(value)) return value as number;
    throw refuse(call, 'It takes a part that is computed from the sample.');
  };
  spec.forEach((item, axis) => {
    if (Number.isSafeInteger(item)) {
      gone.push({ axis, index: item as number });
      return;
    }
    const part = isObject(item) ? (isObject(item['config']) ? item['config'] : item) : undefined;
    if (part === undefined || !('start' in part)) throw refuse(call, 'It takes a part in a way that is not known.');
    const step = whole(part['step'], 1);
    if (step < 1) throw refuse(call, 'It takes a part backwards.');
    if ((part['start'] ?? null) === null && (part['stop'] ?? null) === null && step === 1) return;
    axes.push(axis);
    starts.push(whole(part['start'], 0));
    ends.push(whole(part['stop'], 2 ** 31));
    steps.push(step);
  });
  const { b } = call;
  let value = x;
  if (axes.length > 0)
    value = call.op('Slice', [value, b.indices(starts), b.indices(ends), b.indices(axes), b.indices(steps)]);
  for (const { axis, index } of gone.reverse()) {
    const place = b.constant({ dtype: 'int64', dims: [], data: BigInt64Array.of(BigInt(index)) }, 'index');
    value = call.op('Gather', [value, place], { axis: int(axis) });
  }
  return value;
}

const getItem: Build = (call) => {
  const spec = call.named['slice_spec'];
  return sliced(call, firstOf(call), Array.isArray(spec) ? (spec as unknown[]) : [spec]);
};

const clip: Build = (call) =>
  call.op('Clip', [
    firstOf(call),
    operand(call, call.named['clip_value_min']),
    operand(call, call.named['clip_value_max']),
  ]);

const functions: Readonly<Record<string, Build>> = {
  ...{ '__operators__.add': binary('Add'), 'math.add': binary('Add'), add: binary('Add') },
  ...{
    'math.subtract': binary('Sub'),
    'math.multiply': binary('Mul'),
    multiply: binary('Mul'),
    subtract: binary('Sub'),
  },
  ...{ 'math.truediv': binary('Div'), 'math.divide': binary('Div'), 'math.maximum': binary('Max') },
  ...{ 'math.minimum': binary('Min'), maximum: binary('Max'), minimum: binary('Min'), 'math.pow': binary('Pow') },
  'nn.bias_add': (call) => call.op('Add', [firstOf(call), secondOf(call, 'bias')]),
  ...{
    'linalg.matmul': matmul,
    'nn.relu': unary('Relu'),
    'nn.sigmoid': unary('Sigmoid'),
    'math.sigmoid': unary('Sigmoid'),
  },
  ...{
    'math.tanh': unary('Tanh'),
    'nn.tanh': unary('Tanh'),
    tanh: unary('Tanh'),
    'math.exp': unary('Exp'),
    exp: unary('Exp'),
  },
  ...{ 'math.sqrt': unary('Sqrt'), sqrt: unary('Sqrt'), 'math.log': unary('Log'), 'math.abs': unary('Abs') },
  ...{ 'math.negative': unary('Neg'), 'math.softplus': unary('Softplus'), 'nn.softplus': unary('Softplus') },
  ...{
    'nn.elu': unary('Elu'),
    'nn.selu': unary('Selu'),
    identity: unary('Identity'),
    stop_gradient: unary('Identity'),
  },
  'nn.relu6': (call) => call.op('Clip', [firstOf(call), call.b.scalar(0), call.b.scalar(6)]),
  'nn.leaky_relu': (call) =>
    call.op('LeakyRelu', [firstOf(call)], { alpha: float(Number(call.named['alpha'] ?? 0.2)) }),
  'nn.gelu': (call) =>
    call.op('Gelu', [firstOf(call)], { approximate: text(call.named['approximate'] === true ? 'tanh' : 'none') }),
  'nn.silu': (call) => call.op('Mul', [firstOf(call), call.op('Sigmoid', [firstOf(call)])]),
  'math.square': (call) => call.op('Mul', [firstOf(call), firstOf(call)]),
  'math.rsqrt': (call) => call.op('Reciprocal', [call.op('Sqrt', [firstOf(call)])]),
  'nn.softmax': (call) => call.op('Softmax', [firstOf(call)], { axis: int(numbers(call, 'axis')?.[0] ?? -1) }),
  ...{ 'math.reduce_mean': reduction('ReduceMean'), 'math.reduce_sum': reduction('ReduceSum') },
  ...{ 'math.reduce_max': reduction('ReduceMax'), 'math.reduce_min': reduction('ReduceMin') },
  ...{ concat, stack, reshape, transpose, clip_by_value: clip },
  expand_dims: (call) => call.op('Unsqueeze', [firstOf(call), call.b.indices(numbers(call, 'axis') ?? [-1])]),
  squeeze: (call) => call.op('Squeeze', [firstOf(call), call.b.indices(numbers(call, 'axis') ?? [])]),
  '__operators__.getitem': getItem,
};

function apply(call: Call): KerasTensor {
  const name = textAt(call.layer, 'function', '')
    .replace(/^compat\.v1\./, '')
    .replace(/_v\d$/, '');
  const build = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (build === undefined) throw refuse(call, `The TensorFlow function ${name.slice(0, 60)} is not known.`);
  return call.plain(build(call));
}

export const functionLayers: readonly LayerEntry[] = [
  { names: ['TFOpLambda', 'SlicingOpLambda'], doc: 'A function of TensorFlow, by its name.', build: apply },
];
