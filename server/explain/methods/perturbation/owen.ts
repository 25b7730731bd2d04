import { numberParameter } from '../../parameters';
import { newGame, shareOut } from '../../perturbation/game';
import type { Piece } from '../../perturbation/pieces';
import { found } from '../../perturbation/result';
import { halves } from '../../perturbation/halves';
import { owenValues } from '../../perturbation/owen-values';
import { newMeter } from '../../runs';
import type { Method } from '../../types';

/**
 * Owen values over a hierarchy of halves (Owen 1977; the game of SHAP's partition explainer): a text or row is halved
 * and halved again, a picture across its longer side. Deterministic.
 */
export const owen: Method = {
  info: {
    id: 'owen',
    name: 'Owen values',
    family: 'perturbation',
    formula:
      'φ of a half = ½ [v(Q ∪ A) − v(Q)] + ½ [v(Q ∪ A ∪ B) − v(Q ∪ B)], A and B the halves, on down to single pieces',
    means:
      'Shapley values of halves, then of their halves: neighbours stand or fall together, so that phrases and regions are credited as wholes.',
    needs: 'Forward passes only, so it works for every model that runs; a baseline to replace with.',
    misleads:
      'What is no neighbour is never tried together but for whole halves. Where the budget ends, a part’s value is spread evenly over what is in it.',
    axioms: ['completeness', 'sensitivity (b, null player)', 'linearity', 'implementation invariance'],
    cost: 'forward passes up to the budget (500)',
    papers: ['Owen 1977, doi:10.1007/978-3-642-45494-3_7', 'Lundberg, Lee 2017, arXiv:1705.07874'],
    usesBaseline: true,
    parameters: [
      {
        name: 'budget',
        type: 'integer',
        default: 500,
        minimum: 2,
        maximum: 10_000_000,
        description: 'Evaluations; where they end, what is left is spread evenly',
      },
    ],
  },
  batches: true,
  exports: 'forward',
  unfit: () => null,
  async run(context) {
    const { sample, parameters } = context;
    const meter = newMeter();
    const budget = numberParameter(parameters, 'budget');
    const free = Array.from({ length: sample.count }, (_, i) => i).filter((feature) => !sample.fixed.has(feature));
    const pieces: readonly Piece[] = free.map((feature) => [feature]);
    const game = await newGame(context, meter, pieces, budget);
    const grid = sample.grid ?? { width: free.length, height: 1 };
    const { values, left } = await owenValues(game, halves(grid), budget - 1);
    return found(context, meter, {
      pieces,
      values,
      ...shareOut(game),
      warnings:
        left === 0
          ? []
          : [
              {
                code: 'budget-ended',
                message: `The budget of ${budget} evaluations ended before every part was taken apart: what is left is spread evenly within its parts.`,
                action: { title: 'Four times as many', parameters: { budget: 4 * budget } },
              },
            ],
    });
  },
};
