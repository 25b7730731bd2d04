/** Where relevance went, node by node, for a terminal. */
import type { NodeBalance } from '../protocol';
import { bold, dim, fit, width } from './ansi';
import { blocks } from './bars';
import { significant } from './numbers';
import type { TerminalStyle } from './terminal';
import { visible } from './text';

/** Causes as people read them. */
const causes: Readonly<Record<string, string>> = {
  bias: 'bias',
  stabiliser: 'ε',
  softmax: 'softmax',
  activation: 'f(0)',
  constant: 'constant',
  state: 'initial state',
  empty: 'nothing to share by',
};

const BAR = 12;
/** A share of what arrived that is rounding, not a loss. */
const ROUNDING = 1e-5;

/** What a node did not hand on and no cause explains. */
export function unexplained({ arrived, passedOn, absorbed }: NodeBalance): number {
  return arrived - passedOn - Object.values(absorbed).reduce((sum, amount) => sum + amount, 0);
}

/**
 * A line per node from the logits to the input: what arrived, what went on, what was lost and why, and the negative
 * part. Nodes that only hand on what they got are counted, not listed. The bar is what went on.
 */
export function conservationText(balances: readonly NodeBalance[], style: TerminalStyle): string {
  const { colour } = style;
  if (balances.length === 0) return 'The method keeps no books of relevance.\n';
  const largest = Math.max(...balances.map(({ passedOn }) => Math.abs(passedOn)), Number.MIN_VALUE);
  const told = balances.filter((balance) => !handsOn(balance));
  const names = told.map(({ node }) => visible(node));
  const column = Math.min(Math.max(...names.map(width), 4), 32);
  const kind = Math.max(...told.map(({ op, rule }) => op.length + rule.length + 3), 4);
  const head = [fit('node', column), fit('rule', kind), 'arrived', 'went on', 'negative'];
  const lines = told.map((balance, index) => {
    const numbers = [balance.arrived, balance.passedOn, balance.negative].map((n) => significant(n).padStart(9));
    const bar = blocks((BAR * Math.abs(balance.passedOn)) / largest).padEnd(BAR);
    const cells = [fit(names[index] ?? '', column), fit(`${balance.op} · ${balance.rule}`, kind), ...numbers, bar];
    return `${cells.join('  ')}  ${lost(balance)}`.trimEnd();
  });
  const quiet = balances.length - told.length;
  return [
    bold(head.map((text, at) => (at > 1 ? text.padStart(9) : text)).join('  '), colour),
    ...lines,
    ...(quiet === 0 ? [] : [dim(`${quiet} more node${quiet === 1 ? '' : 's'} handed on all that arrived`, colour)]),
    '',
  ].join('\n');
}

function handsOn({ arrived, passedOn, absorbed, rule }: NodeBalance): boolean {
  const kept = Math.abs(arrived - passedOn) <= ROUNDING * Math.max(Math.abs(arrived), Math.abs(passedOn));
  return (rule === 'pass' || rule === 'route') && kept && Object.keys(absorbed).length === 0;
}

/** `lost 0.12 bias, 1.2e−7 ε`; nothing where all went on. */
function lost(balance: NodeBalance): string {
  const rest = unexplained(balance);
  const scale = ROUNDING * Math.max(Math.abs(balance.arrived), Math.abs(balance.passedOn));
  const parts = Object.entries(balance.absorbed)
    .filter(([, amount]) => Math.abs(amount) > scale)
    .sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))
    .map(([cause, amount]) => `${significant(amount)} ${causes[cause] ?? cause}`);
  if (Math.abs(rest) > 10 * scale) parts.push(`${significant(rest)} by the rule itself`);
  return parts.length === 0 ? '' : `lost ${parts.join(', ')}`;
}
