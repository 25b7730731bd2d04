/** Which operators are linear layers, and their form. One line per operator. */
import { float, int, numberOf } from '../../../../graph/attributes';
import type { GraphBuilder } from '../../../../graph/builder';
import type { Node, Value } from '../../../../graph/types';
import type { RelevanceRule, RuleContext } from '../../../types';
import { maths } from '../../../maths';
import { again, rankOf, reshape, shapeOf } from '../../../shapes';
import { inputOf, outputOf, table } from '../../common';
import { gradientRules } from '../../gradient';
import { convTransposed, kernelOf } from '../../gradient/conv';
import { windowOf } from '../../window';
import type { LinearForm } from './form';

export type LinearKind = 'dense' | 'convolution' | 'pooling';

interface LinearOperator {
  readonly ops: readonly string[];
  readonly kind: LinearKind;
  /** Input that relevance goes to; null when this node is no linear layer (weights depend on the sample). */
  readonly at: (node: Node, depends: (value: Value) => boolean) => number | null;
  readonly form: (node: Node, at: number, b: GraphBuilder, ctx: RuleContext) => Omit<LinearForm, 'z' | 'at' | 'input'>;
}

const gradient = table(gradientRules);

/** Lᵀ r by the chain rule's own transpose, for a node with other inputs. */
function transposed(node: Node, at: number, b: GraphBuilder, ctx: RuleContext) {
  const rule = gradient(node)?.rule as RelevanceRule;
  return (r: Value, input: Value, weights: readonly [number, Value] | null): Value => {
    const inputs = node.inputs.map((value, index) => {
      if (index === at) return input;
      return weights?.[0] === index ? weights[1] : value;
    });
    // Only this input is wanted; the rule is asked about its name.
    const only = { ...ctx, needed: (value: Value) => value === input };
    return rule({ ...node, inputs }, [r], b, only)[at] as Value;
  };
}

/** An operator with weights at one input. */
function weighted(
  node: Node,
  at: number,
  weightAt: number,
  b: GraphBuilder,
  ctx: RuleContext,
  bias: Value | null,
): Omit<LinearForm, 'z' | 'at' | 'input'> {
  const back = transposed(node, at, b, ctx);
  const own = inputOf(node, at);
  return {
    weights: inputOf(node, weightAt),
    bias,
    apply(input, weights) {
      const inputs: Value[] = [];
      inputs[at] = input;
      inputs[weightAt] = weights as Value;
      return again(b, node, inputs);
    },
    transpose: (r, weights) => back(r, own, [weightAt, weights as Value]),
  };
}

/** Convolutions have their bias at input 2: vectors, without the axes of z. */
function convolution(
  node: Node,
  at: number,
  b: GraphBuilder,
  ctx: RuleContext,
): Omit<LinearForm, 'z' | 'at' | 'input'> {
  const own = inputOf(node, 2);
  const linear = weighted(node, at, 1, b, ctx, perChannel(b, own, outputOf(node)));
  const form = node.op === 'Conv' ? { ...linear, ...unflipped(node, b) } : linear;
  if (own === '') return form;
  return { ...form, applyWithBias: (input, weights, part) => again(b, node, [input, weights as Value, part(own)]) };
}

/**
 * Every derived kernel (w⁺, w⁻, |w|) would be turned once more for the way back. Without, sessions open in half the
 * time and run as fast, measured on ResNet-18; depthwise kernels are small, and their transpose is slow.
 */
function unflipped(node: Node, b: GraphBuilder): Pick<LinearForm, 'transpose'> | null {
  const [x, w] = [inputOf(node, 0), inputOf(node, 1)];
  const window = windowOf(b, node, x, kernelOf(b, w));
  if (window.group !== 1) return null;
  const pointwise = window.kernel.every((size) => size === 1);
  return {
    transpose: (r, weights) =>
      convTransposed(b, r, x, pointwise ? unprepared(b, weights ?? w) : (weights ?? w), window, 'as-is'),
  };
}

/**
 * The model's own weights, hidden from ONNX Runtime, which would lay them out for the transpose when a session opens.
 * For kernels of one element that gains nothing, and takes a tenth or more of the opening (γ on MobileNetV2).
 */
function unprepared(b: GraphBuilder, weights: Value): Value {
  return b.constantOf(weights) === undefined ? weights : b.op('Identity', [weights]);
}

/** An operator without weights. */
function fixed(node: Node, at: number, b: GraphBuilder, ctx: RuleContext): Omit<LinearForm, 'z' | 'at' | 'input'> {
  const back = transposed(node, at, b, ctx);
  const own = inputOf(node, at);
  return {
    weights: null,
    bias: null,
    apply: (input) =>
      again(
        b,
        node,
        node.inputs.map((value, index) => (index === at ? input : value)),
      ),
    transpose: (r) => back(r, own, null),
  };
}

/** A bias of one number per channel, broadcast over the axes behind it. */
function perChannel(b: GraphBuilder, bias: Value, like: Value): Value | null {
  if (bias === '') return null;
  const spatial = rankOf(b, like) - 2;
  return spatial === 0 ? bias : reshape(b, bias, [-1, ...new Array<number>(spatial).fill(1)]);
}

const constantAt =
  (input: number, ...weights: readonly number[]): LinearOperator['at'] =>
  (node, depends) =>
    weights.some((index) => depends(inputOf(node, index))) ? null : input;

/** y = x · scale + shift, with the statistics of training. */
function batchNorm(node: Node, b: GraphBuilder): Omit<LinearForm, 'z' | 'at' | 'input'> {
  const [x, scale, shift, mean, variance] = node.inputs as [Value, Value, Value, Value, Value];
  const m = maths(b, x);
  const deviation = m.sqrt(m.add(variance, numberOf(node, 'epsilon', 1e-5)));
  const factor = m.div(scale, deviation);
  const wide = (value: Value): Value => perChannel(b, value, x) as Value;
  return {
    weights: wide(factor),
    bias: wide(m.sub(shift, m.mul(mean, factor))),
    apply: (input, weights) => m.mul(input, weights as Value),
    transpose: (r, weights) => m.mul(r, weights as Value),
  };
}

const operators: readonly LinearOperator[] = [
  {
    ops: ['Conv', 'ConvTranspose'],
    kind: 'convolution',
    at: constantAt(0, 1, 2),
    form: convolution,
  },
  {
    ops: ['Gemm'],
    kind: 'dense',
    at: constantAt(0, 1, 2),
    form(node, at, b, ctx) {
      const beta = numberOf(node, 'beta', 1);
      const given = inputOf(node, 2);
      const bias = given === '' || beta === 0 ? null : beta === 1 ? given : maths(b, given).mul(given, beta);
      const alpha = numberOf(node, 'alpha', 1);
      const plain = { ...node, attributes: { ...node.attributes, alpha: float(1), beta: float(0) } };
      const form = weighted(plain, at, 1, b, ctx, bias);
      const own = inputOf(node, 1);
      return alpha === 1 ? form : { ...form, weights: maths(b, own).mul(own, alpha) };
    },
  },
  {
    ops: ['MatMul', 'Einsum'],
    kind: 'dense',
    at(node, depends) {
      const [left, right] = [depends(inputOf(node, 0)), depends(inputOf(node, 1))];
      return node.inputs.length !== 2 || left === right ? null : left ? 0 : 1;
    },
    form: (node, at, b, ctx) => weighted(node, at, 1 - at, b, ctx, null),
  },
  {
    ops: ['BatchNormalization'],
    kind: 'dense',
    at: constantAt(0, 1, 2, 3, 4),
    form: (node, _at, b) => batchNorm(node, b),
  },
  {
    ops: ['AveragePool', 'GlobalAveragePool', 'ReduceMean', 'ReduceSum', 'CumSum', 'Resize'],
    kind: 'pooling',
    at: (node, depends) => (node.inputs.filter(depends).length === 1 ? node.inputs.findIndex(depends) : null),
    form: (node, at, b, ctx) => fixed(node, at, b, ctx),
  },
];

const byOperator = new Map(operators.flatMap((operator) => operator.ops.map((op) => [op, operator] as const)));

/** Operators that composites give rules to. */
export const linearOperators: readonly string[] = [...byOperator.keys()];

/** A node that is a linear layer of its sample-dependent input. */
export interface LinearLayer {
  readonly node: Node;
  readonly kind: LinearKind;
  readonly at: number;
}

/** @param depends Whether a value depends on the entries. */
export function linearLayer(node: Node, depends: (value: Value) => boolean): LinearLayer | null {
  const operator = node.domain === '' ? byOperator.get(node.op) : undefined;
  const at = operator?.at(node, depends) ?? null;
  return operator === undefined || at === null ? null : { node, kind: operator.kind, at };
}

/** @param after A node that only adds a constant to this layer's output: the layer's bias. */
export function formOf(layer: LinearLayer, b: GraphBuilder, ctx: RuleContext, after: BiasAdd | undefined): LinearForm {
  const { node, at } = layer;
  const operator = byOperator.get(node.op) as LinearOperator;
  const form = operator.form(node, at, b, ctx);
  const input = inputOf(node, at);
  if (after === undefined) return { ...form, at, input, z: outputOf(node) };
  const { applyWithBias: _, ...rest } = form;
  const bias = form.bias === null ? after.bias : maths(b, input).add(form.bias, after.bias);
  return { ...rest, at, input, bias, z: outputOf(after.node) };
}

/** An `Add` of a constant to the output of a linear layer that nothing else reads. */
export interface BiasAdd {
  readonly node: Node;
  readonly bias: Value;
}

/**
 * The last linear layer with a linear target folded in: z = Σ_c v_c f_c is one neuron with weights vᵀW.
 * @param slope v, shaped like the logits, [batch or 1, classes].
 * @returns Null where the layer is no dense one over [batch, units].
 */
export function foldedForm(
  layer: LinearLayer,
  b: GraphBuilder,
  slope: Value,
  after: BiasAdd | undefined,
): LinearForm | null {
  const { node, at } = layer;
  const input = inputOf(node, at);
  if (at !== 0 || shapeOf(b, input)?.length !== 2 || (node.op !== 'Gemm' && node.op !== 'MatMul')) return null;
  if (numberOf(node, 'transA', 0) !== 0) return null;
  const m = maths(b, input);
  const sum = (value: Value): Value => b.op('ReduceSum', [value, b.indices([1])], { keepdims: int(1) });
  const transB = node.op === 'Gemm' ? numberOf(node, 'transB', 0) : 0;
  const alpha = node.op === 'Gemm' ? numberOf(node, 'alpha', 1) : 1;
  const weights = b.op('Gemm', [slope, inputOf(node, 1)], { alpha: float(alpha), transB: int(1 - transB) });
  const biases: Value[] = after === undefined ? [] : [after.bias];
  if (node.op === 'Gemm' && inputOf(node, 2) !== '') {
    const beta = numberOf(node, 'beta', 1);
    biases.push(beta === 1 ? inputOf(node, 2) : m.mul(inputOf(node, 2), beta));
  }
  const bias =
    biases.length === 0
      ? null
      : sum(
          m.mul(
            slope,
            biases.reduce((left, right) => m.add(left, right)),
          ),
        );
  const z = sum(m.mul(slope, outputOf(after?.node ?? node)));
  return {
    at,
    input,
    weights,
    bias,
    z,
    apply: (a, w) => sum(m.mul(a, w as Value)),
    transpose: (r, w) => m.mul(r, w as Value),
  };
}
