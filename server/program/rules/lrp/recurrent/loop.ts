/** The loop that all recurrent cells share: from the last step to the first, relevance of states. */
import { int } from '../../../../graph/attributes';
import type { GraphBuilder } from '../../../../graph/builder';
import type { Value } from '../../../../graph/types';
import type { RuleContext } from '../../../types';
import { maths } from '../../../maths';
import { inputOf } from '../../common';
import { padding } from '../../gradient/recurrent/cell';
import type { Carried, Direction } from '../../gradient/recurrent/cell';
import { addScan } from '../../gradient/recurrent/scan';
import type { LayerShares } from './shares';

/** One direction of a cell, as shares of its relevance R: of c for an LSTM, of h for the others. */
export interface CellShares {
  /** LSTM only: share of h that reaches c; 0 at padding. */
  readonly toCell: Value | null;
  /** Share of R that stays in the state one step earlier (1 at padding); null where nothing stays. */
  readonly stays: Value | null;
  readonly layer: LayerShares;
  /** What the hidden weights multiply: h one step earlier, or r ⊙ h; 0 at padding. */
  readonly signal: Value;
  /** Factor of the hidden product (a reset gate behind it), held constant; null for 1. */
  readonly behind: Value | null;
  /** Weights of x and of the signal, [hidden, …]. */
  readonly w: Value;
  readonly r: Value;
}

export interface Looped extends Carried {
  /** R at every step, [steps, batch, hidden]: what shares are multiplied with. */
  readonly relevance: Value;
  /** Relevance of h at every step. */
  readonly ofHidden: Value;
}

export function carryBack(b: GraphBuilder, d: Direction, ctx: RuleContext, cell: CellShares): Looped {
  const isLstm = cell.toCell !== null;
  const still = isLstm || cell.stays === null ? padding(b, d) : null;
  const optional = [cell.toCell, cell.stays, cell.layer.even, cell.behind, still];
  const given = optional.filter((value) => value !== null);
  const scanned = addScan(b, {
    name: `${d.name}/lrp`,
    states: isLstm ? [d.lastHidden, d.lastCell] : [d.lastHidden],
    inputs: [d.arrived, cell.layer.factor, cell.signal, ...given],
    backwards: true,
    outer: [cell.r],
    step(s, [next, nextCell], [arrived, factor, signal, ...rest]) {
      let used = 0;
      const [toCell, stays, even, behind, pad] = optional.map((value) =>
        value === null ? null : rest[used++],
      ) as (Value | null)[] as [Value | null, Value | null, Value | null, Value | null, Value | null];
      const own = maths(s, next as Value);
      const hidden = own.add(arrived as Value, next as Value);
      const relevance = toCell === null ? hidden : own.add(own.mul(hidden, toCell), nextCell as Value);
      const slope = own.mul(relevance, factor as Value);
      const back = s.op('MatMul', [behind === null ? slope : own.mul(slope, behind), cell.r]);
      const kept = stays === null ? null : own.mul(relevance, stays);
      const parts = [own.mul(signal as Value, back)];
      if (even !== null) parts.push(spread(s, own.mul(relevance, even)));
      if (pad !== null) parts.push(own.mul(hidden, pad));
      if (kept !== null && !isLstm) parts.push(kept);
      const before = parts.reduce((one, other) => own.add(one, other));
      const outputs = [s.op('Identity', [relevance]), s.op('Identity', [hidden])];
      return { states: isLstm ? [before, kept as Value] : [before], outputs };
    },
  });
  const [hidden, ofCell] = scanned as [Value, Value];
  const [relevance, ofHidden] = scanned.slice(-2) as [Value, Value];
  const m = maths(b, d.x);
  const own = m.mul(d.x, b.op('MatMul', [m.mul(relevance, cell.layer.factor), cell.w]));
  const x = cell.layer.even === null ? own : m.add(own, spread(b, m.mul(relevance, cell.layer.even)));
  const carried = { x, hidden, cell: isLstm ? ofCell : null };
  book(b, d, ctx, cell, carried, relevance);
  return { ...carried, relevance, ofHidden };
}

/** Σ over units, to be broadcast over inputs. */
function spread(b: GraphBuilder, amount: Value): Value {
  return b.op('ReduceSum', [amount, b.indices([-1])], { keepdims: int(1) });
}

/** Books what biases and stabilisers took, and what is left in initial states that do not depend on the sample. */
function book(
  b: GraphBuilder,
  d: Direction,
  ctx: RuleContext,
  { layer: { lost } }: CellShares,
  { x, hidden, cell }: Carried,
  relevance: Value,
): void {
  const m = maths(b, d.x);
  const { bias, stabiliser } = lost;
  if (bias !== null) ctx.absorb('bias', () => m.mul(relevance, bias));
  if (stabiliser !== null) ctx.absorb('stabiliser', () => m.mul(relevance, stabiliser));
  if (!ctx.needed(inputOf(d.node, 0))) ctx.absorb('constant', () => x);
  if (!ctx.needed(inputOf(d.node, 5))) ctx.absorb('state', () => hidden);
  if (cell !== null && !ctx.needed(inputOf(d.node, 6))) ctx.absorb('state', () => cell);
}
