/** Operators without a multiplier here, with the reason. */
import type { RuleEntry } from '../../types';

const refused = (reason: string, ...ops: string[]): RuleEntry => ({
  ops,
  rule: () => {
    throw new Error(reason);
  },
  refuses: () => reason,
});

export const refusedRules: readonly RuleEntry[] = [
  refused('recurrent: multipliers through time are not defined here', 'LSTM', 'GRU', 'RNN'),
  refused('a norm over windows', 'LpPool', 'GlobalLpPool', 'LpNormalization', 'LRN'),
  refused('an order that depends on the sample', 'TopK'),
  refused('a product of many signals', 'ReduceProd'),
  refused('not a sum, a product or an element-wise function', 'ReduceLogSum', 'Mod'),
];
