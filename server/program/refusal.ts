/** The error for a node that no rule covers. */
import { UserError } from '../errors';
import type { Node } from '../graph/types';
import type { RuleSetId } from './types';

export const wayOut = 'use a perturbation method such as occlusion, which needs the forward pass only';

/** One sentence with the node, its operator and the way out. */
export function refusalText(node: Node, rules: RuleSetId, reason?: string): string {
  return `${refusalWhat(node, rules, reason)} — node ${node.name} — ${wayOut}`;
}

export function noRule(node: Node, rules: RuleSetId, reason?: string): UserError {
  return new UserError('no-rule', refusalWhat(node, rules, reason), { where: `node ${node.name}`, next: wayOut });
}

function refusalWhat(node: Node, rules: RuleSetId, reason: string | undefined): string {
  const operator = node.domain === '' ? node.op : `${node.domain}.${node.op}`;
  return `no ${rules} rule for operator ${operator}${reason === undefined ? '' : ` (${reason})`}`;
}
