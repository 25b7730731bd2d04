/**
 * Trigger rules: for each predicted class a short list of conditions under which it is predicted, found by sequential
 * covering. A rule is grown condition by condition while its weighted relative accuracy
 * p(covered) · (p(class | covered) − p(class)) rises (Lavrač, Flach, Zupan 1999). Only inputs that carry the class count:
 * what merely goes along with it triggers nothing.
 */
import { conditionsOf } from './conditions';
import { begin, end } from './rows';
import { isWrong } from './clusters';
import type { RuleCondition, TriggerRule } from '../protocol';
import type { Condition } from './conditions';
import type { Explained } from './types';

/** Share of a sample's |relevance| that a condition's features carry at least, on average. */
const LEAST_RELEVANCE = 0.02;
const RULES = 6;
const CONDITIONS = 3;
/** Another condition has to raise the accuracy by this much, or the rule only grows longer. */
const LEAST_GAIN = 1.02;
/** A rule has to do this much better than always saying the class. */
const LEAST_LIFT = 1.1;
const FEWEST_SHARE = 0.01;
const FEWEST = 5;
const SAMPLES = 50;

interface Grown {
  readonly parts: readonly Condition[];
  readonly holds: Uint8Array;
  readonly score: number;
}

/** Rules for every class that is predicted, class by class, each class's in the order they were found. */
export function triggerRules(explained: Explained, only: number | null): TriggerRule[] {
  const { predicted, classes } = explained;
  const count = predicted.length;
  const fewest = Math.max(FEWEST, Math.ceil(FEWEST_SHARE * count));
  const conditions = conditionsOf(explained, fewest);
  const found: TriggerRule[] = [];
  for (let own = 0; own < classes; own += 1) {
    if (only !== null && only !== own) continue;
    const size = predicted.reduce((sum, one) => sum + (one === own ? 1 : 0), 0);
    if (size === 0 || size === count) continue;
    const used = conditions.filter(carries(explained, own));
    const left = new Uint8Array(count).fill(1);
    for (let turn = 0; turn < RULES; turn += 1) {
      const rule = grow(used, (holds) => accuracy(holds, predicted, own, left, fewest));
      if (rule === null) break;
      const report = reportOf(explained, rule, own, size);
      if (report.precision < LEAST_LIFT * report.prior) break;
      found.push(report);
      // The others of the class are what the next rule is about.
      rule.holds.forEach((one, sample) => {
        if (one === 1 && predicted[sample] === own) left[sample] = 0;
      });
    }
  }
  return found;
}

/** Whether the features of a condition speak for the class where it holds and the class is predicted. */
function carries(explained: Explained, own: number): (condition: Condition) => boolean {
  const { predicted, relevance } = explained;
  const shares = new Map<number, { readonly rows: number[]; readonly values: number[] }>();
  for (let row = 0; row < relevance.count; row += 1) {
    if (predicted[row] !== own) continue;
    let all = 0;
    for (let i = begin(relevance, row); i < end(relevance, row); i += 1) all += Math.abs(relevance.values[i] as number);
    if (all === 0) continue;
    for (let i = begin(relevance, row); i < end(relevance, row); i += 1) {
      const feature = relevance.columns[i] as number;
      const known = shares.get(feature) ?? { rows: [], values: [] };
      known.rows.push(row);
      known.values.push((relevance.values[i] as number) / all);
      shares.set(feature, known);
    }
  }
  return ({ holds, features }) => {
    let [sum, hits] = [0, 0];
    predicted.forEach((is, row) => (hits += is === own && holds[row] === 1 ? 1 : 0));
    for (const feature of features) {
      const known = shares.get(feature);
      known?.rows.forEach((row, i) => (sum += holds[row] === 1 ? (known.values[i] as number) : 0));
    }
    return hits > 0 && sum / hits >= LEAST_RELEVANCE;
  };
}

/** The best conjunction over the samples that are left; null where nothing is better than no rule. */
function grow(
  conditions: readonly Condition[],
  score: (holds: Uint8Array) => number,
  from: Grown | null = null,
): Grown | null {
  if ((from?.parts.length ?? 0) === CONDITIONS) return from;
  let best: Grown | null = null;
  for (const condition of conditions) {
    if (from?.parts.includes(condition) === true) continue;
    const holds = from === null ? condition.holds : condition.holds.map((one, i) => one & (from.holds[i] as number));
    const own = score(holds);
    if (own > Math.max((best?.score ?? 0) * (1 + 1e-9), (from?.score ?? 0) * LEAST_GAIN))
      best = { parts: [...(from?.parts ?? []), condition], holds, score: own };
  }
  return best === null ? from : grow(conditions, score, best);
}

/** Weighted relative accuracy over the samples left; −∞ for too few of the class. */
function accuracy(holds: Uint8Array, predicted: Int32Array, own: number, left: Uint8Array, fewest: number): number {
  let [all, ofClass, covered, hits] = [0, 0, 0, 0];
  for (let i = 0; i < holds.length; i += 1) {
    if (left[i] === 0) continue;
    const is = predicted[i] === own ? 1 : 0;
    all += 1;
    ofClass += is;
    if (holds[i] === 0) continue;
    covered += 1;
    hits += is;
  }
  if (hits < fewest || covered === 0) return -Infinity;
  return (covered / all) * (hits / covered - ofClass / all);
}

function reportOf(explained: Explained, { parts, holds }: Grown, own: number, size: number): TriggerRule {
  const { predicted, relevance } = explained;
  const covered = Array.from(holds.keys()).filter((sample) => holds[sample] === 1);
  const hits = covered.filter((sample) => predicted[sample] === own);
  const named = new Set(parts.flatMap(({ features }) => features));
  const carried = (sample: number): number => {
    let sum = 0;
    for (let i = begin(relevance, sample); i < end(relevance, sample); i += 1)
      if (named.has(relevance.columns[i] as number)) sum += relevance.values[i] as number;
    return sum;
  };
  const sums = new Map(hits.map((sample) => [sample, carried(sample)]));
  return {
    class: own,
    conditions: joined(parts.map(({ shown }) => shown)),
    support: covered.length,
    precision: hits.length / covered.length,
    prior: size / predicted.length,
    recall: hits.length / size,
    wrong: hits.filter((sample) => isWrong(explained, sample)).length,
    relevance: [...sums.values()].reduce((sum, value) => sum + value, 0) / Math.max(1, hits.length),
    samples: hits.sort((a, b) => (sums.get(b) ?? 0) - (sums.get(a) ?? 0) || a - b).slice(0, SAMPLES),
  };
}

/** Several bounds of one column (or region) as one range. */
export function joined(conditions: readonly RuleCondition[]): RuleCondition[] {
  const result: RuleCondition[] = [];
  for (const condition of conditions) {
    const key = keyOf(condition);
    const at = key === null ? -1 : result.findIndex((one) => keyOf(one) === key);
    const before = result[at];
    if (before === undefined || !('low' in before) || !('low' in condition)) result.push(condition);
    else result[at] = { ...before, low: most(before.low, condition.low), high: least(before.high, condition.high) };
  }
  return result;
}

function keyOf(condition: RuleCondition): string | null {
  if (condition.kind === 'range') return `range ${condition.column}`;
  return condition.kind === 'brightness' ? `region ${JSON.stringify(condition.region)}` : null;
}

const most = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.max(a, b));
const least = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.min(a, b));
