import type { Model } from '../model/types';
import type { Parameters, RulesResponse } from '../protocol';
import { previewRules } from '../program/rules/lrp/preview';
import { lrp, lrpOptionsOf, settleLrp } from './methods/propagation/lrp';
import { resolveParameters } from './parameters';

/**
 * Which rule LRP gives to every node of a model.
 * @param given Parameters of the method `lrp`.
 * @throws UserError for parameters that make no sense, and for a composite with two rules for one node.
 */
export function rulesOf(model: Model, given: Parameters): Omit<RulesResponse, 'model'> {
  const parameters = settleLrp(resolveParameters(lrp.info, given), model);
  const { rows, unmatched } = previewRules(model, lrpOptionsOf(parameters));
  return { parameters, rows, unmatched };
}
