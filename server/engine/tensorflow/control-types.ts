/** Operators with bodies, which the interpreter runs itself. */
import type { Node } from '../../graph/types';

const operators: readonly string[] = ['Scan', 'If', 'Loop'];

export function controlOf(node: Node): boolean {
  return node.domain === '' && operators.includes(node.op);
}
