/** LRP through recurrent operators: backward loops compiled to Scan. Loops of the model's own are refused. */
import type { RuleEntry } from '../../../types';
import type { LrpOptions } from '../types';
import { gruRules } from './gru';
import { lstmRules } from './lstm';
import { rnnRules } from './rnn';

const ownLoop: RuleEntry = {
  ops: ['Scan', 'Loop'],
  name: 'recurrent',
  rule: (node) => node.inputs.map(() => null),
  refuses: () =>
    'a loop: if it is a recurrent layer, export it as one LSTM, GRU or RNN node, as PyTorch and tf2onnx do, or unrolled, as Keras does with unroll=True',
};

export function recurrentRules(options: LrpOptions): readonly RuleEntry[] {
  return [...lstmRules(options), ...gruRules(options), ...rnnRules(options), ownLoop];
}
