/** The error for a node that no rule covers. */
import { UserError } from '../errors';
import type { Node } from '../graph/types';
import type { RuleSetId } from './types';

export const wayOut = 'use a perturbation method such as occlusion, which needs the forward pass only';
const settle = `write what it depends on into model-blame.json (“fixed” values, “shapes” of inputs), or ${wayOut}`;

/** One sentence with the node, its operator and the way out. */
export function refusalText(node: Node, rules: RuleSetId, reason?: string): string {
  return `${refusalWhat(node, rules, reason)} — node ${node.name} — ${nextFor(node)}`;
}

export function noRule(node: Node, rules: RuleSetId, reason?: string): UserError {
  return new UserError('no-rule', refusalWhat(node, rules, reason), {
    where: `node ${node.name}`,
    next: nextFor(node),
  });
}

const nextFor = (node: Node): string => (node.domain === '' && node.op in control ? settle : wayOut);

const control: Readonly<Record<string, string>> = {
  If: 'which branch runs is only known when the model runs',
  Loop: 'how often it runs is only known when the model runs',
  Scan: 'how often it runs is only known when the model runs',
};

function refusalWhat(node: Node, rules: RuleSetId, given: string | undefined): string {
  const reason = given ?? (node.domain === '' ? control[node.op] : undefined);
  const operator = node.domain === '' ? node.op : `${node.domain}.${node.op}`;
  return `no ${rules} rule for operator ${operator}${reason === undefined ? '' : ` (${reason})`}`;
}
