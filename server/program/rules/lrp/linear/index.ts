/** The table of linear rules. */
import { UserError } from '../../../../errors';
import type { Value } from '../../../../graph/types';
import type { LinearRule } from '../types';
import { alphaBetaRule } from './alpha-beta';
import { epsilonRule } from './epsilon';
import type { Step } from './form';
import { gammaRule } from './gamma';
import { boxRule, flatRule, wSquareRule } from './input-rules';

/** Relevance of a linear layer's input from that of its output. @throws UserError `no-rule` where shapes forbid it. */
export function applyRule(step: Step, rule: LinearRule, node: string): Value {
  const { form, b, ctx, r } = step;
  switch (rule.rule) {
    case 'zero':
    case 'epsilon':
    case 'norm':
      return epsilonRule(step, rule);
    case 'gamma':
      return gammaRule(step, rule);
    case 'alphaBeta':
    case 'zPlus':
      return alphaBetaRule(step, rule);
    case 'wSquare':
      return wSquareRule(step, rule);
    case 'flat':
      return flatRule(step);
    case 'box':
      return boxRule(step, ctx.twin('low', form.input), ctx.twin('high', form.input));
    case 'gradient':
      return form.transpose(r, form.weights);
    case 'pass': {
      const [from, to] = [b.type(form.z)?.shape, b.type(form.input)?.shape];
      if (from?.length === to?.length && from?.every((dim, axis) => dim === to?.[axis]) === true) return r;
      throw new UserError('no-rule', `rule "pass" needs a layer that keeps its shape`, {
        where: `node ${node}`,
        next: 'choose the rule epsilon for this layer',
      });
    }
  }
}
