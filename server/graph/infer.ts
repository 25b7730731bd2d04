/** Type and shape inference, one entry per operator in `operators/`. */
import type { Node, Tensor, Value, ValueType } from './types';

/** Types of a node's outputs; undefined where the operator cannot say. */
export function inferNode(
  _node: Node,
  _types: ReadonlyMap<Value, ValueType>,
  _constants: ReadonlyMap<Value, Tensor>,
): (ValueType | undefined)[] {
  return [];
}
