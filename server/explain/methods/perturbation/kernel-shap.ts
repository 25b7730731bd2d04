import { numberParameter } from '../../parameters';
import { newGame, shareOut } from '../../perturbation/game';
import { piecesOf, segmentsParameter } from '../../perturbation/pieces';
import { found } from '../../perturbation/result';
import { EXACT, exactShapley, kernelShap as regression } from '../../perturbation/shapley';
import { newMeter } from '../../runs';
import type { Method } from '../../types';
import type { Warning } from '../../../protocol';

/**
 * Kernel SHAP (Lundberg, Lee 2017): Shapley values of the game in which a coalition of pieces keeps the sample's values
 * and the others get the baseline's. Up to ten pieces exactly, by all coalitions.
 */
export const kernelShap: Method = {
  info: {
    id: 'kernel-shap',
    name: 'Kernel SHAP',
    family: 'perturbation',
    formula: 'argmin_φ Σ_z π(z) (v(z) − v(∅) − z·φ)²  with  Σ φ = S(x) − S(x′),  π = (d − 1) / (C(d, s) s (d − s))',
    means:
      'What each piece adds to the score on average over all orders in which pieces could come back: its Shapley value.',
    needs: 'Forward passes only, so it works for every model that runs; a baseline to replace with.',
    misleads:
      'Coalitions mix pieces of the sample with the baseline: inputs the model has never seen. With more than ten pieces the values are drawn, and have errors (listed).',
    axioms: ['completeness', 'sensitivity (b, null player)', 'linearity', 'symmetry', 'implementation invariance'],
    cost: '2·d + 2048 forward for d pieces; 2^d up to d = 10',
    papers: ['Lundberg, Lee 2017, arXiv:1705.07874', 'Covert, Lee 2021, arXiv:2012.01536', 'Shapley 1953'],
    usesBaseline: true,
    parameters: [
      {
        name: 'samples',
        type: 'integer',
        default: 0,
        minimum: 0,
        maximum: 1_000_000,
        description: 'Coalitions; 0: 2·d + 2048 for d pieces',
      },
      segmentsParameter,
      {
        name: 'early',
        type: 'boolean',
        default: false,
        description: 'Stop once the order of the five strongest pieces no longer changes',
      },
      { name: 'seed', type: 'integer', default: 0, description: 'Seed of the coalitions that are drawn' },
    ],
  },
  batches: true,
  exports: 'forward',
  unfit: () => null,
  async run(context) {
    const { parameters } = context;
    const meter = newMeter();
    const { all, warnings } = piecesOf(context);
    const samples = numberParameter(parameters, 'samples') || 2 * all.length + 2048;
    const isExact = all.length <= EXACT;
    const game = await newGame(context, meter, all, 1 + (isExact ? 2 ** all.length - 2 : samples));
    const { values, errors, spared } = isExact
      ? await exactShapley(game)
      : await regression(game, samples, numberParameter(parameters, 'seed'), parameters['early'] === true);
    return found(context, meter, {
      pieces: all,
      values,
      errors,
      ...shareOut(game),
      warnings: [...warnings, ...stopped(spared ?? 0, samples)],
    });
  },
};

function stopped(spared: number, samples: number): Warning[] {
  if (spared === 0) return [];
  return [
    {
      code: 'stopped-early',
      message: `The order of the strongest pieces had settled: ${spared} of ${samples} coalitions were not needed.`,
      action: { title: 'Use all', parameters: { early: false } },
    },
  ];
}
