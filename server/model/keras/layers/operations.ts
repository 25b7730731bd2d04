/** Functions of `keras.ops` that a functional model of Keras 3 applies to its tensors: each is a layer in the file. */
import { int, ints } from '../../../graph/attributes';
import { normalizeAxis } from '../../../graph/shapes';
import { allocate } from '../../../graph/tensor';
import type { DType, Value } from '../../../graph/types';
import { layerError, listAt, numberAt } from '../config';
import type { Call, KerasTensor, LayerEntry } from '../types';
import { sliced } from './functions';

function isTensor(value: unknown): value is KerasTensor {
  return typeof value === 'object' && value !== null && 'value' in value && 'first' in value;
}

/** Arguments in order, those given by name behind. */
function argumentsOf(call: Call): readonly unknown[] {
  const { arguments: given, ...named } = call.named;
  const list = Array.isArray(given) ? (given as unknown[]) : call.inputs;
  return [...list.flat(), ...Object.values(named).filter((value) => isTensor(value) || typeof value === 'number')];
}

/** Tensors in the model's order; numbers as constants of the tensors' type. */
function operands(call: Call): readonly Value[] {
  const list = argumentsOf(call);
  const first = list.find(isTensor);
  const dtype = (first === undefined ? undefined : call.b.type(first.value)?.dtype) ?? 'float32';
  return list.map((item) => {
    if (isTensor(item)) return call.channels.last(item);
    if (typeof item === 'number' || typeof item === 'boolean') return constant(call, Number(item), dtype);
    throw layerError(call.layer, 'It is called with something that is neither a tensor nor a number.');
  });
}

function constant(call: Call, value: number, dtype: DType): Value {
  const data = allocate(dtype, 1);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[0] = BigInt(Math.trunc(value));
  else if (!Array.isArray(data)) data[0] = value;
  return call.b.constant({ dtype, dims: [], data }, 'constant');
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

const entry = (name: string, doc: string, build: (call: Call) => KerasTensor): LayerEntry => ({
  names: [`ops.${name}`],
  doc,
  build,
});

export const operations: readonly LayerEntry[] = [
  ...Object.entries(binary).map(([name, op]) =>
    entry(name, `${op} of two tensors.`, (call) => call.plain(call.op(op, operands(call)))),
  ),
  ...Object.entries(unary).map(([name, op]) =>
    entry(name, `${op} of each element.`, (call) => call.plain(call.op(op, operands(call).slice(0, 1)))),
  ),
  ...Object.keys(reductions).map((name) => entry(name, `${name} over axes.`, (call) => reduce(call, name))),
  entry('NotEqual', 'Elements that differ.', (call) => call.plain(call.op('Not', [call.op('Equal', operands(call))]))),
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
