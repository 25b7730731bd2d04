/** Operators that only choose or move elements: the chain rule's transposes route relevance exactly. */
import type { RuleEntry } from '../../../types';
import { gradientRules } from '../../gradient';

const routing: ReadonlySet<string> = new Set([
  'Identity',
  'Dropout',
  'Cast',
  'QuantizeLinear',
  'DequantizeLinear',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Expand',
  'Tile',
  'DepthToSpace',
  'SpaceToDepth',
  'Concat',
  'Split',
  'Slice',
  'Pad',
  'Gather',
  'GatherElements',
  'GatherND',
  'ScatterElements',
  'ScatterND',
  'Scatter',
  'ReverseSequence',
  'TopK',
  'Trilu',
  'Compress',
  'Where',
  'Max',
  'Min',
  'ReduceMax',
  'ReduceMin',
  'MaxPool',
  'GlobalMaxPool',
  'Unique',
]);

/** The gradient's entries, cut down to the operators that route. */
export const routingRules: readonly RuleEntry[] = gradientRules.flatMap((entry) => {
  const ops = entry.ops.filter((op) => routing.has(op));
  return ops.length === 0 ? [] : [{ ...entry, ops, name: 'route' }];
});
