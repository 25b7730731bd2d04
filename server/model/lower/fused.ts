/** Operators that optimisers fuse (`com.microsoft`), taken apart again so that every rule sees their parts. */
import { float, int, ints, numberOf, numbersOf, text, textOf } from '../../graph/attributes';
import type { Attribute, Node, Value } from '../../graph/types';
import { withAttributes } from './types';
import type { Lowering, LowerContext } from './types';

const lowering = (ops: readonly string[], doc: string, lower: Lowering['lower']): Lowering => ({
  ops,
  domain: 'com.microsoft',
  doc,
  lower,
});

/** Sum of the inputs that are there. */
function sum(values: readonly (Value | undefined)[], context: LowerContext): Value {
  return values
    .filter((value) => value !== undefined && value !== '')
    .reduce((a, b) => context.op('Add', [a as Value, b as Value])) as Value;
}

function gelu(approximate: 'none' | 'tanh') {
  return (node: Node, context: LowerContext): readonly Value[] => {
    const [x, bias] = node.inputs;
    return context.emit({
      ...node,
      op: 'Gelu',
      domain: '',
      inputs: [sum([x, bias], context)],
      attributes: { approximate: text(approximate) },
    });
  };
}

function quickGelu(node: Node, context: LowerContext): readonly Value[] {
  const [x = ''] = node.inputs;
  const scaled = context.op('Mul', [x, context.b.scalar(numberOf(node, 'alpha', 1.702))]);
  const gate = context.op('Sigmoid', [scaled]);
  return context.emit({ ...node, op: 'Mul', domain: '', inputs: [x, gate], attributes: {} });
}

/** x/√(mean(x²) + epsilon)·scale over the axes from `axis` on. */
export function rmsNormalization(node: Node, x: Value, scale: Value, context: LowerContext): readonly Value[] {
  const rank = context.type(x)?.shape?.length ?? 1;
  const from = numberOf(node, 'axis', -1);
  const axes = Array.from({ length: from < 0 ? -from : rank - from }, (_, index) => -1 - index);
  const square = context.op('Mul', [x, x]);
  const mean = context.op('ReduceMean', [square, context.b.indices(axes)], { keepdims: int(1) });
  const shifted = context.op('Add', [mean, context.b.scalar(numberOf(node, 'epsilon', 1e-5))]);
  const normal = context.op('Div', [x, context.op('Sqrt', [shifted])]);
  return context.emit({
    ...node,
    op: 'Mul',
    domain: '',
    inputs: [normal, scale],
    outputs: node.outputs.slice(0, 1),
    attributes: {},
  });
}

/** Residual sum, then normalisation; the fourth output is the sum. */
function skipLayerNormalization(node: Node, context: LowerContext): readonly Value[] {
  const simple = node.op === 'SkipSimplifiedLayerNormalization';
  const [x, skip, gamma = '', third, fourth] = node.inputs;
  const total = sum([x, skip, simple ? third : fourth], context);
  const [result = ''] = simple
    ? rmsNormalization({ ...node, attributes: { ...node.attributes, axis: int(-1) } }, total, gamma, context)
    : context.emit({
        ...node,
        op: 'LayerNormalization',
        domain: '',
        inputs: third === undefined || third === '' ? [total, gamma] : [total, gamma, third],
        outputs: node.outputs.slice(0, 1),
        attributes: { axis: int(-1), epsilon: float(numberOf(node, 'epsilon', 1e-12)) },
      });
  return [result, '', '', total];
}

function fusedMatMul(node: Node, context: LowerContext): readonly Value[] | undefined {
  if (numberOf(node, 'transBatchA', 0) === 1 || numberOf(node, 'transBatchB', 0) === 1) return undefined;
  const [a = '', b = ''] = node.inputs;
  const operands = [
    [a, 'transA'],
    [b, 'transB'],
  ].map(([value = '', flag = '']) => {
    const rank = context.type(value)?.shape?.length;
    if (numberOf(node, flag, 0) === 0 || rank === undefined) return value;
    const perm = Array.from({ length: rank }, (_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
    return context.op('Transpose', [value], { perm: ints(perm) });
  });
  const alpha = numberOf(node, 'alpha', 1);
  if (alpha === 1) return context.emit({ ...node, op: 'MatMul', domain: '', inputs: operands, attributes: {} });
  const product = context.op('MatMul', operands);
  return context.emit({ ...node, op: 'Mul', domain: '', inputs: [product, context.b.scalar(alpha)], attributes: {} });
}

/** Conv or Gemm with its activation inside. */
function activated(op: 'Conv' | 'Gemm', dropped: readonly string[]) {
  return (node: Node, context: LowerContext): readonly Value[] | undefined => {
    const activation = textOf(node, 'activation', '');
    if ((node.inputs[3] ?? '') !== '') return undefined;
    const plain = withAttributes(node, ['activation', 'activation_params', ...dropped]);
    if (activation === '') return context.emit({ ...plain, op, domain: '' });
    const value = context.op(op, node.inputs, plain.attributes);
    const given = numbersOf(node, 'activation_params') ?? [];
    const [first = numberOf(node, 'activation_alpha', 0.01), second = numberOf(node, 'activation_beta', 0)] = given;
    if (activation === 'Clip') {
      const inputs = [value, context.b.scalar(first), context.b.scalar(second)];
      return context.emit({ ...node, op: 'Clip', domain: '', inputs, attributes: {} });
    }
    const attributes: Readonly<Record<string, Attribute>> =
      activation === 'LeakyRelu'
        ? { alpha: float(first) }
        : activation === 'HardSigmoid'
          ? { alpha: float(first), beta: float(second) }
          : {};
    return context.emit({ ...node, op: activation, domain: '', inputs: [value], attributes });
  };
}

/** Sum of word, position and segment embeddings, normalised; further outputs are the mask's counts and the sum. */
function embedLayerNormalization(node: Node, context: LowerContext): readonly Value[] | undefined {
  const [
    ids = '',
    segments = '',
    words = '',
    positions = '',
    types = '',
    gamma = '',
    beta = '',
    mask = '',
    places = '',
  ] = node.inputs;
  const length = context.type(positions)?.shape?.[0];
  const counts = (node.outputs[1] ?? '') !== '';
  if ((counts && mask === '') || typeof length !== 'number') return undefined;
  const size = context.op('Shape', [ids], { start: int(1), end: int(2) });
  const zero = context.b.indices([0]);
  const position =
    places === ''
      ? context.op('Slice', [positions, zero, size, zero])
      : context.op('Gather', [positions, places], { axis: int(0) });
  const word = context.op('Gather', [words, ids], { axis: int(0) });
  const segment = segments === '' ? undefined : context.op('Gather', [types, segments], { axis: int(0) });
  const total = sum([word, position, segment], context);
  const [normal = ''] = context.emit({
    ...node,
    op: 'LayerNormalization',
    domain: '',
    inputs: [total, gamma, beta],
    outputs: node.outputs.slice(0, 1),
    attributes: { axis: int(-1), epsilon: float(numberOf(node, 'epsilon', 1e-12)) },
  });
  return [normal, counts ? unmasked(mask, context) : '', total];
}

/** How many tokens of each sample are real, [batch]: the mask as fused attention reads it. */
function unmasked(mask: Value, context: LowerContext): Value {
  const one = context.b.constant({ dtype: 'int32', dims: [], data: Int32Array.of(1) });
  const real = context.op('Equal', [context.op('Cast', [mask], { to: int(6) }), one]);
  return context.op('ReduceSum', [context.op('Cast', [real], { to: int(6) }), context.b.indices([1])], {
    keepdims: int(0),
  });
}

export const fused: readonly Lowering[] = [
  lowering(['Gelu', 'BiasGelu'], 'Gelu of x + bias.', gelu('none')),
  lowering(['FastGelu'], 'the tanh form of Gelu of x + bias.', gelu('tanh')),
  lowering(['QuickGelu'], 'x·sigmoid(alpha·x).', quickGelu),
  lowering(
    ['SkipLayerNormalization', 'SkipSimplifiedLayerNormalization'],
    'sum, then normalisation.',
    skipLayerNormalization,
  ),
  lowering(['FusedMatMul', 'TransposeMatMul'], 'MatMul with transposes and a factor.', fusedMatMul),
  lowering(['FusedConv'], 'Conv, then its activation.', activated('Conv', [])),
  lowering(
    ['FusedGemm'],
    'Gemm, then its activation.',
    activated('Gemm', ['activation_alpha', 'activation_beta', 'activation_gamma']),
  ),
  lowering(['EmbedLayerNormalization'], 'embeddings, their sum, normalisation.', embedLayerNormalization),
];
