/** Operators that no rule covers on purpose, with the reason: better refused than explained wrongly. */
import type { RuleEntry } from '../../../types';

const reasons: Readonly<Record<string, string>> = {
  Log: 'not 0 at 0: its value cannot be shared',
  Reciprocal: 'not 0 at 0: its value cannot be shared',
  Acosh: 'not defined at 0',
  Mod: 'not continuous',
  LogSoftmax: 'explain the logits before it',
  ReduceProd: 'a product of many signals',
  ReduceLogSum: 'not 0 at 0: its value cannot be shared',
  ReduceLogSumExp: 'not 0 at 0: its value cannot be shared',
  MeanVarianceNormalization: 'its statistics are over the batch',
  Conv: 'its weights depend on the sample',
  ConvTranspose: 'its weights depend on the sample',
  BatchNormalization: 'its statistics depend on the sample',
  AveragePool: 'more than its input depends on the sample',
  ReduceMean: 'its axes depend on the sample',
  ReduceSum: 'its axes depend on the sample',
  Resize: 'its sizes depend on the sample',
  CumSum: 'its axis depends on the sample',
};

/** Last in the table: linear layers with constant weights have their rule from the composite. */
export const refusedRules: readonly RuleEntry[] = Object.entries(reasons).map(([op, reason]) => ({
  ops: [op],
  name: 'refused',
  rule: (node) => node.inputs.map(() => null),
  refuses: () => `${reason}; choose another method`,
}));
