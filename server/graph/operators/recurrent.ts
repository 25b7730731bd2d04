/** LSTM, GRU, RNN: x is [sequence, batch, input] (`layout` 0) or [batch, sequence, input]. */
import { numberOf, textOf } from '../attributes';
import { floorDivide } from '../dims';
import type { Dim, ValueType } from '../types';
import type { Operator, OperatorContext } from './types';

const gates: Readonly<Record<string, number>> = { LSTM: 4, GRU: 3, RNN: 1 };

function recurrence(context: OperatorContext): (ValueType | undefined)[] {
  const { node } = context;
  const type = context.type(0);
  if (type === undefined) return [];
  const hiddenRows = context.shape(1)?.[1];
  const hidden: Dim =
    numberOf(node, 'hidden_size') ??
    (hiddenRows === undefined ? context.fresh(3) : floorDivide(hiddenRows, gates[node.op] ?? 1));
  const directions = textOf(node, 'direction', 'forward') === 'bidirectional' ? 2 : 1;
  const first = type.shape?.[0] ?? context.fresh(0);
  const second = type.shape?.[1] ?? context.fresh(1);
  const batchFirst = numberOf(node, 'layout', 0) === 1;
  const [sequence, batch] = batchFirst ? [second, first] : [first, second];
  const { dtype } = type;
  const states: ValueType = { dtype, shape: batchFirst ? [batch, directions, hidden] : [directions, batch, hidden] };
  const outputs: ValueType = {
    dtype,
    shape: batchFirst ? [batch, sequence, directions, hidden] : [sequence, directions, batch, hidden],
  };
  return [outputs, states, states];
}

export const recurrent: readonly Operator[] = [
  { ops: ['LSTM'], domain: '', doc: 'Long short-term memory; gates i, o, f, c.', infer: recurrence },
  { ops: ['GRU'], domain: '', doc: 'Gated recurrent unit; gates z, r, h.', infer: recurrence },
  { ops: ['RNN'], domain: '', doc: 'Elman network.', infer: recurrence },
];
