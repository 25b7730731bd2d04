/** GRU, gates z r h: h = (1 − z) ⊙ n + z ⊙ h₋₁, with the reset gate before or after the hidden product. */
import { int, numberOf } from '../../../../graph/attributes';
import type { GraphBuilder } from '../../../../graph/builder';
import type { Value } from '../../../../graph/types';
import type { RuleEntry } from '../../../types';
import { maths } from '../../../maths';
import { activationsOf, slopeAt } from './activations';
import { affine, bounded, gatesOf, inBounds, kept, masked, recurrentRule, refuses } from './cell';
import type { Carried, Direction } from './cell';
import { addScan } from './scan';

/** What one direction computes at every step, [steps, batch, hidden] each, and its hidden weights and biases. */
export interface GruSteps {
  /** Names of the activations of gates and candidate. */
  readonly names: readonly [string, string];
  /** The reset gate comes after the hidden product. */
  readonly linear: boolean;
  readonly z: Value;
  readonly r: Value;
  /** What goes into them, before any bound. */
  readonly into: { readonly z: Value; readonly r: Value };
  /** Hidden product of the candidate: h₋₁ or r ⊙ h₋₁ with its weights, with bias. */
  readonly inner: Value;
  /** Candidate before and after its activation. */
  readonly before: Value;
  readonly n: Value;
  /** Hidden weights [hidden, hidden] of z, r, h, and hidden biases. */
  readonly weights: readonly [Value, Value, Value];
  readonly biases: readonly [Value | null, Value | null, Value | null];
}

export function gruSteps(b: GraphBuilder, d: Direction): GruSteps {
  const names = activationsOf(d.node, d.index, ['Sigmoid', 'Tanh']) as [string, string];
  const [f, g] = names;
  const m = maths(b, d.x);
  const linear = numberOf(d.node, 'linear_before_reset', 0) !== 0;
  const [xz, xr, xn] = gatesOf(b, affine(b, d.x, d.w, d.inputBias), 3) as [Value, Value, Value];
  const weights = gatesOf(b, d.r, 3, 0) as [Value, Value, Value];
  const split = d.hiddenBias === null ? [null, null, null] : gatesOf(b, d.hiddenBias, 3, 0);
  const biases = split as [Value | null, Value | null, Value | null];
  const into = {
    z: m.add(xz, affine(b, d.previous, weights[0], biases[0])),
    r: m.add(xr, affine(b, d.previous, weights[1], biases[1])),
  };
  const [z, r] = [b.op(f, [bounded(b, d, into.z)]), b.op(f, [bounded(b, d, into.r)])];
  const inner = affine(b, linear ? d.previous : m.mul(r, d.previous), weights[2], biases[2]);
  const before = m.add(xn, linear ? m.mul(r, inner) : inner);
  return { names, linear, z, r, into, inner, before, n: b.op(g, [bounded(b, d, before)]), weights, biases };
}

function gru(b: GraphBuilder, d: Direction): Carried {
  const { names, linear, z, r, into, inner, before, n, weights } = gruSteps(b, d);
  const [f, g] = names;
  const [rz, rr, rn] = weights;
  const m = maths(b, d.x);

  const toN = masked(b, d, m.mul(m.sub(1, z), inBounds(b, d, before, slopeAt(m, g, n))));
  const toZ = masked(b, d, m.mul(m.sub(d.previous, n), inBounds(b, d, into.z, slopeAt(m, f, z))));
  // How the reset gate moves what it multiplies: the hidden product, or the hidden state.
  const toR = m.mul(linear ? inner : d.previous, inBounds(b, d, into.r, slopeAt(m, f, r)));
  const [hidden, dz] = addScan(b, {
    name: `${d.name}/back`,
    states: [d.lastHidden],
    inputs: [d.arrived, toN, toZ, toR, r, kept(b, d, z)],
    backwards: true,
    outer: [d.r, rz, rr, rn],
    step: (s, [dhNext], [arrived, fn, fz, fr, reset, keep]) => {
      const own = maths(s, dhNext as Value);
      const dh = own.add(arrived as Value, dhNext as Value);
      const dn = own.mul(dh, fn as Value);
      const dzt = own.mul(dh, fz as Value);
      const straight = own.mul(dh, keep as Value);
      if (linear) {
        const dr = own.mul(dn, fr as Value);
        const hiddenGates = s.op('Concat', [dzt, dr, own.mul(dn, reset as Value)], { axis: int(1) });
        const outputs = [s.op('Concat', [dzt, dr, dn], { axis: int(1) })];
        return { states: [own.add(straight, s.op('MatMul', [hiddenGates, d.r]))], outputs };
      }
      const dq = s.op('MatMul', [dn, rn]);
      const dr = own.mul(dq, fr as Value);
      const throughGates = own.add(s.op('MatMul', [dzt, rz]), s.op('MatMul', [dr, rr]));
      const before = own.add(own.add(straight, own.mul(dq, reset as Value)), throughGates);
      return { states: [before], outputs: [s.op('Concat', [dzt, dr, dn], { axis: int(1) })] };
    },
  }) as [Value, Value];
  return { x: b.op('MatMul', [dz, d.w]), hidden, cell: null };
}

export const gruRules: readonly RuleEntry[] = [{ ops: ['GRU'], rule: recurrentRule(3, gru), refuses, outputs: 1 }];
