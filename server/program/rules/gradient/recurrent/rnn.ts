/** Simple RNN: h = f(x Wᵀ + h₋₁ Rᵀ + b). */
import type { GraphBuilder } from '../../../../graph/builder';
import type { Value } from '../../../../graph/types';
import type { RuleEntry } from '../../../types';
import { maths } from '../../../maths';
import { activationsOf, slopeAt } from './activations';
import { affine, bounded, inBounds, masked, padding, recurrentRule, refuses } from './cell';
import type { Carried, Direction } from './cell';
import { addScan } from './scan';

function rnn(b: GraphBuilder, d: Direction): Carried {
  const [f] = activationsOf(d.node, d.index, ['Tanh']) as [string];
  const m = maths(b, d.x);
  const inputs = m.add(affine(b, d.x, d.w, d.inputBias), affine(b, d.previous, d.r, d.hiddenBias));
  const slope = masked(b, d, inBounds(b, d, inputs, slopeAt(m, f, b.op(f, [bounded(b, d, inputs)]))));
  const still = padding(b, d);
  const [hidden, dz] = addScan(b, {
    name: `${d.name}/back`,
    states: [d.lastHidden],
    inputs: [d.arrived, slope, ...(still === null ? [] : [still])],
    backwards: true,
    outer: [d.r],
    step: (s, [dhNext], [arrived, factor, pad]) => {
      const own = maths(s, dhNext as Value);
      const dh = own.add(arrived as Value, dhNext as Value);
      const dzt = own.mul(dh, factor as Value);
      const before = s.op('MatMul', [dzt, d.r]);
      return { states: [pad === undefined ? before : own.add(before, own.mul(dh, pad))], outputs: [dzt] };
    },
  }) as [Value, Value];
  return { x: b.op('MatMul', [dz, d.w]), hidden, cell: null };
}

export const rnnRules: readonly RuleEntry[] = [{ ops: ['RNN'], rule: recurrentRule(1, rnn), refuses, outputs: 1 }];
