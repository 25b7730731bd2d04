import type { GraphBuilder } from '../../../graph/builder';
import { numbers } from '../../../graph/tensor';
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
export function isNonNegative(b: GraphBuilder, ctx: RuleContext, value: Value, depth = 64): boolean {
  const node = ctx.producer(value);
  if (node === undefined || depth === 0) return false;
  if (always.has(node.op)) return true;
  if (node.op === 'Clip') {
    const [input = '', low = '', high = ''] = node.inputs;
    const bound = (name: Value): number => {
      const tensor = b.constantOf(name);
      return tensor === undefined ? NaN : (numbers(tensor)[0] ?? NaN);
    };
    return bound(low) >= 0 || ((high === '' || bound(high) >= 0) && isNonNegative(b, ctx, input, depth - 1));
  }
  if (!keeping.has(node.op)) return false;
  const signals = node.inputs.filter((input) => ctx.needed(input));
  const constants = node.inputs.some((input) => input !== '' && !ctx.needed(input));
  if (constants && (node.op === 'Add' || node.op === 'Sum' || node.op === 'Max' || node.op === 'Concat')) return false;
  return signals.every((input) => isNonNegative(b, ctx, input, depth - 1));
}
