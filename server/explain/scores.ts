/** From logits to probabilities, class scores and the scalar S. Everything in double precision. */
import type { ModelOutput } from '../model/types';
import { quantityName } from '../protocol/explanation';
import type { ClassScore } from '../protocol';
import type { ResolvedTarget } from './types';

/** How the end of the model is read. */
export type Reading = Pick<ModelOutput, 'activation' | 'single' | 'onlyProbabilities' | 'quantities'>;

const sigmoid = (z: number): number => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));

/** log(1 / (1 + exp(−z))) without overflow. */
const logSigmoid = (z: number): number => (z >= 0 ? -Math.log1p(Math.exp(-z)) : z - Math.log1p(Math.exp(z)));

/** log Σ exp, leaving one index out. */
function logSumExp(values: ArrayLike<number>, except = -1): number {
  let top = -Infinity;
  for (let i = 0; i < values.length; i += 1) if (i !== except) top = Math.max(top, values[i] as number);
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) if (i !== except) sum += Math.exp((values[i] as number) - top);
  return top + Math.log(sum);
}

/** log p of every class of one row of logits; one logit f stands for two classes, −f and f. */
function logProbabilities(logits: ArrayLike<number>, reading: Reading): number[] {
  const f = Array.from(logits);
  if (reading.onlyProbabilities) return probabilities(logits, reading).map(Math.log);
  if (reading.single) return [logSigmoid(-(f[0] ?? 0)), logSigmoid(f[0] ?? 0)];
  if (reading.activation === 'sigmoid') return f.map(logSigmoid);
  const norm = logSumExp(f);
  return f.map((value) => value - norm);
}

/**
 * Probability of every class. A model that ends in bare logits is read as softmax, as training code that leaves
 * the softmax to the loss does. Of a regression, whose quantities have no probability, the quantities themselves.
 */
export function probabilities(logits: ArrayLike<number>, reading: Reading): number[] {
  const f = Array.from(logits);
  if (reading.quantities === true) return f;
  if (reading.onlyProbabilities) return reading.single ? [1 - (f[0] ?? 0), f[0] ?? 0] : f;
  if (reading.single) return [sigmoid(-(f[0] ?? 0)), sigmoid(f[0] ?? 0)];
  return logProbabilities(logits, reading).map(Math.exp);
}

/** Number of classes a row of logits speaks of. */
export function classCount(logits: ArrayLike<number>, reading: Reading): number {
  return reading.single ? 2 : logits.length;
}

/** All classes, most likely first; ties in the order of the classes. Quantities in the order of the outputs. */
export function classScores(logits: ArrayLike<number>, reading: Reading, labels: readonly string[]): ClassScore[] {
  if (reading.quantities === true)
    return Array.from(logits, (value, index) => ({
      class: index,
      label: labels[index] ?? quantityName(index, logits.length),
      logit: null,
      probability: null,
      value,
    }));
  const values = reading.single ? [-(logits[0] ?? 0), logits[0] ?? 0] : Array.from(logits);
  return probabilities(logits, reading)
    .map((probability, index) => ({
      class: index,
      label: labelOf(labels, index),
      logit: reading.onlyProbabilities ? null : (values[index] as number),
      probability,
    }))
    .sort((a, b) => b.probability - a.probability || (b.logit ?? 0) - (a.logit ?? 0) || a.class - b.class);
}

export function labelOf(labels: readonly string[], index: number): string {
  return labels[index] ?? `class ${index}`;
}

/** S of one row of logits: the same scalar a Program's `score` gives. */
export function scoreOf(target: ResolvedTarget, logits: ArrayLike<number>, reading: Reading): number {
  const { seed } = target;
  const over = (read: (index: number) => number): number =>
    seed.reduce((sum, weight, i) => (weight === 0 ? sum : sum + weight * read(i)), 0);
  const weighted = (values: ArrayLike<number>): number => over((i) => values[i] as number);
  switch (target.head) {
    case 'linear':
      // One probability has two classes, p and 1 − p: their contrast is ±(2p − 1).
      return weighted(logits) - (reading.single && reading.onlyProbabilities ? (seed[0] ?? 0) / 2 : 0);
    case 'probability':
      if (reading.single) return probabilities(logits, reading)[(seed[0] ?? 0) < 0 ? 0 : 1] ?? 0;
      return weighted(probabilities(logits, reading));
    case 'logProbability':
      if (reading.single) return logProbabilities(logits, reading)[(seed[0] ?? 0) < 0 ? 0 : 1] ?? 0;
      return weighted(logProbabilities(logits, reading));
    case 'contrastToRest': {
      // The log odds: against two classes of one logit f with p = σ(f), that is ±f.
      const [against, own] = logProbabilities(logits, reading);
      if (reading.single) return (seed[0] ?? 0) * ((own ?? 0) - (against ?? 0));
      const f = reading.onlyProbabilities ? logProbabilities(logits, reading) : logits;
      return over((i) => (f[i] as number) - logSumExp(f, i));
    }
  }
}
