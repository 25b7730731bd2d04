import { aimAtGold, signalOf } from '../../blame/target';
import { probabilities } from '../../scores';
import type { Attribution, Method, MethodContext } from '../../types';
import { gradientXInput } from '../gradient-x-input';
import { integratedGradients } from '../integrated-gradients';
import { needsGradient } from '../unfit';
import { firstLayer } from './first-layer';
import { blameInfo } from './info';

/**
 * Blame of every input for S(x) = Σ_c δ_c f_c(x), the logits weighted with an error signal δ = π − e_gold (or
 * p(x) − e_gold, e_predicted − e_gold), fixed at the sample. Forms:
 * - integrated: `b_i = (x_i − x′_i) ∫ ∂S/∂x_i`, Σb = S(x) − S(x′);
 * - gradient: `b_i = (x_i − x′_i) ∂S/∂x_i`;
 * - first-layer: see `first-layer.ts`.
 * Positive blame pushes away from the gold class.
 */
export const blame: Method = {
  info: blameInfo,
  batches: true,
  exports: 'path',
  aim: aimAtGold,
  settle({ target, parameters, sample, model }) {
    const own = probabilities(sample.logits, model.output);
    const right = own.indexOf(Math.max(...own)) === target.class;
    return { ...parameters, signal: signalOf(parameters['signal'], right) };
  },
  unfit(model) {
    if (model.output.quantities === true)
      return 'it gives quantities (regression), and blame is about a wrong class; explain the value with another method';
    return model.output.activation === 'sigmoid' && !model.output.single
      ? 'its classes are independent (sigmoid), so a sample has no single gold class; explain a class with another method'
      : needsGradient(model);
  },
  run(context) {
    switch (context.parameters['form']) {
      case 'gradient':
        return gradientXInput.run(context).then(withBaselineWarning(context));
      case 'first-layer':
        return firstLayer(context);
      default:
        return integratedGradients
          .run({
            ...context,
            parameters: { quadrature: 'midpoint', steps: context.parameters['steps'] ?? 32, tolerance: 0, frames: 8 },
          })
          .then(withBaselineWarning(context));
    }
  },
};

/** What sample and x′ share gets no blame: bad where x′ is itself taken for the same wrong class. */
function withBaselineWarning({ baselines, sample, target }: MethodContext): (result: Attribution) => Attribution {
  const top = (logits: Float32Array): number => logits.indexOf(Math.max(...logits));
  const predicted = top(sample.logits);
  const alike =
    sample.logits.length > 1 &&
    predicted !== target.class &&
    baselines.length > 0 &&
    baselines.every(({ logits }) => top(logits) === predicted);
  return (result) => ({
    ...result,
    warnings: alike
      ? [
          {
            code: 'baseline-shares-error',
            message:
              'What the sample is compared with is given the same wrong class: what the two share gets no blame. Compare with donors or another baseline.',
          },
          ...result.warnings,
        ]
      : result.warnings,
  });
}
