/** The scalar that blame explains: S(x) = Σ_c δ_c f_c(x), with an error signal δ at the logits. */
import { UserError } from '../../errors';
import type { Target } from '../../protocol';
import { classCount, classScores, labelOf, probabilities } from '../scores';
import type { Aim, ResolvedTarget } from '../types';

export const signals = ['prior', 'own', 'contrast'] as const;
export type Signal = (typeof signals)[number];

/**
 * δ over the classes, fixed at the sample: `prior` π − e_g, `own` p(x) − e_g, `contrast` e_ŷ − e_g. Σδ = 0 where the
 * probabilities sum to 1, so S does not depend on the arbitrary shift of the logits.
 */
export function errorSignal(signal: Signal, gold: number, own: readonly number[], prior: readonly number[]): number[] {
  const predicted = own.indexOf(Math.max(...own));
  const from = {
    prior: (c: number) => prior[c] ?? 0,
    own: (c: number) => own[c] ?? 0,
    contrast: (c: number) => Number(c === predicted),
  }[signal];
  return own.map((_, c) => from(c) - Number(c === gold));
}

/** `auto`: contrast, which measures best, where another class is predicted; where gold is, it would be empty: prior. */
export function signalOf(asked: unknown, right: boolean): Signal {
  return signals.find((name) => name === asked) ?? (right ? 'prior' : 'contrast');
}

/** @throws UserError `no-gold`, `unknown-class`, `no-prior`, `nothing-to-contrast`. */
export function aimAtGold({ blame, parameters, logits, output, labels }: Aim): {
  readonly target: Target;
  readonly resolved: ResolvedTarget;
} {
  if (blame === undefined) throw noGold();
  const { gold } = blame;
  const classes = classCount(logits, output);
  if (!Number.isInteger(gold) || gold < 0 || gold >= classes)
    throw new UserError('unknown-class', `The gold class ${gold} is none of the model’s ${classes}`, {
      next: 'name one of the model’s classes',
    });
  const own = probabilities(logits, output);
  const signal = signalOf(parameters['signal'], own.indexOf(Math.max(...own)) === gold);
  if (signal === 'prior' && blame.prior?.length !== classes)
    throw new UserError('no-prior', 'The prior over the classes is not known', {
      next: 'give the model a dataset with "role": "train", or use prior=uniform, signal=own or signal=contrast',
    });
  if (signal === 'contrast' && classScores(logits, output, labels)[0]?.class === gold)
    throw new UserError('nothing-to-contrast', `The model already predicts ${labelOf(labels, gold)}`, {
      where: 'signal=contrast compares the predicted class with the gold one',
      next: 'use signal=prior or signal=own',
    });
  const delta = errorSignal(signal, gold, own, blame.prior ?? []);
  return {
    target: { kind: 'blame', class: gold, label: labelOf(labels, gold), signal },
    resolved: {
      head: 'linear',
      // One logit f stands for the classes −f and f.
      seed: output.single ? Float32Array.of((delta[1] as number) - (delta[0] as number)) : Float32Array.from(delta),
      class: gold,
    },
  };
}

export function noGold(): UserError {
  return new UserError('no-gold', 'Blame needs to know what the sample should be: it has no gold label', {
    next: 'name the class with --gold, or the column or folder of the labels in model-blame.json ("label", "labelFrom")',
  });
}
