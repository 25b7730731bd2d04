import { UserError } from '../../../errors';
import { someOf, uniform } from '../../../random';
import { numberParameter } from '../../parameters';
import { newGame } from '../../perturbation/game';
import type { Coalition } from '../../perturbation/game';
import { localFit } from '../../perturbation/local-fit';
import { piecesOf, segmentsParameter } from '../../perturbation/pieces';
import { found } from '../../perturbation/result';
import { newMeter } from '../../runs';
import type { Method, MethodContext } from '../../types';
import type { Warning } from '../../../protocol';

/**
 * LIME (Ribeiro, Singh, Guestrin 2016): a sparse linear model of the score over which pieces are there, fitted around
 * the sample. Pieces that are taken away get the baseline's values.
 */
export const lime: Method = {
  info: {
    id: 'lime',
    name: 'LIME',
    family: 'perturbation',
    formula: 'w = argmin Σ_z π(z) (S(x_z) − w₀ − w·z)² over the K strongest pieces,  π = √exp(−D(z)²/σ²)',
    means: 'What a straight line through the scores of randomly thinned copies of the sample says of each piece.',
    needs: 'Forward passes only, so it works for every model that runs; a baseline to replace with.',
    misleads:
      'A line through a score that is none: R² says how well it fits, and the result depends on the width σ (a warning says where another width names another strongest piece). Drawn copies differ from seed to seed (errors are listed).',
    axioms: ['linearity', 'symmetry (in expectation)', 'implementation invariance'],
    cost: '1000 forward',
    papers: ['Ribeiro, Singh, Guestrin 2016, arXiv:1602.04938'],
    usesBaseline: true,
    parameters: [
      {
        name: 'samples',
        type: 'integer',
        default: 1000,
        minimum: 32,
        maximum: 1_000_000,
        description: 'Thinned copies, the sample itself included',
      },
      {
        name: 'pieces',
        type: 'integer',
        default: 10,
        minimum: 0,
        maximum: 100_000,
        description: 'Pieces in the linear model, K; 0: all',
      },
      {
        name: 'width',
        type: 'number',
        default: 0,
        minimum: 0,
        description:
          'σ of the kernel; 0: 25 for words (D is 100 times the cosine distance), 0.25 for pictures (cosine distance), 0.75·√d for columns (D is √ of the columns taken away)',
      },
      segmentsParameter,
      { name: 'seed', type: 'integer', default: 0, description: 'Seed of the copies' },
    ],
  },
  batches: true,
  exports: 'forward',
  unfit: () => null,
  settle({ parameters, sample, model }) {
    const kind = kindOf(sample, model);
    const width = numberParameter(parameters, 'width') || widthOf(kind, sample.count - sample.fixed.size);
    return { ...parameters, width };
  },
  async run(context) {
    const { parameters } = context;
    const meter = newMeter();
    const { all, warnings } = piecesOf(context);
    const samples = numberParameter(parameters, 'samples');
    const kind = kindOf(context.sample, context.model);
    const width = numberParameter(parameters, 'width');
    const most = numberParameter(parameters, 'pieces') || all.length;
    const game = await newGame(context, meter, all, samples);
    const copies = copiesOf(kind, all.length, samples - 1, numberParameter(parameters, 'seed'));
    const coalitions = [new Uint8Array(all.length).fill(1), ...copies];
    const scores = Float64Array.of(game.full, ...(await game.scores(copies)));
    const fit = (sigma: number) => {
      const kernel = coalitions.map((one) => Math.sqrt(Math.exp(-(distance(kind, one) ** 2) / sigma ** 2)));
      return localFit(coalitions, scores, kernel, most);
    };
    const result = fit(width);
    if (result === null)
      throw new UserError('too-few-samples', `${samples} copies do not settle the weights of ${most} pieces`, {
        next: 'ask for more (--option samples=…), a wider kernel (width) or fewer pieces',
      });
    const others = [width / 2, 2 * width].map((sigma) => ({ sigma, values: fit(sigma)?.values ?? null }));
    return found(context, meter, {
      ...result,
      pieces: all,
      score: game.full,
      baselineScore: game.empty,
      warnings: [...warnings, ...hangsOnWidth(width, result.values, others), ...poor(result.fit)],
    });
  },
};

type Kind = 'words' | 'picture' | 'columns';

function kindOf({ grid }: MethodContext['sample'], { entries }: MethodContext['model']): Kind {
  if (grid !== null) return 'picture';
  return entries.some(({ kind }) => kind === 'embedding') ? 'words' : 'columns';
}

function widthOf(kind: Kind, pieces: number): number {
  return kind === 'words' ? 25 : kind === 'picture' ? 0.25 : 0.75 * Math.sqrt(pieces);
}

/** How far a thinned copy is from the sample. */
function distance(kind: Kind, one: Coalition): number {
  const there = one.reduce((sum, value) => sum + value, 0);
  const cosine = 1 - Math.sqrt(there / one.length);
  switch (kind) {
    case 'words':
      return 100 * cosine;
    case 'picture':
      return cosine;
    case 'columns':
      return Math.sqrt(one.length - there);
  }
}

/** Words: a number of them drawn evenly is taken away. Pictures and columns: each piece by the toss of a coin. */
function copiesOf(kind: Kind, d: number, count: number, seed: number): Coalition[] {
  const next = uniform(seed);
  return Array.from({ length: count }, () => {
    if (kind !== 'words') return Uint8Array.from({ length: d }, () => (next() < 0.5 ? 0 : 1));
    const one = new Uint8Array(d).fill(1);
    for (const piece of someOf(d, 1 + Math.floor(next() * d), next)) one[piece] = 0;
    return one;
  });
}

function hangsOnWidth(
  width: number,
  own: Float64Array,
  others: readonly { readonly sigma: number; readonly values: Float64Array | null }[],
): Warning[] {
  const top = strongest(own);
  const other = others.find(({ values }) => values !== null && strongest(values) !== top);
  if (other === undefined) return [];
  return [
    {
      code: 'hangs-on-width',
      message: `The strongest piece is another one with a kernel of width ${other.sigma} instead of ${width}: the ranking hangs on how far around the sample the line is fitted.`,
    },
  ];
}

const strongest = (values: Float64Array): number =>
  values.reduce((best, value, i) => (Math.abs(value) > Math.abs(values[best] as number) ? i : best), 0);

/** Below this share the line says little. */
const POOR = 0.5;

function poor(fit: number): Warning[] {
  if (fit >= POOR) return [];
  return [
    {
      code: 'poor-fit',
      message: `The line explains ${(100 * fit).toFixed(0)} % of how the score varies around the sample (R²): the model is not linear there.`,
      action: { title: 'Kernel SHAP', method: 'kernel-shap' },
    },
  ];
}
