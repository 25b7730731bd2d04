/** The table of methods: one line each, in the order a picker shows them. */
import { UserError } from '../../errors';
import type { Method } from '../types';
import { blameMethods } from './blame';
import { differenceMethods } from './differences';
import { gradient } from './gradient';
import { gradientSquared } from './gradient-squared';
import { gradientXInput } from './gradient-x-input';
import { integratedGradients } from './integrated-gradients';
import { layerMethods } from './layers';
import { perturbationMethods } from './perturbation';
import { pathMethods } from './paths';
import { propagationMethods } from './propagation';
import { smoothgrad } from './smoothgrad';

export const METHODS: readonly Method[] = [
  integratedGradients,
  ...pathMethods,
  gradientXInput,
  gradient,
  gradientSquared,
  smoothgrad,
  ...propagationMethods,
  ...differenceMethods,
  ...layerMethods,
  ...perturbationMethods,
  ...blameMethods,
];

/** @throws UserError `unknown-method`. */
export function methodById(id: string): Method {
  const method = METHODS.find(({ info }) => info.id === id);
  if (method === undefined)
    throw new UserError('unknown-method', `There is no method “${id}”`, {
      next: `choose one of ${METHODS.map(({ info }) => info.id).join(', ')}`,
    });
  return method;
}
