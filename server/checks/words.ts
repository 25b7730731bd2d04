/** How checks speak: numbers, bounds, lists of samples. */
import type { CheckSample, Measured } from '../protocol';
import type { Bounds } from '../workspace/checkTypes';
import type { Predicted } from './types';

/** Samples that a message and a result name at most. */
export const MOST_NAMED = 20;
const MOST_IN_MESSAGE = 5;

/** Four digits, without trailing zeros: enough to tell 0.8999 from 0.9. */
export function number(value: number): string {
  return String(Number(value.toFixed(4)));
}

export function keeps(value: number, { atLeast, atMost }: Bounds): boolean {
  return (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost);
}

/** `at least 0.9`, `0.2 to 0.4`. */
export function boundWords({ atLeast, atMost }: Bounds): string {
  if (atLeast !== undefined && atMost !== undefined) return `${number(atLeast)} to ${number(atMost)}`;
  return atLeast === undefined ? `at most ${number(atMost ?? 1)}` : `at least ${number(atLeast)}`;
}

export function measured(what: string, value: number, bounds: Bounds, count: number): Measured {
  return {
    what,
    value,
    atLeast: bounds.atLeast ?? null,
    atMost: bounds.atMost ?? null,
    expected: `${what} ${boundWords(bounds)}`,
    actual: `${what} ${number(value)}`,
    count,
  };
}

/** `spam 0.83, gold ham`. */
export function predictionWords(
  sample: Pick<Predicted, 'class' | 'probability' | 'gold'>,
  labels: readonly string[],
): string {
  const gold = sample.gold === null ? '' : `, gold ${sample.gold.label}`;
  return `${labelOf(sample.class, labels)} ${number(sample.probability)}${gold}`;
}

export function labelOf(index: number, labels: readonly string[]): string {
  return labels[index] ?? `class ${index}`;
}

export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`;
}

/** A sample as a result names it. */
export function named(
  { address, name, line }: Pick<Predicted, 'address' | 'name' | 'line'>,
  detail: string,
): CheckSample {
  return { address, name, line, detail };
}

/** A sentence, and the samples below it, one a line, so that each can be found and clicked. */
export function withSamples(sentence: string, samples: readonly CheckSample[], total = samples.length): string {
  const lines = samples.slice(0, MOST_IN_MESSAGE).map(({ name, detail }) => `  ${name}  ${detail}`);
  const rest = total - lines.length;
  return [sentence, ...lines, ...(rest > 0 ? [`  and ${rest} more`] : [])].join('\n');
}
