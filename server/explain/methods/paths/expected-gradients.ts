import { meanOf, outcome, zeroElements } from '../../outcome';
import { numberParameter } from '../../parameters';
import { uniform } from '../../../random';
import { floats } from '../../rows';
import { chunks, newMeter } from '../../runs';
import { referencesOf } from '../../references';
import { onLine, slopesAt } from '../../slopes';
import type { Accounting, Warning } from '../../../protocol';
import type { Method } from '../../types';
import { needsGradient } from '../unfit';

/**
 * Expected gradients (Erion et al. 2021): `R_i = E[(x_i − x′_i) ∂S/∂x_i(x′ + α(x − x′))]` over samples x′ of a dataset
 * and α ~ U(0, 1), estimated from one stratified α per draw. Not an average of integrated gradients, which would
 * spend many nodes on each x′.
 */
export const expectedGradients: Method = {
  info: {
    id: 'expected-gradients',
    name: 'Expected gradients',
    family: 'path',
    formula: 'R_i = 1/n · Σ_k (x_i − x′_ki) · ∂S/∂x_i(x′_k + α_k (x − x′_k)),  α_k ~ U((k − 1)/n, k/n)',
    means:
      'Integrated gradients with the samples of a dataset as baselines: what sets this sample apart from what the model usually sees.',
    needs: 'A differentiable model and a dataset (or several baselines).',
    misleads:
      'A Monte Carlo estimate: the accounting shows its sampling error, more draws shrink it. It explains against the dataset it was given; another mixture of samples, another answer.',
    axioms: ['completeness (in the mean)', 'linearity', 'symmetry', 'sensitivity (b)', 'implementation invariance'],
    cost: 'n forward + n backward, n forward for the dataset (n = 100)',
    papers: ['Erion et al. 2021, arXiv:1906.10670', 'Sundararajan, Taly, Yan 2017, arXiv:1703.01365'],
    usesBaseline: true,
    population: 100,
    populationWhen: { parameter: 'references', values: ['dataset'] },
    parameters: [
      {
        name: 'references',
        type: 'choice',
        default: 'dataset',
        choices: ['dataset', 'baselines'],
        description: 'Compare with samples of the model’s dataset, or with the baselines (noise: several)',
      },
      {
        name: 'draws',
        type: 'integer',
        default: 100,
        minimum: 1,
        maximum: 100000,
        description: 'Pairs of a baseline and a place α between it and the sample, n',
      },
      { name: 'seed', type: 'integer', default: 0, description: 'Seed of the places' },
    ],
  },
  batches: true,
  exports: { because: 'it draws points between the sample and samples of a dataset' },
  unfit: needsGradient,
  async run(context) {
    const meter = newMeter();
    const references = await referencesOf(context, meter);
    const draws = numberParameter(context.parameters, 'draws');
    const alphas = stratified(draws, numberParameter(context.parameters, 'seed'));
    const pairs = alphas.map((alpha, k) => ({
      alpha,
      reference: references[k % references.length] as (typeof references)[number],
    }));
    const elements = zeroElements(context);
    const errors: number[] = [];
    let done = 0;
    for (const chunk of chunks(pairs, context.chunk)) {
      context.progress(done, draws, 'Gradients between the samples');
      const slopes = await slopesAt(
        context,
        meter,
        chunk.map(({ alpha, reference }) => onLine(context, reference.entries, alpha)),
      );
      for (const [k, { gradient }] of slopes.entries()) {
        const { reference } = chunk[k] as (typeof chunk)[number];
        let sum = 0;
        for (const [entry, total] of Object.entries(elements)) {
          const [from, to] = [floats(reference.entries[entry], entry), floats(context.sample.entries[entry], entry)];
          const g = gradient[entry] as Float32Array;
          for (let i = 0; i < total.length; i += 1) {
            const part = ((to[i] as number) - (from[i] as number)) * (g[i] as number);
            total[i] = (total[i] as number) + part / draws;
            sum += part;
          }
        }
        errors.push(sum + reference.score);
      }
      done += chunk.length;
    }
    const baselineScore = meanOf(pairs.map(({ reference }) => reference.score));
    const result = outcome(context, meter, elements, { baselineScore });
    return { ...result, warnings: [...result.warnings, ...sampling(result.accounting, errors)] };
  },
};

/** One uniform number in each of n equal strata of (0, 1), in random order. */
export function stratified(n: number, seed: number): number[] {
  const next = uniform(seed);
  const alphas = Array.from({ length: n }, (_, k) => (k + next()) / n);
  for (let k = n - 1; k > 0; k -= 1) {
    const other = Math.floor(next() * (k + 1));
    [alphas[k], alphas[other]] = [alphas[other] as number, alphas[k] as number];
  }
  return alphas;
}

/** @param sums Σ_i of each draw's relevance + S(x′): S(x) in the mean. */
function sampling({ expected = 0, residual = 0 }: Accounting, sums: readonly number[]): Warning[] {
  const mean = meanOf(sums);
  const variance = sums.reduce((total, sum) => total + (sum - mean) ** 2, 0) / Math.max(1, sums.length - 1);
  const error = Math.sqrt(variance / sums.length);
  if (Math.max(error, Math.abs(residual)) <= 0.1 * Math.abs(expected)) return [];
  return [
    {
      code: 'sampling-error',
      message: `A sample of ${sums.length} draws: the sum is known to ± ${error.toPrecision(2)} (expected ${expected.toPrecision(3)}).`,
      action: { title: `${4 * sums.length} draws`, parameters: { draws: 4 * sums.length } },
    },
  ];
}
