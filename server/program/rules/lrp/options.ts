/** Options of the family, checked: what a person or a workspace file wrote. */
import { UserError } from '../../../errors';
import type { RuleOptions } from '../../types';
import { compositeNamed, uniform } from './composites';
import { linearRuleNames } from './types';
import type { Composite, LinearRule, LrpOptions } from './types';

/**
 * @param options `composite` (name or definition) or `rule` (one rule for all linear layers) with `input` for the
 *   layer that sees the input; `epsilon`, `recurrentEpsilon`, `residual`, `activation`, `fold`, `start`.
 * @throws UserError `bad-rule`, `unknown-composite`.
 */
export function lrpOptions(options: RuleOptions): LrpOptions {
  const named = typeof options['composite'] === 'string' ? compositeNamed(options['composite']) : null;
  const composite = named?.composite ?? (options['composite'] as Composite | undefined) ?? fromRule(options);
  for (const rule of rulesOf(composite)) checkRule(rule);
  const { epsilon, recurrentEpsilon, residual, activation, fold, start } = options;
  return {
    composite,
    epsilon: typeof epsilon === 'number' ? epsilon : epsilonOf(composite),
    recurrentEpsilon: recurrentEpsilonOf(recurrentEpsilon, composite),
    residual: residual === 'ratio' || residual === 'zPlus' ? residual : (named?.residual ?? 'epsilon'),
    activation: activation === 'pass' ? 'pass' : 'absorb',
    fold: fold !== false,
    start: start === 'one' || start === 'relevance' ? start : (named?.start ?? 'relevance'),
  };
}

function fromRule(options: RuleOptions): Composite {
  const rule = (options['rule'] as LinearRule | undefined) ?? { rule: 'epsilon' };
  const input = options['input'] as LinearRule | undefined;
  return { ...uniform(rule), ...(input === undefined ? {} : { input }) };
}

function rulesOf(composite: Composite): readonly LinearRule[] {
  const { rules = [], input, dense, convolution, pooling } = composite;
  return [...rules, dense, convolution, pooling, ...(input === undefined ? [] : [input])];
}

/** Sums get the ε of the dense layers unless told otherwise; LRP-0 has none anywhere. */
function epsilonOf({ dense, sumEpsilon }: Composite): number {
  if (sumEpsilon !== undefined) return checkedEpsilon(sumEpsilon);
  if (dense.rule === 'zero') return 0;
  return dense.rule === 'epsilon' ? (dense.epsilon ?? 1e-6) : 1e-6;
}

/** @throws UserError `bad-rule` for numbers below 0. */
function recurrentEpsilonOf(given: unknown, { dense }: Composite): number {
  const epsilon = typeof given === 'number' ? given : dense.rule === 'zero' ? 0 : 1e-3;
  if (epsilon >= 0) return epsilon;
  throw new UserError('bad-rule', `ε of recurrent cells is ${epsilon}, not 0 or more`, {
    where: 'option recurrentEpsilon',
    next: 'give a small positive number such as 1e-3',
  });
}

/** @throws UserError `bad-rule`. */
function checkedEpsilon(epsilon: number): number {
  if (epsilon >= 0) return epsilon;
  throw new UserError('bad-rule', `ε of sums is ${epsilon}, not 0 or more`, {
    where: 'sumEpsilon of the composite',
    next: 'give a small positive number such as 1e-6',
  });
}

/** @throws UserError `bad-rule` for numbers that make no sense. */
export function checkRule(rule: LinearRule): void {
  const fail = (what: string, next: string): never => {
    throw new UserError('bad-rule', what, { where: `rule ${rule.rule}`, next });
  };
  if (!linearRuleNames.includes(rule.rule))
    fail(`There is no rule “${rule.rule}”`, `choose one of ${linearRuleNames.join(', ')}`);
  const { epsilon = 1e-6, gamma = 0.25, alpha = 2, beta = 1, bias } = rule;
  if (!(epsilon >= 0)) fail(`ε is ${epsilon}, not 0 or more`, 'give a small positive number such as 1e-6');
  if (!(gamma >= 0)) fail(`γ is ${gamma}, not 0 or more`, 'give a number such as 0.25');
  if (rule.rule === 'alphaBeta' && Math.abs(alpha - beta - 1) > 1e-9)
    fail(
      `α − β has to be 1, but α = ${alpha} and β = ${beta}`,
      alpha + beta === 1
        ? `texts that write α + β = 1 have a negative β: give β = ${-beta}`
        : 'choose pairs such as (1, 0) or (2, 1)',
    );
  if (bias === 'redistribute' && rule.rule !== 'epsilon' && rule.rule !== 'zero')
    fail('Only the ε rule can redistribute biases', 'choose "absorb" or "ignore"');
}
