import { UserError } from '../../../errors';
import { propagate } from '../../propagation';
import type { RuleOptions } from '../../../program/types';
import { scoreOf } from '../../scores';
import type { Method, MethodContext } from '../../types';
import { needsRules } from '../unfit';

/**
 * Deep Taylor decomposition (Montavon et al. 2017): z⁺ in hidden layers; at the input z^B where its bounds are known,
 * else w². Needs S ≥ 0; then all relevance is ≥ 0 and sums to S, up to what positive biases absorb.
 */
export const deepTaylor: Method = {
  info: {
    id: 'deep-taylor',
    name: 'Deep Taylor',
    family: 'propagation',
    formula: 'z⁺ in hidden layers, z^B (bounded) or w² at the input',
    means: 'Only what speaks for the score, handed back by Taylor expansions of every neuron: all values are ≥ 0.',
    needs: 'A ReLU network and a score ≥ 0; no baseline.',
    misleads:
      'Nothing that speaks against the score is shown. The derivation needs biases ≤ 0: positive ones absorb relevance (see the accounting).',
    axioms: ['conservation (up to positive biases)', 'positivity'],
    cost: '1 forward + 2 backward',
    papers: ['Montavon et al. 2017, arXiv:1512.02479'],
    usesBaseline: false,
    parameters: [
      {
        name: 'input',
        type: 'choice',
        default: 'auto',
        choices: ['auto', 'box', 'wSquare', 'zPlus', 'flat'],
        description: 'Rule of the layer that sees the input: auto takes box where bounds are known, else wSquare',
      },
      {
        name: 'bias',
        type: 'choice',
        default: 'absorb',
        choices: ['absorb', 'ignore'],
        description: 'Share of positive biases',
      },
      {
        name: 'pooling',
        type: 'choice',
        default: 'zPlus',
        choices: ['zPlus', 'flat'],
        description: 'Average pooling: by contribution, or evenly',
      },
      { name: 'fold', type: 'boolean', default: true, description: 'Fold the target into the last linear layer' },
    ],
  },
  batches: false,
  exports: 'relevance',
  // Without a sample nothing is known of bounds: auto is w² there.
  exportRules: (_model, parameters) => ({
    rules: 'lrp',
    options: optionsOf(parameters['input'] === 'auto' ? { ...parameters, input: 'wSquare' } : parameters),
  }),
  settle({ parameters, sample, model }) {
    if (parameters['input'] !== 'auto') return parameters;
    const bounded = model.entries.every(({ input, value }) => input === value && sample.bounds?.[input] !== undefined);
    return { ...parameters, input: bounded ? 'box' : 'wSquare' };
  },
  unfit: (model) => needsRules(model, 'lrp', { composite: 'deepTaylor' }),
  run(context) {
    refuseNegative(context);
    return propagate(context, { rules: 'lrp', options: optionsOf(context.parameters), conserves: true });
  },
};

function optionsOf({ input, bias, fold, pooling }: MethodContext['parameters']): RuleOptions {
  const zPlus = { rule: 'zPlus', bias };
  const composite = {
    dense: zPlus,
    convolution: zPlus,
    pooling: { rule: pooling, bias },
    input: { rule: input, bias },
  };
  return { composite, fold, residual: 'zPlus' };
}

/** An all-zero map would look like an answer. */
function refuseNegative({ target, sample, model }: MethodContext): void {
  const score = scoreOf(target, sample.logits, model.output);
  if (score >= 0) return;
  throw new UserError(
    'negative-score',
    `Deep Taylor decomposition is undefined for a negative score (${score.toPrecision(3)})`,
    {
      where: 'the target’s score for this sample',
      next: 'explain a contrast that is positive (--contrast with a class below it), or use LRP',
    },
  );
}
