/** Which coalitions are scored: all of the most telling sizes, others drawn, each with its complement. */
import { someOf, uniform } from '../../random';
import type { Coalition } from './game';
import { ENUMERATED, GROUPS } from './least-squares';

export interface Plan {
  readonly coalitions: readonly Coalition[];
  /** Shapley kernel of each; those drawn share what the enumerated ones leave, by how often they were drawn. */
  readonly weights: readonly number[];
  readonly groups: readonly number[];
}

/**
 * The plan of Kernel SHAP (Lundberg, Lee 2017) with paired sampling (Covert, Lee 2021, arXiv:2012.01536): sizes s and
 * d − s whose coalitions can all be had are enumerated, from the outside in; the rest of the budget is drawn by size
 * with the kernel's weight `(d − 1) / (s (d − s))`, then evenly within the size.
 * @param budget Coalitions, besides the empty and the full one.
 */
export function planCoalitions(d: number, budget: number, seed: number): Plan {
  const coalitions: Coalition[] = [];
  const weights: number[] = [];
  const groups: number[] = [];
  const sizes = Array.from({ length: Math.floor(d / 2) }, (_, i) => i + 1);
  const isPaired = (size: number): boolean => 2 * size !== d;
  const raw = sizes.map((size) => ((d - 1) / (size * (d - size))) * (isPaired(size) ? 2 : 1));
  const all = raw.reduce((sum, value) => sum + value, 0);
  const masses = raw.map((value) => value / all);
  let left = budget;
  let drawnMass = 1;
  let from = 0;
  for (const size of sizes) {
    const count = choose(d, size) * (isPaired(size) ? 2 : 1);
    const mass = masses[size - 1] as number;
    // Drawing would meet each of them at least once on average.
    if (left * (mass / drawnMass) < count * (1 - 1e-8)) break;
    for (const members of subsets(d, size)) {
      const one = coalition(d, members);
      for (const chosen of isPaired(size) ? [one, complement(one)] : [one]) {
        coalitions.push(chosen);
        weights.push(mass / count);
        groups.push(ENUMERATED);
      }
    }
    left -= count;
    drawnMass -= mass;
    from = size;
  }
  if (from < sizes.length) draw(sizes.slice(from), masses.slice(from));
  return { coalitions, weights, groups };

  function draw(open: readonly number[], mass: readonly number[]): void {
    const next = uniform(seed);
    const known = new Map<string, number>();
    const first = coalitions.length;
    const sum = mass.reduce((total, value) => total + value, 0);
    for (let turn = 0; turn < 4 * budget && left > 0; turn += 1) {
      let at = next() * sum;
      const size = open[
        Math.max(
          0,
          mass.findIndex((value) => (at -= value) < 0),
        )
      ] as number;
      const one = coalition(d, someOf(d, size, next));
      for (const chosen of [one, complement(one)]) {
        const key = Buffer.from(chosen).toString('latin1');
        const index = known.get(key);
        if (index !== undefined) {
          weights[index] = (weights[index] as number) + 1;
          continue;
        }
        known.set(key, coalitions.length);
        coalitions.push(chosen);
        weights.push(1);
        groups.push(turn % GROUPS);
        left -= 1;
      }
    }
    const times = weights.slice(first).reduce((total, value) => total + value, 0);
    for (let i = first; i < weights.length; i += 1) weights[i] = ((weights[i] as number) * sum) / times;
  }
}

export function choose(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= k; i += 1) result = (result * (n - k + i)) / i;
  return result;
}

function coalition(d: number, members: Iterable<number>): Coalition {
  const one = new Uint8Array(d);
  for (const member of members) one[member] = 1;
  return one;
}

const complement = (one: Coalition): Coalition => one.map((value) => 1 - value);

/** All subsets of `size` of 0 … d − 1. */
function* subsets(d: number, size: number, from = 0): Generator<readonly number[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (let first = from; first <= d - size; first += 1)
    for (const rest of subsets(d, size - 1, first + 1)) yield [first, ...rest];
}
