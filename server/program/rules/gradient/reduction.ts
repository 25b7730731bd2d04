/** Reduce* over any axes. */
import { int, numberOf } from '../../../graph/attributes';
import type { GraphBuilder } from '../../../graph/builder';
import type { Node, Value } from '../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../types';
import { cast, floatTypeOf, maths } from '../../maths';
import type { Maths } from '../../maths';
import { expandLike, rankOf, staticShape } from '../../shapes';
import { inputOf, only, outputOf } from '../common';
import { firstExtreme } from './extreme';

/** True when the node reduces nothing (no axes and `noop_with_empty_axes`). */
function reducesNothing(b: GraphBuilder, node: Node): boolean {
  if (numberOf(node, 'noop_with_empty_axes', 0) === 0) return false;
  const axes = inputOf(node, 1);
  return axes === '' || b.constantOf(axes)?.data.length === 0;
}

/** Gives a reduced value its reduced axes back, as ones. */
export function keepAxes(b: GraphBuilder, node: Node, reduced: Value): Value {
  if (numberOf(node, 'keepdims', 1) === 1) return reduced;
  const axes = inputOf(node, 1);
  if (axes !== '' && b.constantOf(axes)?.data.length !== 0) return b.op('Unsqueeze', [reduced, axes]);
  return b.op('Reshape', [reduced, b.indices(new Array<number>(rankOf(b, inputOf(node, 0))).fill(1))]);
}

/** How many elements were reduced to one. */
function count(b: GraphBuilder, x: Value, y: Value): Value | number {
  const [from, to] = [staticShape(b, x), staticShape(b, y)];
  const product = (dims: readonly number[]): number => dims.reduce((a, c) => a * c, 1);
  if (from !== undefined && to !== undefined) return product(from) / product(to);
  const size = (value: Value): Value => cast(b, b.op('Size', [value]), floatTypeOf(b, x));
  return b.op('Div', [size(x), size(y)]);
}

/** r · ∂y/∂x, from r and y with their axes kept. */
type Slope = (m: Maths, r: Value, x: Value, y: Value, b: GraphBuilder, node: Node) => Value;

const slopes: Readonly<Record<string, Slope>> = {
  ReduceSum: (_m, r, x, _y, b) => expandLike(b, r, x),
  ReduceMean: (m, r, x, y, b) => expandLike(b, m.div(r, count(b, x, y)), x),
  ReduceL1: (m, r, x) => m.mul(r, m.sign(x)),
  // The norm of zeros has no slope; 0 is taken.
  ReduceL2: (m, r, x, y) => m.mul(x, m.div(r, m.where(m.equal(y, 0), 1, y))),
  ReduceSumSquare: (m, r, x) => m.mul(m.mul(2, r), x),
  ReduceLogSum: (m, r, x, y, b) => expandLike(b, m.mul(r, m.exp(m.neg(y))), x),
  ReduceLogSumExp: (m, r, x, y) => m.mul(r, m.exp(m.sub(x, y))),
  // y / x, safe where factors are zero: one zero gets the product of the others, two get nothing.
  ReduceProd: (m, r, x, _y, b, node) => {
    const zero = m.equal(x, 0);
    const filled = m.where(zero, 1, x);
    const over = (op: string, value: Value): Value =>
      b.op(op, [value, ...node.inputs.slice(1)], { ...node.attributes, keepdims: int(1) });
    const zeros = over('ReduceSum', m.mask(zero));
    const product = m.mul(r, over('ReduceProd', filled));
    const alone = m.mul(m.mask(m.and(zero, m.equal(zeros, 1))), product);
    return m.add(m.mul(m.mask(m.equal(zeros, 0)), m.div(product, filled)), alone);
  },
};

const reduce: RelevanceRule = (node, r, b) => {
  const [x, y] = [inputOf(node, 0), outputOf(node)];
  if (reducesNothing(b, node)) return unreduced(b, node, only(r), x, y);
  const slope = slopes[node.op] as Slope;
  return [slope(maths(b, x), keepAxes(b, node, only(r)), x, keepAxes(b, node, y), b, node)];
};

/** Reductions of single elements still apply their function. */
function unreduced(b: GraphBuilder, node: Node, r: Value, x: Value, y: Value): Value[] {
  const m = maths(b, x);
  if (node.op === 'ReduceL1' || node.op === 'ReduceL2') return [m.mul(r, m.sign(x))];
  if (node.op === 'ReduceSumSquare') return [m.mul(r, m.mul(2, x))];
  if (node.op === 'ReduceLogSum') return [m.mul(r, m.exp(m.neg(y)))];
  return [r];
}

const extreme: RelevanceRule = (node, r, b) => {
  if (reducesNothing(b, node)) return [only(r)];
  return [firstExtreme(b, node, keepAxes(b, node, only(r)))];
};

export const reductionRules: readonly RuleEntry[] = [
  { ops: Object.keys(slopes), rule: reduce },
  {
    ops: ['ReduceMax', 'ReduceMin'],
    rule: extreme,
    refuses: (node, b) =>
      inputOf(node, 1) !== '' && b.constantOf(inputOf(node, 1)) === undefined
        ? 'over axes known only at run time'
        : null,
  },
];
