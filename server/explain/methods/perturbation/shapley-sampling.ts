import { someOf, uniform } from '../../../random';
import { numberParameter } from '../../parameters';
import { newGame, shareOut } from '../../perturbation/game';
import { piecesOf, segmentsParameter } from '../../perturbation/pieces';
import { found } from '../../perturbation/result';
import { newMeter } from '../../runs';
import type { Method } from '../../types';

/**
 * Shapley values by sampling orders (Castro, Gómez, Tejada 2009): pieces come back one after another, each is credited
 * with what it adds; every order is followed by its reverse (Mitchell et al. 2022).
 */
export const shapleySampling: Method = {
  info: {
    id: 'shapley-sampling',
    name: 'Shapley value sampling',
    family: 'perturbation',
    formula: 'φ_i = mean over orders of S(x with i and all before it) − S(x with all before i)',
    means: 'What each piece adds to the score when pieces come back one by one, on average over drawn orders.',
    needs: 'Forward passes only, so it works for every model that runs; a baseline to replace with.',
    misleads:
      'The mean over few orders has errors (listed). Coalitions mix pieces of the sample with the baseline: inputs the model has never seen.',
    axioms: ['completeness', 'sensitivity (b, null player)', 'linearity', 'implementation invariance'],
    cost: 'n·(d − 1) forward for d pieces and n orders (n = 26)',
    papers: [
      'Castro, Gómez, Tejada 2009, doi:10.1016/j.cor.2008.04.004',
      'Mitchell, Cooper, Frank, Holmes 2022, arXiv:2104.12199',
    ],
    usesBaseline: true,
    parameters: [
      {
        name: 'orders',
        type: 'integer',
        default: 26,
        minimum: 2,
        maximum: 1_000_000,
        description: 'Orders, n; half of them drawn, the others their reverses',
      },
      segmentsParameter,
      { name: 'seed', type: 'integer', default: 0, description: 'Seed of the orders' },
    ],
  },
  batches: true,
  exports: 'forward',
  unfit: () => null,
  async run(context) {
    const meter = newMeter();
    const { all, warnings } = piecesOf(context);
    const d = all.length;
    const pairs = Math.ceil(numberParameter(context.parameters, 'orders') / 2);
    const game = await newGame(context, meter, all, 1 + 2 * pairs * (d - 1));
    const next = uniform(numberParameter(context.parameters, 'seed'));
    const [sums, squares] = [new Float64Array(d), new Float64Array(d)];
    for (let pair = 0; pair < pairs; pair += 1) {
      const order = someOf(d, d, next);
      const means = new Float64Array(d);
      for (const one of [order, [...order].reverse()]) {
        const grown = prefixes(one);
        const scores = [game.empty, ...(await game.scores(grown.slice(1, -1))), game.full];
        one.forEach((piece, at) => {
          means[piece] = (means[piece] as number) + ((scores[at + 1] as number) - (scores[at] as number)) / 2;
        });
      }
      // The two of a pair depend on each other: the pair is what is drawn.
      means.forEach((mean, piece) => {
        sums[piece] = (sums[piece] as number) + mean;
        squares[piece] = (squares[piece] as number) + mean * mean;
      });
    }
    const values = sums.map((sum) => sum / pairs);
    const errors = squares.map((square, i) =>
      Math.sqrt(Math.max(0, square / pairs - (values[i] as number) ** 2) / Math.max(1, pairs - 1)),
    );
    return found(context, meter, {
      pieces: all,
      values,
      errors,
      ...shareOut(game),
      warnings,
    });
  },
};

/** Coalitions of the first 0 … d players of an order. */
function prefixes(order: readonly number[]): Uint8Array[] {
  const all = [new Uint8Array(order.length)];
  for (const player of order) {
    const grown = Uint8Array.from(all.at(-1) as Uint8Array);
    grown[player] = 1;
    all.push(grown);
  }
  return all;
}
