import type { Value } from '../../../graph/types';
import type { RuleContext } from '../../types';

const always: ReadonlySet<string> = new Set(['Relu', 'Sigmoid', 'HardSigmoid', 'Softmax', 'Softplus', 'Exp', 'Abs']);
/** Results are ≥ 0 where all their inputs on the way are. */
const keeping: ReadonlySet<string> = new Set([
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'GlobalMaxPool',
  'ReduceMean',
  'ReduceSum',
  'ReduceMax',
  'Identity',
  'Dropout',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Concat',
  'Split',
  'Slice',
  'Add',
  'Sum',
  'Mean',
  'Max',
]);

/** Whether a forward value is known to be ≥ 0 everywhere, by the operators that make it. */
export function isNonNegative(ctx: RuleContext, value: Value, depth = 64): boolean {
  const node = ctx.producer(value);
  if (node === undefined || depth === 0) return false;
  if (always.has(node.op)) return true;
  // Clip of ReLU6 has bounds of its own; only the operator itself can say so, so its inputs decide.
  if (!keeping.has(node.op)) return false;
  const signals = node.inputs.filter((input) => ctx.needed(input));
  const constants = node.inputs.some((input) => input !== '' && !ctx.needed(input));
  if (constants && (node.op === 'Add' || node.op === 'Sum' || node.op === 'Max' || node.op === 'Concat')) return false;
  return signals.every((input) => isNonNegative(ctx, input, depth - 1));
}
