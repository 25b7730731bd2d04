/** Operators whose meaning or name changed. */
import { UserError } from '../../errors';
import { int, numberOf, numbersOf, text, textOf } from '../../graph/attributes';
import { dtypeFromCode } from '../../graph/onnx/dtypes';
import { normalizeAxis } from '../../graph/shapes';
import { f32, i64 } from '../../graph/tensor';
import type { Node, Value } from '../../graph/types';
import { withAttributes } from './types';
import type { Lowering, LowerContext } from './types';

const lowering = (ops: readonly string[], doc: string, lower: Lowering['lower']): Lowering => ({
  ops,
  domain: '',
  doc,
  lower,
});

/** Before 13 the input was seen as a matrix, split at `axis` (default 1). */
function softmax(node: Node, context: LowerContext): readonly Value[] | undefined {
  if (context.version >= 13) return undefined;
  const [x = ''] = node.inputs;
  const rank = context.type(x)?.shape?.length;
  const given = numberOf(node, 'axis', 1);
  const axis = rank === undefined ? given : normalizeAxis(given, rank);
  if (rank !== undefined && axis === rank - 1) return context.emit(withAttributes(node, [], { axis: int(-1) }));
  const flat = context.op('Flatten', [x], { axis: int(axis) });
  const result = context.op(node.op, [flat], { axis: int(-1) });
  return context.emit({ ...node, op: 'Reshape', inputs: [result, context.op('Shape', [x])], attributes: {} });
}

/** Before 7 broadcasting was one-directional, from `axis`. */
function broadcasting(node: Node, context: LowerContext): readonly Value[] | undefined {
  if (context.version >= 7) return undefined;
  const [a = '', b = ''] = node.inputs;
  const axis = numberOf(node, 'axis');
  const plain = withAttributes(node, ['axis', 'broadcast', 'consumed_inputs']);
  const [ranks, own] = [context.type(a)?.shape?.length, context.type(b)?.shape?.length];
  if (axis === undefined || ranks === undefined || own === undefined) return context.emit(plain);
  const missing = ranks - own - normalizeAxis(axis, ranks);
  if (missing <= 0) return context.emit(plain);
  const axes = Array.from({ length: missing }, (_, index) => own + index);
  return context.emit({ ...plain, inputs: [a, context.op('Unsqueeze', [b, context.b.indices(axes)])] });
}

/** Before 7 a vector of slopes belonged to the channels. */
function prelu(node: Node, context: LowerContext): readonly Value[] | undefined {
  const [x = '', slope = ''] = node.inputs;
  const rank = context.type(x)?.shape?.length ?? 0;
  if (context.version >= 7 || context.type(slope)?.shape?.length !== 1 || rank < 3) return undefined;
  const axes = Array.from({ length: rank - 2 }, (_, index) => index + 1);
  return context.emit({ ...node, inputs: [x, context.op('Unsqueeze', [slope, context.b.indices(axes)])] });
}

/** Upsample, and Resize 10: floor of asymmetric coordinates. */
function upsample(node: Node, context: LowerContext): readonly Value[] | undefined {
  if (node.op === 'Resize' && context.version >= 11) return resize(node, context);
  const [x = '', given = ''] = node.inputs;
  const scales = given === '' ? context.b.constant(f32(numbersOf(node, 'scales') ?? [])) : given;
  const linear = ['linear', 'bilinear'].includes(textOf(node, 'mode', 'nearest'));
  return context.emit({
    ...node,
    op: 'Resize',
    inputs: [x, '', scales],
    attributes: {
      mode: text(linear ? 'linear' : 'nearest'),
      coordinate_transformation_mode: text('asymmetric'),
      nearest_mode: text('floor'),
    },
  });
}

/** An empty tensor stood for an absent input before 13. */
function resize(node: Node, context: LowerContext): readonly Value[] | undefined {
  const empty = (value: Value): boolean => context.constant(value)?.dims.includes(0) === true;
  if (!node.inputs.some(empty)) return undefined;
  const inputs = node.inputs.map((value) => (empty(value) ? '' : value));
  while (inputs.at(-1) === '') inputs.pop();
  return context.emit({ ...node, inputs });
}

/** At inference the statistics are constants: one output, no momentum. */
function batchNormalization(node: Node, context: LowerContext): readonly Value[] {
  const attributes = { epsilon: { type: 'float', value: numberOf(node, 'epsilon', 1e-5) } } as const;
  return context.emit({ ...node, outputs: node.outputs.slice(0, 1), attributes });
}

/** Dropout does nothing at inference; its mask keeps everything. */
function dropout(node: Node, context: LowerContext): readonly Value[] {
  const [x = ''] = node.inputs;
  if (node.outputs.length < 2) return [x];
  const yes = { dtype: 'bool', dims: [1], data: Uint8Array.of(1) } as const;
  const mask = context.op('ConstantOfShape', [context.op('Shape', [x])], { value: { type: 'tensor', value: yes } });
  return [x, mask];
}

/** ONNX Runtime has no batch-first recurrences: transposed around the operator. */
function recurrence(node: Node, context: LowerContext): readonly Value[] | undefined {
  const plain = withAttributes(node, ['layout', 'output_sequence']);
  const batchFirst = numberOf(node, 'layout', 0) === 1;
  const inputs = [...node.inputs];
  const turn = (value: Value, perm: readonly number[]): Value =>
    context.op('Transpose', [value], { perm: { type: 'ints', value: perm } });
  if (batchFirst) {
    for (const index of [0, 5, 6]) {
      const value = inputs[index] ?? '';
      if (value !== '') inputs[index] = turn(value, [1, 0, 2]);
    }
  }
  freeStates(inputs, context);
  while (inputs.at(-1) === '') inputs.pop();
  if (!batchFirst) return context.emit({ ...plain, inputs });
  const outputs = context.b.ops(node.op, inputs, node.op === 'LSTM' ? 3 : 2, plain.attributes);
  return node.outputs.map((name, index) =>
    name === '' ? '' : turn(outputs[index] ?? '', index === 0 ? [2, 0, 1, 3] : [1, 0, 2]),
  );
}

/** Initial states exported for a batch of one: zeros are left out, others are repeated for every sample. */
function freeStates(inputs: Value[], context: LowerContext): void {
  const sequence = inputs[0] ?? '';
  const batch = context.type(sequence)?.shape?.[1];
  for (const index of [5, 6]) {
    const state = inputs[index] ?? '';
    const tensor = context.constant(state);
    if (tensor?.dtype === 'float32' && (tensor.data as Float32Array).every((item) => item === 0)) inputs[index] = '';
    else if (typeof batch === 'string' && context.type(state)?.shape?.[1] === 1) {
      const size = context.op('Shape', [sequence], { start: int(1), end: int(2) });
      const one = context.b.indices([1]);
      inputs[index] = context.op('Expand', [state, context.op('Concat', [one, size, one], { axis: int(0) })]);
    }
  }
}

/** Scales per group (18) became scales per channel (21). */
function groupNormalization(node: Node, context: LowerContext): readonly Value[] | undefined {
  const channels = context.type(node.inputs[0] ?? '')?.shape?.[1];
  const groups = numberOf(node, 'num_groups', 1);
  if (context.version >= 21 || typeof channels !== 'number') return undefined;
  const widen = (value: Value): Value => {
    const column = context.op('Reshape', [value, context.b.indices([groups, 1])]);
    const wide = context.op('Expand', [column, context.b.indices([groups, channels / groups])]);
    return context.op('Reshape', [wide, context.b.indices([channels])]);
  };
  const [x = '', scale = '', bias = ''] = node.inputs;
  return context.emit({ ...withAttributes(node, ['stash_type']), inputs: [x, widen(scale), widen(bias)] });
}

function concat(node: Node, context: LowerContext): readonly Value[] | undefined {
  if (numberOf(node, 'axis') !== undefined) return undefined;
  return context.emit(withAttributes(node, [], { axis: int(1) }));
}

/** A float type to cast to is always float32 (see `Model.graph`); a cast that changes nothing is left out. */
function cast(node: Node, context: LowerContext): readonly Value[] | undefined {
  const [x = '', like = ''] = node.inputs;
  const from = context.type(x)?.dtype;
  if (node.op === 'CastLike') {
    const to = context.type(like)?.dtype;
    if (to === undefined) return undefined;
    if (to === from) return [x];
    return context.emit({ ...node, op: 'Cast', inputs: [x], attributes: { to: int(codes[to] ?? 1) } });
  }
  const code = numberOf(node, 'to') ?? named[textOf(node, 'to', '').toUpperCase()] ?? 1;
  const to = [10, 11, 16].includes(code) ? 1 : code;
  if (dtypeFromCode(to) === undefined) {
    throw new UserError('model-dtype', `Element type ${to} is not supported.`, {
      where: `node ${node.name} (${node.op})`,
      next: 'Export the model with float32, float16, bfloat16 or 8-bit integers.',
    });
  }
  if (from !== undefined && codes[from] === to) return [x];
  return context.emit({ ...node, attributes: { to: int(to) } });
}

const codes: Readonly<Record<string, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  uint32: 12,
  uint64: 13,
};
const named: Readonly<Record<string, number>> = { FLOAT: 1, INT32: 6, INT64: 7, BOOL: 9, FLOAT16: 10, DOUBLE: 11 };

export const changed: readonly Lowering[] = [
  lowering(['Softmax', 'LogSoftmax', 'Hardmax'], 'worked on a matrix before 13.', softmax),
  lowering(
    ['Add', 'Sub', 'Mul', 'Div', 'Pow', 'And', 'Or', 'Xor', 'Equal', 'Greater', 'Less'],
    'broadcast from an axis before 7.',
    broadcasting,
  ),
  lowering(['Gemm'], 'said that C broadcasts before 7.', (node, context) =>
    numberOf(node, 'broadcast') === undefined ? undefined : context.emit(withAttributes(node, ['broadcast'])),
  ),
  lowering(['PRelu'], 'slopes belonged to channels before 7.', prelu),
  lowering(['Upsample', 'Resize'], 'Resize since 10, with coordinates since 11.', upsample),
  lowering(['BatchNormalization'], 'statistics are constants at inference.', batchNormalization),
  lowering(['Dropout'], 'nothing at inference.', dropout),
  lowering(['Identity'], 'nothing.', (node) => [node.inputs[0] ?? '']),
  lowering(['LSTM', 'GRU', 'RNN'], 'batch second; initial states of zeros left out.', recurrence),
  lowering(['GroupNormalization'], 'scale and bias per group before 21.', groupNormalization),
  lowering(['Concat'], 'axis was 1 unless given before 4.', concat),
  lowering(['Cast', 'CastLike'], 'every float is float32.', cast),
  lowering(['DFT'], 'the axis is an input since 20.', (node, context) => {
    if (context.version >= 20) return undefined;
    const axis = context.b.constant(i64(numberOf(node, 'axis', 1)));
    return context.emit({
      ...withAttributes(node, ['axis']),
      inputs: [node.inputs[0] ?? '', node.inputs[1] ?? '', axis],
    });
  }),
  lowering(['Scatter'], 'ScatterElements since 11.', (node, context) =>
    context.emit({ ...node, op: 'ScatterElements' }),
  ),
];
