/** The books of a relevance pass as rows of a chart. Pure. */
import type { NodeBalance } from '../../server/protocol/explanation';
import { percent, significant } from '../../server/render/numbers';

/** Less than this share of the largest sum is rounding, not a leak. */
const rounding = 1e-5;

/** What stays behind at a node, by cause, in words. */
export const causes: Readonly<Record<string, string>> = {
  bias: 'bias',
  stabiliser: 'stabiliser ε',
  softmax: 'softmax',
  activation: 'activation',
  constant: 'constant',
  state: 'first state',
};

export interface Scale {
  readonly low: number;
  readonly high: number;
}

/** The positive part of what went on; the negative one is `balance.negative`. */
export function positivePart({ passedOn, negative }: NodeBalance): number {
  return passedOn - negative;
}

/** One scale for all nodes, 0 inside. */
export function scaleOf(balances: readonly NodeBalance[]): Scale {
  const values = balances.flatMap((balance) => [
    balance.arrived,
    balance.passedOn,
    positivePart(balance),
    balance.negative,
  ]);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  return high > low ? { low, high } : { low, high: low + 1 };
}

/** A bar from 0 to a value, in percent of the track. */
export function barOf(value: number, { low, high }: Scale): { readonly left: number; readonly width: number } {
  const at = (x: number): number => (100 * (x - low)) / (high - low);
  const [from, to] = value < 0 ? [at(value), at(0)] : [at(0), at(value)];
  return { left: from, width: to - from };
}

export function leakOf({ absorbed }: NodeBalance): number {
  return Object.values(absorbed).reduce((sum, amount) => sum + Math.abs(amount), 0);
}

/** Nodes where something stays behind. */
export function leaks(balances: readonly NodeBalance[]): readonly NodeBalance[] {
  const largest = Math.max(0, ...balances.map(({ arrived }) => Math.abs(arrived)));
  return balances.filter((balance) => leakOf(balance) > rounding * largest);
}

/** `bias 0.12, stabiliser ε 0.003`; empty where everything went on. */
export function absorbedWords({ absorbed }: NodeBalance): string {
  return Object.entries(absorbed)
    .filter(([, amount]) => amount !== 0)
    .sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))
    .map(([cause, amount]) => `${causes[cause] ?? cause} ${significant(amount, 2)}`)
    .join(', ');
}

/** Everything about one node in a sentence: for the read-out and for screen readers. */
export function balanceWords(balance: NodeBalance): string {
  const { op, rule, arrived, passedOn, negative } = balance;
  const stayed = absorbedWords(balance);
  return [
    `${op} by ${rule}: ${significant(arrived)} arrived, ${significant(passedOn)} went on`,
    negative < 0 ? ` (${significant(positivePart(balance))} positive, ${significant(negative)} negative)` : '',
    stayed === '' ? '' : `; stayed: ${stayed}`,
  ].join('');
}

/** What the whole pass did, in one sentence. */
export function summary(balances: readonly NodeBalance[]): string {
  const first = balances[0];
  if (first === undefined) return 'The pass has no nodes.';
  const totals = new Map<string, number>();
  for (const { absorbed } of balances)
    for (const [cause, amount] of Object.entries(absorbed)) totals.set(cause, (totals.get(cause) ?? 0) + amount);
  const parts = [...totals]
    .filter(([, amount]) => Math.abs(amount) > rounding * Math.abs(first.arrived))
    .sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))
    .map(([cause, amount]) => `${causes[cause] ?? cause} ${significant(amount, 2)}${shareOf(amount, first.arrived)}`);
  const positive = balances.every(({ negative }) => negative === 0);
  const sign = positive ? 'No node handed on negative relevance.' : 'The hatched parts are negative relevance.';
  return parts.length === 0
    ? `Nothing stayed behind in ${balances.length} nodes. ${sign}`
    : `Stayed behind in ${leaks(balances).length} of ${balances.length} nodes: ${parts.join(', ')}. ${sign}`;
}

function shareOf(amount: number, whole: number): string {
  return whole === 0 ? '' : ` (${percent(amount / whole)})`;
}
