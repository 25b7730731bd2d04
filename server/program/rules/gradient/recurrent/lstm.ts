/** LSTM, gates i o f c: everything but the loop over dh and dc is computed for all steps at once. */
import { int } from '../../../../graph/attributes';
import type { GraphBuilder } from '../../../../graph/builder';
import type { Value } from '../../../../graph/types';
import type { RuleEntry } from '../../../types';
import { maths } from '../../../maths';
import type { Maths } from '../../../maths';
import { zerosLike } from '../../../shapes';
import { activationsOf, slopeAt } from './activations';
import { affine, bounded, delayed, gatesOf, inBounds, kept, masked, padding, recurrentRule, refuses } from './cell';
import type { Carried, Direction } from './cell';
import { addScan } from './scan';

/** What one direction computes at every step, [steps, batch, hidden] each. */
export interface LstmSteps {
  /** Names of the activations of gates, cell input and output. */
  readonly names: readonly [string, string, string];
  readonly i: Value;
  readonly o: Value;
  readonly forget: Value;
  /** What goes into the gates, before any bound. */
  readonly into: { readonly i: Value; readonly o: Value; readonly forget: Value };
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
  const c = b.op(g, [bounded(b, d, z)]);
  const gate = (into: Value): Value => b.op(f, [bounded(b, d, into)]);
  if (d.peepholes === null) {
    const [i, o, forget] = [gate(zi), gate(zo), gate(zf)];
    const cells = cellStates(b, d, [forget, b.op('Mul', [i, c])], (m, cell, [keep, update]) =>
      m.add(m.mul(keep as Value, cell), update as Value),
    );
    return { names, i, o, forget, into: { i: zi, o: zo, forget: zf }, z, c, cells };
  }
  // The gates look at the cell, so the cell cannot be had from gates of all steps at once.
  const [pi, po, pf] = d.peepholes;
  const cells = cellStates(
    b,
    d,
    [zi, zf, c],
    (m, cell, [intoI, intoF, input], s) => {
      const open = (into: Value | undefined, peephole: Value): Value =>
        s.op(f, [bounded(s, d, m.add(into as Value, m.mul(peephole, cell)))]);
      return m.add(m.mul(open(intoF, pf), cell), m.mul(open(intoI, pi), input as Value));
    },
    [pi, pf],
  );
  const m = maths(b, d.x);
  const before = delayed(b, cells, d.firstCell);
  const into = {
    i: m.add(zi, m.mul(pi, before)),
    o: m.add(zo, m.mul(po, cells)),
    forget: m.add(zf, m.mul(pf, before)),
  };
  return { names, i: gate(into.i), o: gate(into.o), forget: gate(into.forget), into, z, c, cells };
}

function lstm(b: GraphBuilder, d: Direction): Carried {
  const { names, i, o, forget, into, z, c, cells } = lstmSteps(b, d);
  const [f, g, h] = names;
  const m = maths(b, d.x);
  const seen = b.op(h, [cells]);
  const slope = (name: string, value: Value, before: Value): Value => inBounds(b, d, before, slopeAt(m, name, value));
  const toCell = masked(b, d, m.mul(o, slopeAt(m, h, seen)));
  const toGates = [
    masked(b, d, m.mul(c, slope(f, i, into.i))),
    masked(b, d, m.mul(seen, slope(f, o, into.o))),
    masked(b, d, m.mul(delayed(b, cells, d.firstCell), slope(f, forget, into.forget))),
    masked(b, d, m.mul(i, slope(g, c, z))),
  ];
  const still = padding(b, d);
  const [hidden, cell, dz] = addScan(b, {
    name: `${d.name}/back`,
    states: [d.lastHidden, d.lastCell],
    inputs: [d.arrived, toCell, ...toGates, kept(b, d, forget), ...(still === null ? [] : [still])],
    backwards: true,
    outer: [d.r, ...(d.peepholes ?? [])],
    step: (s, [dhNext, dcNext], [arrived, cellFactor, fi, fo, ff, fc, keep, pad]) => {
      const own = maths(s, dhNext as Value);
      const dh = own.add(arrived as Value, dhNext as Value);
      const dzo = own.mul(dh, fo as Value);
      const straight = own.add(own.mul(dh, cellFactor as Value), dcNext as Value);
      const [pi, po, pf] = d.peepholes ?? [null, null, null];
      const dc = po === null ? straight : own.add(straight, own.mul(dzo, po));
      const [dzi, dzf] = [own.mul(dc, fi as Value), own.mul(dc, ff as Value)];
      const dzt = s.op('Concat', [dzi, dzo, dzf, own.mul(dc, fc as Value)], { axis: int(1) });
      const before = s.op('MatMul', [dzt, d.r]);
      const carried = pad === undefined ? before : own.add(before, own.mul(dh, pad));
      const stays = own.mul(dc, keep as Value);
      const cellBefore = pi === null ? stays : own.add(stays, own.add(own.mul(dzi, pi), own.mul(dzf, pf)));
      return { states: [carried, cellBefore], outputs: [dzt] };
    },
  }) as [Value, Value, Value];
  return { x: b.op('MatMul', [dz, d.w]), hidden, cell };
}

/** c after each step, [steps, batch, hidden], from c before it. The operator itself tells only the last. */
function cellStates(
  b: GraphBuilder,
  d: Direction,
  inputs: readonly Value[],
  next: (m: Maths, cell: Value, inputs: readonly Value[], s: GraphBuilder) => Value,
  outer: readonly Value[] = [],
): Value {
  const [, cells] = addScan(b, {
    name: `${d.name}/cell`,
    states: [d.firstCell ?? zerosLike(b, d.lastHidden)],
    inputs,
    outer,
    backwards: false,
    step: (s, [c], given) => {
      const after = next(maths(s, c as Value), c as Value, given, s);
      return { states: [after], outputs: [s.op('Identity', [after])] };
    },
  }) as [Value, Value];
  return cells;
}

export const lstmRules: readonly RuleEntry[] = [{ ops: ['LSTM'], rule: recurrentRule(4, lstm), refuses, outputs: 1 }];
