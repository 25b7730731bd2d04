/** The named composites: which rule each linear layer gets. */
import { UserError } from '../../../errors';
import type { Composite, LinearRule, ResidualRule } from './types';

export interface NamedComposite {
  readonly composite: Composite;
  readonly start?: 'relevance' | 'one';
  readonly residual?: ResidualRule;
  /** One line for help and pickers. */
  readonly means: string;
  readonly paper: string;
}

const epsilon: LinearRule = { rule: 'epsilon' };
const zPlus: LinearRule = { rule: 'zPlus' };
const flat: LinearRule = { rule: 'flat' };
const alpha2beta1: LinearRule = { rule: 'alphaBeta', alpha: 2, beta: 1 };
const gamma: LinearRule = { rule: 'gamma', gamma: 0.25 };

const on = (
  dense: LinearRule,
  convolution: LinearRule,
  input?: LinearRule,
  pooling: LinearRule = epsilon,
): Composite => ({
  dense,
  convolution,
  pooling,
  ...(input === undefined ? {} : { input }),
});

const bach = 'Bach et al. 2015, doi:10.1371/journal.pone.0130140';
const overview = 'Montavon et al. 2019, doi:10.1007/978-3-030-28954-6_10';
const kohlbrenner = 'Kohlbrenner et al. 2020, arXiv:1910.09840';
const deepTaylor = 'Montavon et al. 2017, arXiv:1512.02479';

export const composites: Readonly<Record<string, NamedComposite>> = {
  epsilonPlus: { composite: on(epsilon, zPlus), means: 'ε in dense layers, z⁺ in convolutions', paper: kohlbrenner },
  epsilonPlusFlat: {
    composite: on(epsilon, zPlus, flat),
    means: 'ε in dense layers, z⁺ in convolutions, flat in the layer that sees the input',
    paper: kohlbrenner,
  },
  epsilonAlpha2Beta1: {
    composite: on(epsilon, alpha2beta1),
    means: 'ε in dense layers, α2β1 in convolutions',
    paper: kohlbrenner,
  },
  epsilonAlpha2Beta1Flat: {
    composite: on(epsilon, alpha2beta1, flat),
    means: 'ε in dense layers, α2β1 in convolutions, flat in the layer that sees the input',
    paper: kohlbrenner,
  },
  epsilonGammaBox: {
    composite: on(epsilon, gamma, { rule: 'box' }),
    means: 'ε in dense layers, γ = 0.25 in convolutions, z^B in the layer that sees the input',
    paper: overview,
  },
  presetA: {
    composite: on({ rule: 'epsilon', epsilon: 0.1 }, { rule: 'alphaBeta', alpha: 1, beta: 0 }),
    means: 'ε = 0.1 in dense layers, α1β0 in convolutions',
    paper: bach,
  },
  presetB: {
    composite: on({ rule: 'epsilon', epsilon: 0.1 }, alpha2beta1),
    means: 'ε = 0.1 in dense layers, α2β1 in convolutions',
    paper: bach,
  },
  presetAFlat: {
    composite: on({ rule: 'epsilon', epsilon: 0.1 }, { rule: 'alphaBeta', alpha: 1, beta: 0 }, flat),
    means: 'preset A, flat in the layer that sees the input',
    paper: bach,
  },
  presetBFlat: {
    composite: on({ rule: 'epsilon', epsilon: 0.1 }, alpha2beta1, flat),
    means: 'preset B, flat in the layer that sees the input',
    paper: bach,
  },
  deepTaylor: {
    composite: on(zPlus, zPlus, { rule: 'wSquare' }, zPlus),
    residual: 'zPlus',
    means: 'z⁺ in hidden layers, w² in the layer that sees the input (unbounded)',
    paper: deepTaylor,
  },
  deepTaylorBounded: {
    composite: on(zPlus, zPlus, { rule: 'box' }, zPlus),
    residual: 'zPlus',
    means: 'z⁺ in hidden layers, z^B in the layer that sees the input',
    paper: deepTaylor,
  },
  excitation: {
    composite: on({ rule: 'zPlus', bias: 'ignore' }, { rule: 'zPlus', bias: 'ignore' }, undefined, {
      rule: 'zPlus',
      bias: 'ignore',
    }),
    start: 'one',
    means: 'z⁺ without biases, started from 1',
    paper: 'Zhang et al. 2016, arXiv:1608.00507',
  },
};

/** One rule for every layer with weights. Pooling has none: it shares by contribution, inside αβ by z⁺. */
export function uniform(rule: LinearRule): Composite {
  return { dense: rule, convolution: rule, pooling: poolingFor(rule) };
}

function poolingFor(rule: LinearRule): LinearRule {
  switch (rule.rule) {
    case 'zero':
    case 'epsilon':
    case 'norm':
    case 'gradient':
      return rule;
    case 'alphaBeta':
    case 'zPlus':
      return zPlus;
    default:
      return epsilon;
  }
}

/** @throws UserError `unknown-composite`. */
export function compositeNamed(name: string): NamedComposite {
  const known = composites[name];
  if (known !== undefined && Object.hasOwn(composites, name)) return known;
  throw new UserError('unknown-composite', `There is no composite “${name}”`, {
    next: `choose one of ${Object.keys(composites).join(', ')}`,
  });
}
