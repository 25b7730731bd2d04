import { UserError } from '../../../errors';
import type { Model } from '../../../model/types';
import type { RuleOptions } from '../../../program/types';
import { composites } from '../../../program/rules/lrp/composites';
import { compositeFromText } from '../../../program/rules/lrp/definition';
import { previewRules } from '../../../program/rules/lrp/preview';
import { linearRuleNames } from '../../../program/rules/lrp/types';
import type { Parameters, Warning } from '../../../protocol';
import { propagate } from '../../propagation';
import type { Method, MethodContext } from '../../types';
import { needsRules } from '../unfit';

/** ε of recurrent cells (Arras et al. 2017); the rule set's own default. */
const recurrentDefault = 1e-3;

/**
 * Layer-wise relevance propagation (Bach et al. 2015): the score is handed back from layer to layer, each neuron's
 * relevance shared among its inputs by a rule; a composite says which rule where.
 */
export const lrp: Method = {
  info: {
    id: 'lrp',
    name: 'LRP',
    family: 'propagation',
    formula: 'R_j = Σ_k share_jk · R_k, from S at the output',
    means:
      'What each input contributed to the score, handed back layer by layer; nothing is lost but what biases and stabilisers absorb.',
    needs: 'A rule for every operator of the model; no baseline.',
    misleads:
      'Different rules give different maps: read the composite with the picture. ε explains like gradient × input; z⁺ shows only what speaks for the score. Family described as patented by some of its authors’ libraries.',
    axioms: ['conservation (up to what is absorbed)', 'sensitivity (b)', 'linearity (ε, LRP-0)'],
    cost: '1 forward + 1 backward (αβ, γ: up to 4)',
    papers: [
      'Bach et al. 2015, doi:10.1371/journal.pone.0130140',
      'Montavon et al. 2019, doi:10.1007/978-3-030-28954-6_10',
    ],
    usesBaseline: false,
    parameters: [
      {
        name: 'composite',
        type: 'text',
        default: 'auto',
        description: `Which rule in which layer: auto (epsilonPlusFlat with convolutions over anything but words, else ε everywhere), ${Object.keys(composites).join(', ')}, or one of model-blame.json`,
      },
      {
        name: 'rule',
        type: 'choice',
        default: 'none',
        choices: ['none', ...linearRuleNames],
        description: 'One rule for all linear layers, instead of a composite',
      },
      {
        name: 'inputRule',
        type: 'choice',
        default: 'none',
        choices: ['none', ...linearRuleNames],
        description: 'With rule: another rule for the layer that sees the input',
      },
      { name: 'epsilon', type: 'number', default: 1e-6, minimum: 0, description: 'ε of rule epsilon' },
      {
        name: 'relative',
        type: 'boolean',
        default: false,
        description: 'ε times the root mean square of the layer’s outputs',
      },
      { name: 'gamma', type: 'number', default: 0.25, minimum: 0, description: 'γ of rule gamma' },
      { name: 'alpha', type: 'number', default: 2, minimum: 0, description: 'α of rule alphaBeta; α − β = 1' },
      { name: 'beta', type: 'number', default: 1, minimum: -1, description: 'β of rule alphaBeta' },
      {
        name: 'bias',
        type: 'choice',
        default: 'absorb',
        choices: ['absorb', 'ignore', 'redistribute'],
        description:
          'With rule: what becomes of the share of biases. ignore divides by sums that may be near 0; redistribute gives neurons near 0 a share too, by which the layer below divides again: a check of sums for shallow networks, without bound in deep ones (DenseNet-121: 10⁹⁰ times the score, in float64)',
      },
      {
        name: 'residual',
        type: 'choice',
        default: 'epsilon',
        choices: ['epsilon', 'ratio'],
        description: 'Sums of two signals: a/(a+b), or |a|/(|a|+|b|)',
      },
      {
        name: 'activation',
        type: 'choice',
        default: 'absorb',
        choices: ['absorb', 'pass'],
        description: 'Activations with f(0) ≠ 0: absorb f(0), or hand everything on',
      },
      {
        name: 'recurrentEpsilon',
        type: 'number',
        default: recurrentDefault,
        minimum: 0,
        description:
          'ε inside LSTM, GRU and RNN; rule zero has none there either unless another than the default is given',
      },
      {
        name: 'fold',
        type: 'boolean',
        default: true,
        description: 'Fold the target into the last linear layer before its rule',
      },
    ],
  },
  batches: false,
  exports: 'relevance',
  exportRules: (model, parameters) => ({ rules: 'lrp', options: lrpOptionsOf(settleLrp(parameters, model)) }),
  settle: ({ parameters, model }) => settleLrp(parameters, model),
  unfit: (model) => needsRules(model, 'lrp'),
  async run(context: MethodContext) {
    const options = lrpOptionsOf(context.parameters);
    const result = await propagate(context, { rules: 'lrp', options, conserves: true }).catch((error: unknown) => {
      throw outgrown(error, options);
    });
    const unused = isOwn(options) ? unusedRules(previewRules(context.model, options).unmatched) : [];
    const shared = String(context.parameters['bias']);
    const own = context.parameters['rule'] !== 'none' && shared !== 'absorb';
    const warnings = result.warnings.map((warning) =>
      own && warning.code === 'cancellation' ? { ...warning, ...growing(warning, shared) } : warning,
    );
    return { ...result, warnings: [...unused, ...warnings] };
  },
};

const growing = ({ message }: Warning, bias: string): Pick<Warning, 'message' | 'action'> => ({
  message: `${message} With bias=${bias} relevance grows from layer to layer.`,
  action: { title: 'Absorb biases', parameters: { bias: 'absorb' } },
});

/**
 * With biases absorbed a neuron's relevance goes with its value, so that dividing by the value is harmless. Shares of
 * biases do not, and neurons near 0 then multiply relevance from layer to layer: the formula's own doing, also in
 * float64. The model and the sample are not to blame when that overflows.
 */
function outgrown(error: unknown, options: RuleOptions): unknown {
  if (!(error instanceof UserError) || error.code !== 'non-finite') return error;
  const bias = /"bias":"(ignore|redistribute)"/.exec(JSON.stringify(options))?.[1];
  if (bias === undefined) return error;
  return new UserError('outgrown', `With bias=${bias} relevance grows beyond what float32 holds`, {
    ...(error.where === undefined ? {} : { where: error.where }),
    next: 'absorb biases (bias=absorb, the default): then relevance stays in proportion to the values it is divided by',
    cause: error,
  });
}

/** What `auto` stands for: epsilonPlusFlat for pictures and convolutions, else (words, dense networks) ε everywhere. */
export function settleLrp(
  parameters: MethodContext['parameters'],
  model: Pick<Model, 'graph' | 'entries'>,
): MethodContext['parameters'] {
  if (parameters['composite'] !== 'auto' || parameters['rule'] !== 'none') return parameters;
  const words = model.entries.some(({ kind }) => kind === 'embedding');
  return !words && model.graph.nodes.some(({ op }) => op === 'Conv')
    ? { ...parameters, composite: 'epsilonPlusFlat' }
    : { ...parameters, composite: 'none', rule: 'epsilon' };
}

/** A composite that a person wrote, not one of the named. */
const isOwn = ({ composite }: RuleOptions): boolean => typeof composite === 'object';

function unusedRules(unmatched: readonly string[]): Warning[] {
  if (unmatched.length === 0) return [];
  const message = `No layer of this model matches ${unmatched.join(', ')} of the composite. model-blame rules shows which layer gets which rule.`;
  return [{ code: 'unused-rule', message }];
}

/** Options of the rule set from what a person gave. @throws UserError for composite and rule together. */
export function lrpOptionsOf(parameters: Parameters): RuleOptions {
  const { composite, rule, inputRule, epsilon, relative, gamma, alpha, beta, bias, residual, activation, fold } =
    parameters;
  const { recurrentEpsilon } = parameters;
  const given = recurrentEpsilon === undefined || recurrentEpsilon === recurrentDefault ? {} : { recurrentEpsilon };
  const common = { residual, activation, fold, ...given };
  if (rule !== 'none' && rule !== undefined) {
    if (composite !== 'auto' && composite !== 'none' && composite !== undefined)
      throw new UserError('bad-parameter', 'Both a composite and a rule are given', {
        where: `composite=${String(composite)}, rule=${String(rule)}`,
        next: 'give one of them',
      });
    const one = { rule, ...numbersOf(String(rule), { epsilon, relative, gamma, alpha, beta }), bias };
    return {
      rule: one,
      ...(inputRule === 'none' || inputRule === undefined ? {} : { input: { rule: inputRule } }),
      ...common,
    };
  }
  return { composite: parsed(String(composite)), ...common };
}

/** A composite defined in a workspace file arrives as JSON. */
function parsed(composite: string): unknown {
  return composite.trimStart().startsWith('{') ? compositeFromText(composite) : composite;
}

/** Only the numbers that the rule has, so that equal rules share a program. */
function numbersOf(rule: string, given: Record<string, unknown>): Record<string, unknown> {
  const own: Readonly<Record<string, readonly string[]>> = {
    epsilon: ['epsilon', 'relative'],
    norm: ['epsilon', 'relative'],
    gamma: ['gamma'],
    alphaBeta: ['alpha', 'beta'],
  };
  return Object.fromEntries((own[rule] ?? []).map((name) => [name, given[name]]));
}
