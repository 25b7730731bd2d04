/** What LSTM, GRU and RNN share: one direction's parameters and sequences, brought into the order of its steps. */
import { int, numberOf, stringsOf, textOf } from '../../../../graph/attributes';
import type { GraphBuilder } from '../../../../graph/builder';
import type { Node, Value } from '../../../../graph/types';
import type { RelevanceRule, RuleContext, RuleEntry } from '../../../types';
import { cast, floatTypeOf, maths } from '../../../maths';
import { sizes, transpose, zerosLike } from '../../../shapes';
import { inputOf, outputOf } from '../../common';
import { unknownActivation } from './activations';

export interface Direction {
  readonly node: Node;
  readonly index: number;
  /** Prefix for names of loops. */
  readonly name: string;
  /** Input, [steps, batch, input], first step first. */
  readonly x: Value;
  /** Hidden state before each step, [steps, batch, hidden]. */
  readonly previous: Value;
  /** Weights of input and hidden state, [gates · hidden, …], and their biases, [gates · hidden] or null. */
  readonly w: Value;
  readonly r: Value;
  readonly inputBias: Value | null;
  readonly hiddenBias: Value | null;
  /** Relevance of each step's hidden state, [steps, batch, hidden]. */
  readonly arrived: Value;
  /** Relevance of the last states, [batch, hidden]. */
  readonly lastHidden: Value;
  readonly lastCell: Value;
  /** State before the first step, [batch, hidden]; null for zeros. */
  readonly firstCell: Value | null;
  /** Weights from the cell to the gates i, o and f, [hidden] each; null where there are none. */
  readonly peepholes: readonly [Value, Value, Value] | null;
  /** Largest magnitude of what goes into an activation; null for none. */
  readonly clip: number | null;
  /** 1 for real steps, 0 for padding, [steps, batch, 1]; null when all are real. */
  readonly mask: Value | null;
}

/** Relevance of the input and of the first states. */
export interface Carried {
  /** Relevance of x, in the order of the steps. */
  readonly x: Value;
  readonly hidden: Value;
  readonly cell: Value | null;
}

type DirectionRule = (b: GraphBuilder, d: Direction, ctx: RuleContext) => Carried;

/** The rule of a recurrent operator from the rule of one direction. */
export function recurrentRule(gates: number, direction: DirectionRule): RelevanceRule {
  return (node, relevance, b, ctx) => {
    const mode = textOf(node, 'direction', 'forward');
    const reversed = mode === 'bidirectional' ? [false, true] : [mode === 'reverse'];
    const parts = reversed.map((backwards, index) => {
      const order = orderOf(b, node, backwards);
      const carried = direction(b, directionOf(b, node, relevance, gates, index, order), ctx);
      return { ...carried, x: order(carried.x) };
    });
    const stacked = (values: readonly Value[]): Value =>
      b.op(
        'Concat',
        values.map((value) => b.op('Unsqueeze', [value, b.indices([0])])),
        { axis: int(0) },
      );
    return node.inputs.map((input, at) => {
      if (!ctx.needed(input)) return null;
      if (at === 0) return parts.map(({ x }) => x).reduce((sum, x) => b.op('Add', [sum, x]));
      if (at === 5) return stacked(parts.map(({ hidden }) => hidden));
      return at === 6 ? stacked(parts.map(({ cell, hidden }) => cell ?? hidden)) : null;
    });
  };
}

/** Brings a sequence into the order of a direction's steps, and back. */
function orderOf(b: GraphBuilder, node: Node, backwards: boolean): (sequence: Value) => Value {
  if (!backwards) return (sequence) => sequence;
  const lengths = inputOf(node, 4);
  if (lengths === '') {
    const [last, first, axis, step] = [b.indices([-1]), b.indices([-(2 ** 31)]), b.indices([0]), b.indices([-1])];
    return (sequence) => b.op('Slice', [sequence, last, first, axis, step]);
  }
  const counts = cast(b, lengths, 'int64');
  return (sequence) => b.op('ReverseSequence', [sequence, counts], { time_axis: int(0), batch_axis: int(1) });
}

function directionOf(
  b: GraphBuilder,
  node: Node,
  relevance: readonly (Value | null)[],
  gates: number,
  index: number,
  order: (sequence: Value) => Value,
): Direction {
  const at = (value: Value, axis: number): Value =>
    b.op('Squeeze', [
      b.op('Slice', [value, b.indices([index]), b.indices([index + 1]), b.indices([axis])]),
      b.indices([axis]),
    ]);
  const optional = (input: number): Value | null => (inputOf(node, input) === '' ? null : at(inputOf(node, input), 0));
  const hidden = order(at(outputOf(node), 1));
  const bias = optional(3);
  const [inputBias, hiddenBias] =
    bias === null ? [null, null] : b.ops('Split', [bias], 2, { axis: int(0), num_outputs: int(2) });
  const peeping = gates === 4 ? optional(7) : null;
  const first = b.op('Squeeze', [
    b.op('Slice', [hidden, b.indices([0]), b.indices([1]), b.indices([0])]),
    b.indices([0]),
  ]);
  const nothing = zerosLike(b, first);
  const mask = maskOf(b, node, hidden);
  const [ofAll, ofHidden, ofCell] = relevance;
  const arrived = ofAll === null || ofAll === undefined ? zerosLike(b, hidden) : order(at(ofAll, 1));
  return {
    node,
    index,
    name: `${node.name}/${index}`,
    x: order(inputOf(node, 0)),
    previous: delayed(b, hidden, optional(5)),
    w: at(inputOf(node, 1), 0),
    r: at(inputOf(node, 2), 0),
    inputBias: inputBias ?? null,
    hiddenBias: hiddenBias ?? null,
    arrived: mask === null ? arrived : b.op('Mul', [arrived, mask]),
    lastHidden: ofHidden === null || ofHidden === undefined ? nothing : at(ofHidden, 0),
    lastCell: ofCell === null || ofCell === undefined ? nothing : at(ofCell, 0),
    firstCell: gates === 4 ? optional(6) : null,
    peepholes: peeping === null ? null : (gatesOf(b, peeping, 3, 0) as [Value, Value, Value]),
    clip: numberOf(node, 'clip') ?? null,
    mask,
  };
}

/** A sequence one step later: `first` (or zeros), then all but the last. */
export function delayed(b: GraphBuilder, sequence: Value, first: Value | null): Value {
  if (first === null) return b.op('Pad', [sequence, b.indices([1, -1]), '', b.indices([0])]);
  const rest = b.op('Slice', [sequence, b.indices([0]), b.indices([-1]), b.indices([0])]);
  return b.op('Concat', [b.op('Unsqueeze', [first, b.indices([0])]), rest], { axis: int(0) });
}

function maskOf(b: GraphBuilder, node: Node, sequence: Value): Value | null {
  const lengths = inputOf(node, 4);
  if (lengths === '') return null;
  const zero = b.constant({ dtype: 'int64', dims: [], data: BigInt64Array.of(0n) });
  const one = b.constant({ dtype: 'int64', dims: [], data: BigInt64Array.of(1n) });
  const steps = b.op('Squeeze', [b.op('Shape', [sequence], { start: int(0), end: int(1) }), b.indices([0])]);
  const times = b.op('Reshape', [b.op('Range', [zero, steps, one]), b.indices([-1, 1, 1])]);
  const counts = b.op('Reshape', [cast(b, lengths, 'int64'), b.indices([1, -1, 1])]);
  return cast(b, b.op('Less', [times, counts]), floatTypeOf(b, inputOf(node, 0)));
}

/** x Wᵀ (+ bias) for all steps at once. */
export function affine(b: GraphBuilder, x: Value, weights: Value, bias: Value | null): Value {
  const product = b.op('MatMul', [x, transpose(b, weights, [1, 0])]);
  return bias === null ? product : b.op('Add', [product, bias]);
}

/** Splits the last axis into equal gates. */
export function gatesOf(b: GraphBuilder, value: Value, count: number, axis = 2): Value[] {
  return b.ops('Split', [value], count, { axis: int(axis), num_outputs: int(count) });
}

/** What goes into an activation, as the operator bounds it. */
export function bounded(b: GraphBuilder, { clip }: Pick<Direction, 'clip'>, x: Value): Value {
  if (clip === null) return x;
  const m = maths(b, x);
  return b.op('Clip', [x, m.operand(-clip), m.operand(clip)]);
}

/** Slope of an activation of a bounded `x`: nothing moves beyond the bound. */
export function inBounds(b: GraphBuilder, { clip }: Pick<Direction, 'clip'>, x: Value, slope: Value): Value {
  if (clip === null) return slope;
  const m = maths(b, x);
  return m.mul(slope, m.mask(m.not(m.greater(m.abs(x), clip))));
}

/** Factors of padding steps are 0, so that nothing is added there. */
export function masked(b: GraphBuilder, d: Direction, factor: Value): Value {
  return d.mask === null ? factor : b.op('Mul', [factor, d.mask]);
}

/** Share of a state that a padding step hands on unchanged: f at real steps, 1 at padding. */
export function kept(b: GraphBuilder, d: Direction, factor: Value): Value {
  if (d.mask === null) return factor;
  const m = maths(b, factor);
  return m.add(m.mul(factor, d.mask), m.sub(1, d.mask));
}

/** 1 at padding, 0 at real steps, shaped like a state; null when all steps are real. */
export function padding(b: GraphBuilder, d: Direction): Value | null {
  return d.mask === null ? null : b.op('Expand', [maths(b, d.mask).sub(1, d.mask), sizes(b, d.previous)]);
}

/** Configurations of the operators that no loop is built for. */
export const refuses: NonNullable<RuleEntry['refuses']> = (node, _b, needed) => {
  if (numberOf(node, 'layout', 0) !== 0) return 'with layout 1';
  if (numberOf(node, 'input_forget', 0) !== 0) return 'with coupled input and forget gates';
  if (node.attributes['activation_alpha'] !== undefined && stringsOf(node, 'activations') !== undefined) {
    return 'with parameters of activations';
  }
  const unknown = unknownActivation(node);
  if (unknown !== undefined) return `with activation ${unknown}`;
  return [1, 2, 3, 7].some((input) => needed(inputOf(node, input))) ? 'with weights computed from the sample' : null;
};
