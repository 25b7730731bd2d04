/** Pieces of the recurrent rules: what share of a cell's relevance goes where, as factors per step and unit. */
import type { GraphBuilder } from '../../../../graph/builder';
import { int } from '../../../../graph/attributes';
import type { Value } from '../../../../graph/types';
import { cast, floatTypeOf, maths } from '../../../maths';
import { masked } from '../../gradient/recurrent/cell';
import type { Direction } from '../../gradient/recurrent/cell';
import { quotient, signed } from '../linear/parts';
import type { BiasPolicy, LrpOptions } from '../types';

/** What the rules of recurrent cells are told. */
export interface CellOptions {
  readonly epsilon: number;
  readonly bias: BiasPolicy;
  /** Activations with f(0) ≠ 0 hand on everything. */
  readonly pass: boolean;
}

export function cellOptions({ recurrentEpsilon, composite, activation }: LrpOptions): CellOptions {
  return { epsilon: recurrentEpsilon, bias: composite.dense.bias ?? 'absorb', pass: activation === 'pass' };
}

/** 1 / s(z), and ±ε; 1/0 is 0. */
function stabilised(b: GraphBuilder, z: Value, epsilon: number): { inverse: Value; stabiliser: Value | null } {
  const m = maths(b, z);
  if (epsilon === 0) return { inverse: quotient(b, m.operand(1), z), stabiliser: null };
  const stabiliser = signed(b, z, epsilon);
  return { inverse: m.div(1, m.add(z, stabiliser)), stabiliser };
}

export interface Sum {
  /** Share of each summand. */
  readonly parts: readonly [Value, Value];
  /** Share of the stabiliser; null where it is spread over the summands, or there is none. */
  readonly lost: Value | null;
}

/** ε rule on an element-wise sum of two signals. */
export function sumShares(b: GraphBuilder, sum: Value, summands: readonly [Value, Value], options: CellOptions): Sum {
  const m = maths(b, sum);
  const { inverse, stabiliser } = stabilised(b, sum, options.epsilon);
  const spread = options.bias === 'redistribute' && stabiliser !== null ? m.mul(stabiliser, 0.5) : null;
  const share = (part: Value): Value => m.mul(spread === null ? part : m.add(part, spread), inverse);
  const lost = stabiliser === null || spread !== null ? null : m.mul(stabiliser, inverse);
  return { parts: [share(summands[0]), share(summands[1])], lost };
}

const atZero: Readonly<Record<string, number>> = { Sigmoid: 0.5, HardSigmoid: 0.5 };

/** Share that an activation of a signal hands on: null for all of it, (f(z) − f(0)) / f(z) where f(0) ≠ 0. */
export function activationShare(b: GraphBuilder, name: string, y: Value, options: CellOptions): Value | null {
  const constant = atZero[name];
  if (constant === undefined || options.pass) return null;
  const m = maths(b, y);
  return m.sub(1, quotient(b, m.operand(constant), y));
}

/** z = x Wᵀ + h Rᵀ + bias at every step. */
export interface Layer {
  /** With bias, [steps, batch, hidden]. */
  readonly z: Value;
  readonly bias: Value | null;
  /** Share of the cell's relevance that reaches z; 0 at padding. */
  readonly reached: Value;
}

export interface LayerShares {
  /** Times R of the cell: R_z / s(z). */
  readonly factor: Value;
  /** Times R of the cell, summed over units: what each input gets when bias and ε are spread; else null. */
  readonly even: Value | null;
  /** Shares that nobody gets. */
  readonly lost: { readonly bias: Value | null; readonly stabiliser: Value | null };
}

/** ε rule on the linear layer of one step; both its inputs, x and h, count. */
export function layerShares(
  b: GraphBuilder,
  d: Direction,
  { z, bias, reached }: Layer,
  options: CellOptions,
): LayerShares {
  const m = maths(b, z);
  const ignored = options.bias === 'ignore';
  const { inverse, stabiliser } = stabilised(b, ignored && bias !== null ? m.sub(z, bias) : z, options.epsilon);
  const factor = m.mul(reached, inverse);
  const ofBias = ignored || bias === null ? null : m.mul(bias, factor);
  const ofStabiliser = stabiliser === null ? null : m.mul(stabiliser, factor);
  if (options.bias !== 'redistribute') return { factor, even: null, lost: { bias: ofBias, stabiliser: ofStabiliser } };
  const rest = [ofBias, ofStabiliser].filter((part) => part !== null);
  const total = rest.length === 0 ? null : rest.reduce((one, other) => m.add(one, other));
  return {
    factor,
    even: total === null ? null : m.div(total, inputsPerUnit(b, d)),
    lost: { bias: null, stabiliser: null },
  };
}

/** Features of x and units of h. */
function inputsPerUnit(b: GraphBuilder, d: Direction): Value {
  const columns = [d.w, d.r].map((weights) => b.op('Shape', [weights], { start: int(1), end: int(2) }));
  const sum = b.op('Add', columns);
  return cast(b, sum, floatTypeOf(b, d.x));
}

/** 1 at real steps, 0 at padding, shaped like `like`; `share` instead of 1 where given. */
export function opened(b: GraphBuilder, d: Direction, share: Value | null, like: Value): Value {
  const m = maths(b, like);
  return masked(b, d, share ?? m.add(m.mul(like, 0), 1));
}
