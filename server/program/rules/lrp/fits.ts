/** Which rules a layer can have. */
import { textOf } from '../../../graph/attributes';
import type { GraphBuilder } from '../../../graph/builder';
import type { Node } from '../../../graph/types';
import { shapeOf } from '../../shapes';
import type { RuleEntry } from '../../types';
import { inputOf, outputOf, table } from '../common';
import { gradientRules } from '../gradient';
import type { Assigned } from './assign';
import type { LinearRule } from './types';

const gradient = table(gradientRules);

/** Rules that need nothing but L and Lᵀ. */
const plain: ReadonlySet<string> = new Set(['zero', 'epsilon', 'norm', 'gradient']);

/** Why a layer cannot have its rule, a few words; null when it can. The transposes are the chain rule's own. */
export function unfitting({ layer: { node, at }, rule, seesInput }: Assigned): NonNullable<RuleEntry['refuses']> {
  return (_node, b, needed) =>
    gradient(node)?.refuses?.(node, b, needed) ?? unfitRule(node, at, rule, seesInput, b) ?? null;
}

function unfitRule(node: Node, at: number, rule: LinearRule, seesInput: boolean, b: GraphBuilder): string | null {
  // What is spread evenly, a bias or ε, needs to know how many inputs a neuron has: interpolation has no such number.
  const spreads = rule.bias === 'redistribute';
  const named = spreads ? `${rule.rule} with bias=redistribute` : rule.rule;
  const way = spreads ? 'bias=absorb, or another rule or composite' : 'another rule or composite';
  const say = (why: string): string => `rule ${named} ${why}; choose ${way}`;
  if (rule.rule === 'box' && !seesInput) return say('is for a layer that sees the input, where bounds are known');
  if (rule.rule === 'pass') {
    const [from, to] = [shapeOf(b, outputOf(node)), shapeOf(b, inputOf(node, at))];
    const same = from?.length === to?.length && from?.every((dim, axis) => dim === to?.[axis]) === true;
    return same ? null : say('needs a layer that keeps its shape');
  }
  if (node.op !== 'Resize') return null;
  switch (textOf(node, 'mode', 'nearest')) {
    case 'nearest':
      return null;
    case 'linear': {
      const even = rule.rule === 'flat' || rule.rule === 'wSquare' || spreads;
      return even ? say('needs equal weights, which linear resizing has not') : null;
    }
    default:
      return plain.has(rule.rule) && !spreads ? null : say('needs weights that are not negative');
  }
}
