/** Functions of `keras.ops` that a functional model of Keras 3 applies to its tensors: each is a layer in the file. */
import { int, ints } from '../../../graph/attributes';
import { normalizeAxis } from '../../../graph/shapes';
import { allocate, sizeOf } from '../../../graph/tensor';
import type { DType, Value } from '../../../graph/types';
import { isObject, layerError, listAt, numberAt } from '../config';
import type { Call, KerasTensor, LayerEntry } from '../types';
import { sliced } from './functions';

export function isTensor(value: unknown): value is KerasTensor {
  return typeof value === 'object' && value !== null && 'value' in value && 'first' in value;
}

/** Arguments in order, those given by name behind. */
export function argumentsOf(call: Call): readonly unknown[] {
  const { arguments: given, ...named } = call.named;
  const list = Array.isArray(given) ? (given as unknown[]) : call.inputs;
  return [
    ...list.flat(),
    ...Object.values(named).filter((value) => isTensor(value) || isNumber(value) || isArray(value)),
  ];
}

const isNumber = (value: unknown): value is number | boolean => typeof value === 'number' || typeof value === 'boolean';

/** An array of numbers that stands in the file, as Keras writes it. */
const isArray = (value: unknown): value is { readonly config: { readonly value: unknown } } =>
  isObject(value) &&
  (value['class_name'] === '__tensor__' || value['class_name'] === '__numpy__') &&
  isObject(value['config']);

/** Tensors in the model's order; numbers as constants of the tensors' type. */
export function operands(call: Call, list = argumentsOf(call)): readonly Value[] {
  const first = list.find(isTensor);
  const dtype = (first === undefined ? undefined : call.b.type(first.value)?.dtype) ?? 'float32';
  return list.map((item) => {
    if (isTensor(item)) return call.channels.last(item);
    if (isNumber(item)) return constant(call, [Number(item)], [], dtype);
    if (isArray(item)) {
      const { dims, numbers } = nested(item.config.value);
      if (numbers.every(Number.isFinite) && numbers.length === sizeOf(dims))
        return constant(call, numbers, dims, dtype);
    }
    throw layerError(call.layer, 'It is called with something that is neither a tensor nor a number.');
  });
}

/** Lists within lists; NaN where an element is no number. */
function nested(value: unknown): { readonly dims: readonly number[]; readonly numbers: readonly number[] } {
  if (!Array.isArray(value)) return { dims: [], numbers: [typeof value === 'number' ? value : Number.NaN] };
  const parts = (value as unknown[]).map(nested);
  return { dims: [parts.length, ...(parts[0]?.dims ?? [])], numbers: parts.flatMap(({ numbers }) => numbers) };
}

function constant(call: Call, values: readonly number[], dims: readonly number[], dtype: DType): Value {
  const data = allocate(dtype, values.length);
  const wide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  values.forEach((value, index) => {
    (data as unknown as Record<number, number | bigint>)[index] = wide ? BigInt(Math.trunc(value)) : value;
  });
  return call.b.constant({ dtype, dims, data }, 'constant');
}

const binary: Readonly<Record<string, string>> = {
  ...{ Add: 'Add', Subtract: 'Sub', Multiply: 'Mul', Divide: 'Div', TrueDivide: 'Div', Maximum: 'Max', Minimum: 'Min' },
  ...{ Power: 'Pow', Matmul: 'MatMul', Equal: 'Equal', Greater: 'Greater', GreaterEqual: 'GreaterOrEqual' },
  ...{ Less: 'Less', LessEqual: 'LessOrEqual', LogicalAnd: 'And', LogicalOr: 'Or' },
};

const unary: Readonly<Record<string, string>> = {
  ...{
    Negative: 'Neg',
    Absolute: 'Abs',
    Abs: 'Abs',
    Exp: 'Exp',
    Log: 'Log',
    Sqrt: 'Sqrt',
    Tanh: 'Tanh',
    Sigmoid: 'Sigmoid',
  },
  ...{ Erf: 'Erf', Reciprocal: 'Reciprocal', Round: 'Round', Ceil: 'Ceil', Softsign: 'Softsign', Tan: 'Tan' },
  ...{ Relu: 'Relu', LogicalNot: 'Not', Sin: 'Sin', Cos: 'Cos', Softplus: 'Softplus', Floor: 'Floor', Sign: 'Sign' },
};

const reductions: Readonly<Record<string, string>> = {
  ...{ Sum: 'ReduceSum', Mean: 'ReduceMean', Max: 'ReduceMax', Min: 'ReduceMin', Prod: 'ReduceProd' },
  ...{ Any: 'ReduceMax', All: 'ReduceMin' },
};

function reduce(call: Call, name: string): KerasTensor {
  const [x = ''] = operands(call);
  const rank = call.b.type(x)?.shape?.length ?? 0;
  const all = Array.from({ length: rank }, (_, axis) => axis);
  const axes =
    (call.layer.values['axis'] ?? null) === null
      ? all
      : listAt(call.layer, 'axis').map((axis) => normalizeAxis(axis, rank));
  const keepdims = { keepdims: int(call.layer.values['keepdims'] === true ? 1 : 0) };
  const isLogical = name === 'Any' || name === 'All';
  const numbers = isLogical ? call.op('Cast', [x], { to: int(1) }) : x;
  const value = call.op(reductions[name] ?? '', [numbers, call.b.indices(axes)], keepdims);
  return call.plain(isLogical ? call.op('Greater', [value, call.b.scalar(0.5)]) : value);
}

function filled(call: Call, name: 'ZerosLike' | 'OnesLike'): KerasTensor {
  const [x = ''] = operands(call);
  const dtype = call.layer.values['dtype'] ?? call.b.type(x)?.dtype;
  if (dtype !== 'bool' && dtype !== 'float32')
    throw layerError(
      call.layer,
      `It makes ${name === 'ZerosLike' ? 'zeros' : 'ones'} of type ${JSON.stringify(dtype)}.`,
    );
  const one = constant(call, [name === 'ZerosLike' ? 0 : 1], [1], dtype);
  return call.plain(call.op('Expand', [one, call.op('Shape', [x])]));
}

const entry = (name: string, doc: string, build: (call: Call) => KerasTensor): LayerEntry => ({
  names: [`ops.${name}`],
  doc,
  build,
});

export const operations: readonly LayerEntry[] = [
  ...Object.entries(binary).map(([name, op]) =>
    entry(name, `${op} of two tensors.`, (call) => {
      const values = operands(call);
      // The layer of that name, with a list of one.
      return values.length === 1 ? (call.inputs[0] as KerasTensor) : call.plain(call.op(op, values));
    }),
  ),
  ...Object.entries(unary).map(([name, op]) =>
    entry(name, `${op} of each element.`, (call) => call.plain(call.op(op, operands(call).slice(0, 1)))),
  ),
  ...Object.keys(reductions).map((name) => entry(name, `${name} over axes.`, (call) => reduce(call, name))),
  entry('NotEqual', 'Elements that differ.', (call) => call.plain(call.op('Not', [call.op('Equal', operands(call))]))),
  // What Keras 3 writes into a model that joins masks.
  ...(['ZerosLike', 'OnesLike'] as const).map((name) =>
    entry(name, `${name === 'ZerosLike' ? 'Zeros' : 'Ones'} of the shape of a tensor.`, (call) => filled(call, name)),
  ),
  entry('Square', 'Each element times itself.', (call) => {
    const [x = ''] = operands(call);
    return call.plain(call.op('Mul', [x, x]));
  }),
  entry('ExpandDims', 'A new axis of size 1.', (call) =>
    call.plain(call.op('Unsqueeze', [operands(call)[0] ?? '', call.b.indices(listAt(call.layer, 'axis'))])),
  ),
  entry('Squeeze', 'Without an axis of size 1.', (call) =>
    call.plain(call.op('Squeeze', [operands(call)[0] ?? '', call.b.indices(listAt(call.layer, 'axis'))])),
  ),
  entry('GetItem', 'A part of a tensor.', (call) => {
    const [tensor, spec] = Array.isArray(call.named['arguments']) ? (call.named['arguments'] as unknown[]) : [];
    if (!isTensor(tensor)) throw layerError(call.layer, 'It takes a part of something that is no tensor.');
    return call.plain(sliced(call, call.channels.last(tensor), Array.isArray(spec) ? (spec as unknown[]) : [spec]));
  }),
  entry('Reshape', 'The same elements in another shape.', (call) => {
    // The layer of that name counts its axes without the batch.
    const isLayer = 'target_shape' in call.layer.values;
    const shape = listAt(call.layer, isLayer ? 'target_shape' : 'newshape');
    return call.plain(call.op('Reshape', [operands(call)[0] ?? '', call.b.indices(isLayer ? [0, ...shape] : shape)]));
  }),
  entry('Stack', 'Tensors along a new axis.', (call) => {
    const axis = numberAt(call.layer, 'axis', 0);
    const tensors = argumentsOf(call).filter(isTensor);
    const values = tensors.map((one) => call.op('Unsqueeze', [call.channels.last(one), call.b.indices([axis])]));
    return call.plain(call.op('Concat', values, { axis: int(axis) }));
  }),
  entry('Transpose', 'Axes in another order.', (call) =>
    call.plain(call.op('Transpose', operands(call).slice(0, 1), { perm: ints(listAt(call.layer, 'axes')) })),
  ),
  entry('Concatenate', 'Tensors one behind the other.', (call) =>
    call.plain(
      call.op(
        'Concat',
        argumentsOf(call)
          .filter(isTensor)
          .map((tensor) => call.channels.last(tensor)),
        { axis: int(listAt(call.layer, 'axis')[0] ?? -1) },
      ),
    ),
  ),
];
