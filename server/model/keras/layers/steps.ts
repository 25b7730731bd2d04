/**
 * Steps that are masked, wherever they are: the recurrent operators of the Graph know only how long a sequence is. The
 * real steps are moved to the front, and what is made of them goes back to where they were; a masked step repeats the
 * output of the step before it.
 */
import { int } from '../../../graph/attributes';
import type { Value } from '../../../graph/types';
import type { Call, KerasTensor } from '../types';

export interface Packed {
  /** [batch, steps, …], real steps first. */
  readonly x: Value;
  /** int32 [batch]; null where all steps are real. */
  readonly lengths: Value | null;
  /** Brings [batch, steps, hidden] back into the order of time. */
  readonly unpack: (sequence: Value, zeros: boolean) => Value;
}

/** @param backwards The sequence is run from its end: the step before a masked one is then the next in time. */
export function packed(call: Call, tensor: KerasTensor, backwards: boolean): Packed {
  const x = call.channels.last(tensor);
  const { mask } = tensor;
  if (mask === null) return { x, lengths: null, unpack: (sequence) => sequence };
  const { b } = call;
  const axis = b.indices([1]);
  const real = call.op('Cast', [mask], { to: int(1) });
  const one = b.constant({ dtype: 'int64', dims: [], data: BigInt64Array.of(1n) }, 'one');
  const ones = call.op('Add', [call.op('Mul', [real, b.scalar(0)]), b.scalar(1)]);
  const place = call.op('CumSum', [ones, one]);
  const longest = call.op('ReduceMax', [place], { keepdims: int(0) });
  // Real steps have keys from 0 on, masked ones below; both fall with time.
  const keys = call.op('Sub', [call.op('Mul', [real, longest]), place]);
  const count = call.op('Shape', [keys], { start: int(1), end: int(2) });
  const [, order = ''] = b.ops('TopK', [keys, count], 2, { axis: int(1), largest: int(1), sorted: int(1) });
  const lengths = call.op('ReduceSum', [call.op('Cast', [mask], { to: int(6) }), axis], { keepdims: int(0) });
  const pick = (values: Value, steps: Value): Value =>
    call.op(
      'GatherElements',
      [values, call.op('Expand', [call.op('Unsqueeze', [steps, b.indices([2])]), call.op('Shape', [values])])],
      { axis: int(1) },
    );
  return {
    x: pick(x, order),
    lengths,
    unpack: (sequence, zeros) => {
      const seen = call.op('CumSum', [real, one]);
      const source = call.op('Sub', [seen, backwards ? real : b.scalar(1)]);
      const total = call.op('ReduceSum', [real, axis], { keepdims: int(1) });
      const last = call.op('Sub', [total, b.scalar(1)]);
      const inside = backwards
        ? call.op('LessOrEqual', [source, last])
        : call.op('GreaterOrEqual', [source, b.scalar(0)]);
      const bounded = call.op('Max', [call.op('Min', [source, last]), b.scalar(0)]);
      const found = pick(sequence, call.op('Cast', [bounded], { to: int(7) }));
      const shown = call.op('Cast', [zeros ? call.op('And', [inside, mask]) : inside], { to: int(1) });
      return call.op('Mul', [found, call.op('Unsqueeze', [shown, b.indices([2])])]);
    },
  };
}
