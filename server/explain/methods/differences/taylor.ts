import { UserError } from '../../../errors';
import { pathReport } from '../../curve';
import { outcome, zeroElements } from '../../outcome';
import { numberParameter } from '../../parameters';
import { floats } from '../../rows';
import { newMeter } from '../../runs';
import { scoreOf } from '../../scores';
import { slopesAt } from '../../slopes';
import type { Slope } from '../../slopes';
import type { Method, MethodContext } from '../../types';
import type { Warning } from '../../../protocol';
import { saturated } from '../../warnings';
import { needsGradient } from '../unfit';
import { rootByGradient, rootOnLine } from './roots';
import type { Root, SearchOptions } from './roots';

/**
 * Simple Taylor decomposition (Bach et al. 2015): first-order expansion of the score at a root point x̃ with
 * S(x̃) ≈ 0, `R_i = ∂S/∂x_i(x̃) · (x_i − x̃_i)`. The root nearest to the sample is taken.
 */
export const taylor: Method = {
  info: {
    id: 'taylor',
    name: 'Simple Taylor decomposition',
    family: 'difference',
    formula: 'R_i = ∂S/∂x_i(x̃) · (x_i − x̃_i),  S(x̃) ≈ 0',
    means: 'What each input contributes to the score, seen from the nearest found input about which the model says 0.',
    needs: 'A differentiable model whose score reaches 0: on the line to a baseline, or along the gradient.',
    misleads:
      'The root is not unique, and another root gives another answer: which was used is in the warnings. The sum is the score only where it is straight between root and sample. A root next to the sample is often an adversarial example: nothing a person would call “no evidence”.',
    axioms: ['linearity (at the same root)', 'sensitivity (b)', 'implementation invariance (at the same root)'],
    cost: '33 to 63 forward for each baseline, up to 64 forward + backward for the gradient search, 1 backward',
    papers: ['Bach et al. 2015, doi:10.1371/journal.pone.0130140', 'Montavon et al. 2017, arXiv:1512.02479'],
    usesBaseline: true,
    // x̃ = lim εx of bias-free networks; any other baseline is a direction of search.
    defaultBaseline: 'zero',
    parameters: [
      {
        name: 'search',
        type: 'choice',
        default: 'nearest',
        choices: ['nearest', 'line', 'gradient'],
        description:
          'Where a root is looked for: on the line to each baseline, along the gradient, or both (the nearest root is taken)',
      },
      {
        name: 'probes',
        type: 'integer',
        default: 32,
        minimum: 0,
        maximum: 10000,
        description: 'Places looked at on a line before halving',
      },
      {
        name: 'steps',
        type: 'integer',
        default: 64,
        minimum: 1,
        maximum: 10000,
        description: 'Most steps along the gradient',
      },
      {
        name: 'tolerance',
        type: 'number',
        default: 0.001,
        minimum: 1e-6,
        maximum: 0.5,
        description: '|S(x̃)| as a share of |S(x)| that counts as 0',
      },
    ],
  },
  batches: true,
  exports: { because: 'it searches a root point for every sample' },
  unfit: needsGradient,
  async run(context) {
    const { sample, target, model } = context;
    const meter = newMeter();
    const score = scoreOf(target, sample.logits, model.output);
    if (score === 0)
      throw new UserError('no-score', 'The score is exactly 0: there is nothing to decompose', {
        next: 'explain another class, or a contrast',
      });
    const root = await nearestRoot(context, meter);
    const [slope] = (await slopesAt(context, meter, [root.at])) as [Slope];
    const elements = zeroElements(context);
    for (const [entry, sum] of Object.entries(elements)) {
      const [x, from] = [floats(sample.entries[entry], entry), floats(root.point[entry], entry)];
      const g = slope.gradient[entry] as Float32Array;
      for (let i = 0; i < sum.length; i += 1) sum[i] = (g[i] as number) * ((x[i] as number) - (from[i] as number));
    }
    const result = outcome(context, meter, elements, {
      baselineScore: root.score,
      ...(root.stations.length === 0 ? {} : { path: pathReport([root.stations], []) }),
    });
    const { sum, expected = score } = result.accounting;
    return { ...result, warnings: [rootFound(root, context), ...saturated(sum, expected), ...result.warnings] };
  },
};

/** @throws UserError `no-root`. */
async function nearestRoot(context: MethodContext, meter: ReturnType<typeof newMeter>): Promise<Root> {
  const { parameters } = context;
  const options: SearchOptions = {
    probes: numberParameter(parameters, 'probes'),
    steps: numberParameter(parameters, 'steps'),
    tolerance: numberParameter(parameters, 'tolerance'),
  };
  const search = parameters['search'];
  const roots: Root[] = [];
  if (search !== 'gradient')
    for (const baseline of context.baselines) {
      const root = await rootOnLine(context, meter, baseline, options);
      if (root !== null) roots.push(root);
    }
  if (search !== 'line') {
    const root = await rootByGradient(context, meter, options);
    if (root !== null) roots.push(root);
  }
  const [nearest] = roots.toSorted((a, b) => a.distance - b.distance);
  if (nearest !== undefined) return nearest;
  const places = {
    nearest: 'on the line to the baseline or along the gradient',
    line: 'on the line to the baseline',
    gradient: 'along the gradient',
  };
  throw new UserError('no-root', 'No root point was found: the score does not reach 0', {
    where: places[search as keyof typeof places],
    next: 'choose another baseline or search, or explain a contrast, which is 0 between the two classes',
  });
}

/** Not a fault: what a person has to know about the point of expansion. */
function rootFound(root: Root, context: MethodContext): Warning {
  const size = (value: number): string => value.toPrecision(3);
  const length = Math.sqrt(
    context.entries.reduce(
      (sum, { value }) => floats(context.sample.entries[value], value).reduce((all, x) => all + x * x, sum),
      0,
    ),
  );
  return {
    code: 'root-point',
    message: `Root point ${root.how}: ‖x − x̃‖ = ${size(root.distance)} (‖x‖ = ${size(length)}), S(x̃) = ${size(root.score)}. Another root gives another answer.`,
  };
}
