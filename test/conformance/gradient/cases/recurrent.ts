/** LSTM, GRU, RNN. */
import { int, text } from '../../../../server/graph/attributes';
import type { Attribute, Tensor } from '../../../../server/graph/types';
import { vary, weights } from './types';
import type { Case } from './types';

const [steps, batch, inputs, hidden] = [4, 2, 3, 2];
const gates: Record<string, number> = { LSTM: 4, GRU: 3, RNN: 1 };

interface Options {
  readonly direction?: 'forward' | 'reverse' | 'bidirectional';
  readonly bias?: false;
  readonly lengths?: readonly number[];
  readonly initial?: true;
  readonly used?: readonly number[];
  readonly peepholes?: true;
  readonly attributes?: Record<string, Attribute>;
}

function cell(op: string, name: string, options: Options = {}): Case {
  const { direction = 'forward', lengths, used = [0, 1] } = options;
  const directions = direction === 'bidirectional' ? 2 : 1;
  const count = gates[op]!;
  const lengthsTensor: Tensor | null =
    lengths === undefined ? null : { dtype: 'int32', dims: [batch], data: Int32Array.from(lengths) };
  const initial = options.initial === true;
  return {
    op,
    name,
    inputs: [
      vary([steps, batch, inputs]),
      weights([directions, count * hidden, inputs], -1, 1, 3),
      weights([directions, count * hidden, hidden], -1, 1, 4),
      options.bias === false ? null : weights([directions, 2 * count * hidden], -1, 1, 5),
      lengthsTensor,
      initial ? vary([directions, batch, hidden], -1, 1, 6) : null,
      ...(op !== 'LSTM' ? [] : [initial ? vary([directions, batch, hidden], -1, 1, 8) : null]),
      ...(options.peepholes === true ? [weights([directions, 3 * hidden], -1, 1, 9)] : []),
    ],
    attributes: { hidden_size: int(hidden), direction: text(direction), ...options.attributes },
    outputs: op === 'LSTM' ? 3 : 2,
    used,
  };
}

const common = (op: string): Case[] => [
  cell(op, 'all steps'),
  cell(op, 'last step only', { used: [1] }),
  cell(op, 'no bias', { bias: false }),
  cell(op, 'reverse', { direction: 'reverse' }),
  cell(op, 'bidirectional', { direction: 'bidirectional' }),
  cell(op, 'initial states', { initial: true, direction: 'bidirectional' }),
  cell(op, 'lengths', { lengths: [4, 2], initial: true }),
  cell(op, 'lengths, bidirectional', { lengths: [3, 1], direction: 'bidirectional' }),
];

const clip = (value: number): Record<string, Attribute> => ({ clip: { type: 'float', value } });
const names = (...list: string[]): Record<string, Attribute> => ({ activations: { type: 'strings', value: list } });

export const recurrent: readonly Case[] = [
  ...common('LSTM'),
  cell('LSTM', 'cell state', { used: [0, 1, 2], direction: 'bidirectional' }),
  cell('LSTM', 'peepholes', { peepholes: true }),
  cell('LSTM', 'peepholes, initial states, lengths, bidirectional, cell state', {
    peepholes: true,
    initial: true,
    lengths: [4, 2],
    direction: 'bidirectional',
    used: [0, 1, 2],
  }),
  cell('LSTM', 'clipped', { attributes: clip(0.6), direction: 'bidirectional' }),
  cell('LSTM', 'peepholes, clipped, reverse', { peepholes: true, attributes: clip(0.6), direction: 'reverse' }),
  cell('LSTM', 'other activations', { attributes: names('HardSigmoid', 'Softsign', 'Tanh') }),
  ...common('GRU'),
  cell('GRU', 'linear before reset', {
    attributes: { linear_before_reset: int(1) },
    direction: 'bidirectional',
    initial: true,
  }),
  cell('GRU', 'linear before reset, lengths', { attributes: { linear_before_reset: int(1) }, lengths: [2, 3] }),
  cell('GRU', 'clipped', { attributes: clip(0.5), direction: 'bidirectional', initial: true }),
  cell('GRU', 'clipped, linear before reset', { attributes: { linear_before_reset: int(1), ...clip(0.5) } }),
  cell('RNN', 'clipped', { attributes: clip(0.4) }),
  ...common('RNN'),
  cell('RNN', 'relu', { attributes: names('Relu') }),
];
