/** LSTM, gates i o f c: everything but the loop over dh and dc is computed for all steps at once. */
import { int } from '../../../../graph/attributes';
import type { GraphBuilder } from '../../../../graph/builder';
import type { Value } from '../../../../graph/types';
import type { RuleEntry } from '../../../types';
import { maths } from '../../../maths';
import { zerosLike } from '../../../shapes';
import { activationsOf, slopeAt } from './activations';
import { affine, delayed, gatesOf, kept, masked, padding, recurrentRule, refuses } from './cell';
import type { Carried, Direction } from './cell';
import { addScan } from './scan';

/** What one direction computes at every step, [steps, batch, hidden] each. */
export interface LstmSteps {
  /** Names of the activations of gates, cell input and output. */
  readonly names: readonly [string, string, string];
  readonly i: Value;
  readonly o: Value;
  readonly forget: Value;
  /** Cell input before and after its activation. */
  readonly z: Value;
  readonly c: Value;
  /** c after each step. */
  readonly cells: Value;
}

export function lstmSteps(b: GraphBuilder, d: Direction): LstmSteps {
  const names = activationsOf(d.node, d.index, ['Sigmoid', 'Tanh', 'Tanh']) as [string, string, string];
  const [f, g] = names;
  const inputs = b.op('Add', [affine(b, d.x, d.w, d.inputBias), affine(b, d.previous, d.r, d.hiddenBias)]);
  const [zi, zo, zf, z] = gatesOf(b, inputs, 4) as [Value, Value, Value, Value];
  const [i, o, forget, c] = [b.op(f, [zi]), b.op(f, [zo]), b.op(f, [zf]), b.op(g, [z])];
  return { names, i, o, forget, z, c, cells: cellStates(b, d, forget, b.op('Mul', [i, c])) };
}

function lstm(b: GraphBuilder, d: Direction): Carried {
  const { names, i, o, forget, c, cells } = lstmSteps(b, d);
  const [f, g, h] = names;
  const m = maths(b, d.x);
  const seen = b.op(h, [cells]);
  const toCell = masked(b, d, m.mul(o, slopeAt(m, h, seen)));
  const toGates = [
    masked(b, d, m.mul(c, slopeAt(m, f, i))),
    masked(b, d, m.mul(seen, slopeAt(m, f, o))),
    masked(b, d, m.mul(delayed(b, cells, d.firstCell), slopeAt(m, f, forget))),
    masked(b, d, m.mul(i, slopeAt(m, g, c))),
  ];
  const still = padding(b, d);
  const [hidden, cell, dz] = addScan(b, {
    name: `${d.name}/back`,
    states: [d.lastHidden, d.lastCell],
    inputs: [d.arrived, toCell, ...toGates, kept(b, d, forget), ...(still === null ? [] : [still])],
    backwards: true,
    outer: [d.r],
    step: (s, [dhNext, dcNext], [arrived, cellFactor, fi, fo, ff, fc, keep, pad]) => {
      const own = maths(s, dhNext as Value);
      const dh = own.add(arrived as Value, dhNext as Value);
      const dc = own.add(own.mul(dh, cellFactor as Value), dcNext as Value);
      const gates = [
        own.mul(dc, fi as Value),
        own.mul(dh, fo as Value),
        own.mul(dc, ff as Value),
        own.mul(dc, fc as Value),
      ];
      const dzt = s.op('Concat', gates, { axis: int(1) });
      const before = s.op('MatMul', [dzt, d.r]);
      const carried = pad === undefined ? before : own.add(before, own.mul(dh, pad));
      return { states: [carried, own.mul(dc, keep as Value)], outputs: [dzt] };
    },
  }) as [Value, Value, Value];
  return { x: b.op('MatMul', [dz, d.w]), hidden, cell };
}

/** c after each step, [steps, batch, hidden]: c = f ⊙ c + u. The operator itself tells only the last. */
function cellStates(b: GraphBuilder, d: Direction, forget: Value, update: Value): Value {
  const [, cells] = addScan(b, {
    name: `${d.name}/cell`,
    states: [d.firstCell ?? zerosLike(b, d.lastHidden)],
    inputs: [forget, update],
    backwards: false,
    step: (s, [c], [f, u]) => {
      const own = maths(s, c as Value);
      const next = own.add(own.mul(f as Value, c as Value), u as Value);
      return { states: [next], outputs: [s.op('Identity', [next])] };
    },
  }) as [Value, Value];
  return cells;
}

export const lstmRules: readonly RuleEntry[] = [{ ops: ['LSTM'], rule: recurrentRule(4, lstm), refuses, outputs: 1 }];
