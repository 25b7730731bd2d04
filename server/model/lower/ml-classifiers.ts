/** Linear classifiers and regressors of `ai.onnx.ml` in core operators, with their logits kept. */
import { int, numberOf, numbersOf, stringsOf, textOf } from '../../graph/attributes';
import { f32, i64 } from '../../graph/tensor';
import type { Node, Value } from '../../graph/types';
import type { Lowering, LowerContext, Scores } from './types';

const lowering = (ops: readonly string[], doc: string, lower: Lowering['lower']): Lowering => ({
  ops,
  domain: 'ai.onnx.ml',
  doc,
  lower,
});

/** Class names of a classifier, as text. */
export function classNames(node: Node): readonly string[] | null {
  const strings = stringsOf(node, 'classlabels_strings') ?? [];
  if (strings.length > 0) return strings;
  const ints = numbersOf(node, 'classlabels_ints') ?? numbersOf(node, 'classlabels_int64s') ?? [];
  return ints.length > 0 ? ints.map(String) : null;
}

/** x·Wᵀ + b for W given row by row; undefined where x is not a matrix. */
function affine(node: Node, context: LowerContext, rows: number): Value | undefined {
  const [raw = ''] = node.inputs;
  const type = context.type(raw);
  const weights = numbersOf(node, 'coefficients') ?? [];
  if (type?.shape?.length !== 2 || weights.length % rows !== 0) return undefined;
  const x = type.dtype === 'float32' ? raw : context.op('Cast', [raw], { to: int(1) });
  const intercepts = numbersOf(node, 'intercepts') ?? [];
  const w = context.b.constant(f32(Float32Array.from(weights), [rows, weights.length / rows]), 'coefficients');
  const inputs = [
    x,
    w,
    ...(intercepts.length === rows ? [context.b.constant(f32(Float32Array.from(intercepts)), 'intercepts')] : []),
  ];
  return context.op('Gemm', inputs, { transB: int(1) });
}

function linearClassifier(node: Node, context: LowerContext): readonly Value[] | undefined {
  const labels = classNames(node);
  const coefficients = numbersOf(node, 'coefficients') ?? [];
  const transform = textOf(node, 'post_transform', 'NONE');
  const features = context.type(node.inputs[0] ?? '')?.shape?.[1];
  if (labels === null || typeof features !== 'number' || features === 0) return undefined;
  const rows = coefficients.length / features;
  if (labels.length === 2 && transform === 'LOGISTIC') {
    const one =
      rows === 1 ? node : rows === 2 && opposite(node, coefficients) ? secondRow(node, coefficients) : undefined;
    const logit = one === undefined ? undefined : affine(one, context, 1);
    if (logit !== undefined) return binary(node, context, logit, labels);
  }
  const raw = rows === labels.length && transforms.has(transform) ? affine(node, context, rows) : undefined;
  if (raw === undefined) return opaque(node, context, transform !== 'NONE');
  const scores = transform === 'NONE' ? raw : context.op(transform === 'SOFTMAX' ? 'Softmax' : 'Sigmoid', [raw]);
  const named = context.b.op('Identity', [scores], {}, 'scores');
  context.scores.set(named, {
    labels,
    logits: raw,
    activation: activations[transform] ?? 'none',
    onlyProbabilities: false,
  });
  return [label(node, context, named), named];
}

const transforms = new Set(['NONE', 'LOGISTIC', 'SOFTMAX']);

const activations: Readonly<Record<string, Scores['activation']>> = { SOFTMAX: 'softmax', LOGISTIC: 'sigmoid' };

/** The second class's weights are the first's with the other sign. */
function opposite(node: Node, coefficients: readonly number[]): boolean {
  const intercepts = numbersOf(node, 'intercepts') ?? [0, 0];
  const width = coefficients.length / 2;
  const mirrored = coefficients.slice(0, width).every((value, index) => value === -(coefficients[width + index] ?? 0));
  return mirrored && intercepts[0] === -(intercepts[1] ?? 0);
}

function secondRow(node: Node, coefficients: readonly number[]): Node {
  const intercepts = numbersOf(node, 'intercepts');
  const attributes: Node['attributes'] = {
    ...node.attributes,
    coefficients: { type: 'floats', value: coefficients.slice(coefficients.length / 2) },
    ...(intercepts === undefined ? {} : { intercepts: { type: 'floats', value: intercepts.slice(1) } }),
  };
  return { ...node, attributes };
}

/** [1 − p, p] with p = σ(f): one logit. */
function binary(node: Node, context: LowerContext, logit: Value, labels: readonly string[]): readonly Value[] {
  const p = context.op('Sigmoid', [logit]);
  const rest = context.op('Sub', [context.b.scalar(1), p]);
  const scores = context.op('Concat', [rest, p], { axis: int(1) });
  context.scores.set(scores, { labels, logits: logit, activation: 'sigmoid', onlyProbabilities: false });
  return [label(node, context, scores), scores];
}

/** The name of the largest score. */
function label(node: Node, context: LowerContext, scores: Value): Value {
  if ((node.outputs[0] ?? '') === '') return '';
  const strings = stringsOf(node, 'classlabels_strings') ?? [];
  const ints = numbersOf(node, 'classlabels_ints') ?? [];
  const table = context.b.constant(
    strings.length > 0 ? { dtype: 'string', dims: [strings.length], data: [...strings] } : i64(ints),
    'labels',
  );
  const best = context.op('ArgMax', [scores], { axis: int(1), keepdims: int(0) });
  return context.op('Gather', [table, best], { axis: int(0) });
}

function linearRegressor(node: Node, context: LowerContext): readonly Value[] | undefined {
  if (textOf(node, 'post_transform', 'NONE') !== 'NONE') return undefined;
  const value = affine(node, context, numberOf(node, 'targets', 1));
  return value === undefined ? undefined : quantities([value], context);
}

/** Notes that a regressor made these values. */
function quantities(values: readonly Value[], { scores }: LowerContext): readonly Value[] {
  for (const value of values)
    scores.set(value, { labels: null, logits: value, activation: 'none', onlyProbabilities: false, quantities: true });
  return values;
}

/** Kept as they are, with their labels known. */
function opaque(node: Node, context: LowerContext, onlyProbabilities = true): readonly Value[] {
  const outputs = context.emit(node);
  const scores = outputs[1] ?? '';
  if (scores !== '') {
    context.scores.set(scores, {
      labels: classNames(node),
      logits: scores,
      activation: 'none',
      onlyProbabilities,
    });
  }
  return outputs;
}

/**
 * Rows divided by their norm. Of probabilities that sum to 1 it changes nothing; of one-against-rest sigmoids it is
 * the softmax of their logarithms, ln σ(z).
 */
function normalizer(node: Node, context: LowerContext): readonly Value[] | undefined {
  const [x = ''] = node.inputs;
  const kind = textOf(node, 'norm', 'MAX');
  const known = context.scores.get(x);
  const type = context.type(x);
  if (type?.shape?.length !== 2 || type.dtype !== 'float32') return undefined;
  if (known !== undefined && kind === 'L1') {
    const single = context.type(known.logits)?.shape?.[1] === 1;
    if (known.activation === 'softmax' || (known.activation === 'sigmoid' && single)) return [x];
    if (known.activation === 'sigmoid') {
      const softplus = context.op('Softplus', [context.op('Neg', [known.logits])]);
      const logits = context.op('Neg', [softplus]);
      const scores = context.op('Softmax', [logits], { axis: int(-1) });
      context.scores.set(scores, { ...known, logits, activation: 'softmax' });
      return [scores];
    }
  }
  if (kind === 'MAX') return undefined;
  const norm = context.op(kind === 'L1' ? 'ReduceL1' : 'ReduceL2', [x, context.b.indices([1])], { keepdims: int(1) });
  const empty = context.op('Equal', [norm, context.b.scalar(0)]);
  const safe = context.op('Where', [empty, context.b.scalar(1), norm]);
  return [context.op('Div', [x, safe])];
}

/** Dictionaries of scores become the scores again. */
function zipMap(node: Node, context: LowerContext): readonly Value[] {
  const [x = ''] = node.inputs;
  const known = context.scores.get(x);
  const labels = classNames(node) ?? known?.labels ?? null;
  context.scores.set(x, {
    logits: x,
    activation: 'none',
    onlyProbabilities: false,
    ...known,
    labels,
  });
  return [x];
}

export const mlClassifiers: readonly Lowering[] = [
  lowering(['LinearClassifier'], 'Gemm, softmax or sigmoid, ArgMax.', linearClassifier),
  lowering(
    ['LinearRegressor'],
    'Gemm.',
    (node, context) => linearRegressor(node, context) ?? quantities(context.emit(node), context),
  ),
  lowering(['Normalizer'], 'division by the norm.', normalizer),
  lowering(['ZipMap'], 'left out.', zipMap),
  lowering(['TreeEnsembleClassifier', 'SVMClassifier'], 'kept; labels noted.', (node, context) =>
    opaque(node, context),
  ),
  lowering(['TreeEnsembleRegressor', 'SVMRegressor'], 'kept; said to be a regressor.', (node, context) =>
    quantities(context.emit(node), context),
  ),
];
