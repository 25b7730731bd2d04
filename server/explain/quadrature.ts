/** Rules for ∫₀¹ along the path: nodes α and weights that sum to 1. */

export interface Quadrature {
  readonly alphas: readonly number[];
  readonly weights: readonly number[];
}

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

/** Centres of n equal intervals. */
export function midpoint(n: number): Quadrature {
  return { alphas: times(n, (k) => (k + 0.5) / n), weights: times(n, () => 1 / n) };
}

/** α = 1/n … 1: what the first published code of integrated gradients computes (n = 50 there). */
export function rightRiemann(n: number): Quadrature {
  return { alphas: times(n, (k) => (k + 1) / n), weights: times(n, () => 1 / n) };
}

/** n points with both ends, the ends at half weight. One point is the midpoint. */
export function trapezoid(n: number): Quadrature {
  if (n === 1) return midpoint(1);
  const h = 1 / (n - 1);
  return { alphas: times(n, (k) => k * h), weights: times(n, (k) => (k === 0 || k === n - 1 ? h / 2 : h)) };
}

/** Plain mean over n points with both ends, as some published code has it. First order only: for comparison. */
export function endpointMean(n: number): Quadrature {
  if (n === 1) return midpoint(1);
  return { alphas: times(n, (k) => k / (n - 1)), weights: times(n, () => 1 / n) };
}

/** Gauss–Legendre on [0, 1]: roots of Pₙ by Newton's method from Chebyshev guesses. */
export function gaussLegendre(n: number): Quadrature {
  const nodes = times(n, (k) => {
    let x = Math.cos((Math.PI * (n - k - 0.25)) / (n + 0.5));
    let slope = 1;
    for (let turn = 0; turn < 100; turn += 1) {
      let [before, value] = [1, x];
      for (let degree = 2; degree <= n; degree += 1)
        [before, value] = [value, ((2 * degree - 1) * x * value - (degree - 1) * before) / degree];
      slope = (n * (x * value - before)) / (x * x - 1);
      const step = value / slope;
      x -= step;
      if (Math.abs(step) < 1e-15) break;
    }
    return { alpha: (x + 1) / 2, weight: 1 / ((1 - x * x) * slope * slope) };
  });
  return { alphas: nodes.map((node) => node.alpha), weights: nodes.map((node) => node.weight) };
}

/** Share of nodes spread evenly, whatever the probes say: a flat stretch may still hide a bend. */
const UNIFORM_SHARE = 0.1;

/**
 * Nodes placed where S moves: density ∝ √|ΔS| between the probes, 10 % of it uniform, midpoint in each interval
 * (after Bhat and Raychowdhury 2023).
 * @param alphas Probed α in ascending order, 0 and 1 included.
 * @param scores S at those α.
 * @param n Number of nodes.
 */
export function placed(alphas: readonly number[], scores: readonly number[], n: number): Quadrature {
  const widths = alphas.slice(1).map((alpha, i) => alpha - (alphas[i] as number));
  const moves = scores.slice(1).map((score, i) => Math.sqrt(Math.abs(score - (scores[i] as number))));
  const total = moves.reduce((sum, move) => sum + move, 0);
  if (total === 0) return midpoint(n);
  const mass = moves.map((move, i) => ((1 - UNIFORM_SHARE) * move) / total + UNIFORM_SHARE * (widths[i] as number));
  const edges: number[] = [0];
  let [interval, gathered] = [0, 0];
  for (let k = 1; k < n; k += 1) {
    while (interval < mass.length - 1 && gathered + (mass[interval] as number) < k / n) {
      gathered += mass[interval] as number;
      interval += 1;
    }
    const within = (k / n - gathered) / (mass[interval] as number);
    edges.push((alphas[interval] as number) + within * (widths[interval] as number));
  }
  edges.push(1);
  return {
    alphas: times(n, (k) => ((edges[k] as number) + (edges[k + 1] as number)) / 2),
    weights: times(n, (k) => (edges[k + 1] as number) - (edges[k] as number)),
  };
}
