/** GRU, gates z r h: h = (1 − z) ⊙ n + z ⊙ h₋₁, with the reset gate before or after the hidden product. */
import { int, numberOf } from '../../../../graph/attributes';
import type { GraphBuilder } from '../../../../graph/builder';
import type { Value } from '../../../../graph/types';
import type { RuleEntry } from '../../../types';
import { maths } from '../../../maths';
import { activationsOf, slopeAt } from './activations';
import { affine, gatesOf, kept, masked, recurrentRule, refuses } from './cell';
import type { Carried, Direction } from './cell';
import { addScan } from './scan';

function gru(b: GraphBuilder, d: Direction): Carried {
  const [f, g] = activationsOf(d.node, d.index, ['Sigmoid', 'Tanh']) as [string, string];
  const m = maths(b, d.x);
  const linear = numberOf(d.node, 'linear_before_reset', 0) !== 0;
  const [xz, xr, xn] = gatesOf(b, affine(b, d.x, d.w, d.inputBias), 3) as [Value, Value, Value];
  const [rz, rr, rn] = gatesOf(b, d.r, 3, 0) as [Value, Value, Value];
  const biases = d.hiddenBias === null ? [null, null, null] : gatesOf(b, d.hiddenBias, 3, 0);
  const [bz, br, bn] = biases as [Value | null, Value | null, Value | null];
  const z = b.op(f, [m.add(xz, affine(b, d.previous, rz, bz))]);
  const r = b.op(f, [m.add(xr, affine(b, d.previous, rr, br))]);
  const inner = affine(b, linear ? d.previous : m.mul(r, d.previous), rn, bn);
  const n = b.op(g, [m.add(xn, linear ? m.mul(r, inner) : inner)]);

  const toN = masked(b, d, m.mul(m.sub(1, z), slopeAt(m, g, n)));
  const toZ = masked(b, d, m.mul(m.sub(d.previous, n), slopeAt(m, f, z)));
  // How the reset gate moves what it multiplies: the hidden product, or the hidden state.
  const toR = m.mul(linear ? inner : d.previous, slopeAt(m, f, r));
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
