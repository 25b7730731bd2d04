/**
 * Rules of linear layers from their formulas: loops over neurons and their inputs, in float64. A layer is a list of
 * neurons, each with the inputs it really has (padding is none) and their weights; nothing of the program is used.
 */
import type { LinearRule } from '../../../../server/program/rules/lrp/types';

export interface Link {
  /** Index of the input, flattened, without the batch. */
  readonly j: number;
  readonly w: number;
}

export interface Neuron {
  readonly links: readonly Link[];
  readonly bias: number;
}

export interface Bounds {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

const plus = (x: number): number => Math.max(x, 0);
const minus = (x: number): number => Math.min(x, 0);
const sum = (list: readonly number[]): number => list.reduce((total, x) => total + x, 0);
/** r / z, 0 where z is 0. */
const over = (r: number, z: number): number => (z === 0 ? 0 : r / z);

/** Outputs of the layer for one sample. */
export function forward(neurons: readonly Neuron[], a: readonly number[]): number[] {
  return neurons.map(({ links, bias }) => sum(links.map(({ j, w }) => a[j]! * w)) + bias);
}

/** Relevance of the inputs of one sample. */
export function relevance(
  neurons: readonly Neuron[],
  a: readonly number[],
  r: readonly number[],
  rule: LinearRule,
  bounds: Bounds,
): number[] {
  const result = a.map(() => 0);
  const counted = neurons.map((neuron) => (rule.bias === 'ignore' ? { ...neuron, bias: 0 } : neuron));
  const outputs = forward(counted, a);
  const rms = Math.sqrt(sum(outputs.map((z) => z * z)) / outputs.length);
  const epsilon = rule.rule === 'zero' ? 0 : (rule.epsilon ?? 1e-6) * (rule.relative === true ? rms : 1);
  counted.forEach((neuron, k) => {
    for (const { j, w } of neuron.links)
      result[j]! += share({ neuron, a, z: outputs[k]!, epsilon, bounds }, rule, j, w) * r[k]!;
  });
  return result;
}

interface At {
  readonly neuron: Neuron;
  readonly a: readonly number[];
  readonly z: number;
  readonly epsilon: number;
  readonly bounds: Bounds;
}

/** What input j gets of one unit of relevance of neuron k. */
function share({ neuron: { links, bias }, a, z, epsilon, bounds }: At, rule: LinearRule, j: number, w: number): number {
  const products = links.map((link) => a[link.j]! * link.w);
  const own = a[j]! * w;
  switch (rule.rule) {
    case 'zero':
    case 'epsilon':
    case 'norm': {
      const stabiliser = z >= 0 ? epsilon : -epsilon;
      const extra = rule.bias === 'redistribute' ? (bias + stabiliser) / links.length : 0;
      return over(own + extra, z + stabiliser);
    }
    case 'gamma': {
      const gamma = rule.gamma ?? 0.25;
      const part = z >= 0 ? plus : minus;
      return over(own + gamma * part(own), z + gamma * (sum(products.map(part)) + part(bias)));
    }
    case 'alphaBeta':
    case 'zPlus': {
      const [alpha, beta] = rule.rule === 'zPlus' ? [1, 0] : [rule.alpha ?? 2, rule.beta ?? 1];
      const positive = over(plus(own), sum(products.map(plus)) + plus(bias));
      const negative = over(minus(own), sum(products.map(minus)) + minus(bias));
      return alpha * positive - beta * negative;
    }
    case 'wSquare':
      return over(w * w, sum(links.map((link) => link.w * link.w)) + (rule.countBias === true ? bias * bias : 0));
    case 'flat':
      return 1 / links.length;
    case 'box': {
      const { low, high } = bounds;
      const term = (at: number, weight: number): number =>
        a[at]! * weight - low[at]! * plus(weight) - high[at]! * minus(weight);
      return over(term(j, w), sum(links.map((link) => term(link.j, link.w))));
    }
    case 'gradient':
      return w;
    case 'pass':
      throw new Error('pass has no formula over neurons');
  }
}
