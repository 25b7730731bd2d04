/** Blame in words: how surprising gold is, what removing did, what chance does. Pure. */
import type { BlameResponse, PriorReport, RemovalStep, RemovalTrial, ReplacementId } from '../../server/protocol/blame';
import { percent, significant } from '../../server/render/numbers';
import { inert } from '../widgets/inert';

/** `Gold is surprising: …`, from −log π_g against what a uniform guess would be surprised by. */
export function surpriseText(prior: PriorReport, gold: { readonly class: number; readonly label: string }): string {
  const share = prior.probabilities[gold.class] ?? 0;
  const count = prior.probabilities.length;
  const even = Math.log(count);
  const { surprise } = prior;
  const how =
    share < 0.5 / count
      ? 'a surprising label'
      : 1 - share < 0.5 * (1 - 1 / count)
        ? 'a label it expects anyway'
        : 'a label as likely as others';
  const name = inert(gold.label);
  return `Before it sees the sample, the model gives ${name} ${percent(share)}: ${how} (−log π = ${significant(surprise, 2)} nats, an even guess has ${significant(even, 2)}).`;
}

/** Where the prior is from. */
export function priorSource({ source }: PriorReport): string {
  if (source === null) return 'Prior: every class alike.';
  const { dataset, role, samples, total } = source;
  const of = samples === total ? `all ${total}` : `${samples} of ${total}`;
  return `Prior: mean prediction over ${of} samples of ${inert(dataset)}${role === null ? '' : ` (${role})`}.`;
}

const outcomes: Readonly<Record<RemovalStep['outcome'], string>> = {
  same: 'still',
  other: 'another wrong class:',
  gold: 'gold:',
};

/** `still spam`, `another wrong class: x`, `gold: ham`. */
export function outcomeText(step: RemovalStep): string {
  return `${outcomes[step.outcome]} ${inert(step.label)}`;
}

/** What one trial showed, in a sentence. */
export function trialText(trial: RemovalTrial, gold: string, name: (feature: number) => string): string {
  const last = trial.steps.at(-1)?.removed ?? 0;
  if (trial.flipsAt === null)
    return `${inert(gold)} is not reached by replacing the ${counted(last, 'most blamed feature')}.`;
  if (trial.flipsAt === 0) return `The model says ${inert(gold)} as it is.`;
  const few = trial.order.slice(0, trial.flipsAt);
  const named = few.slice(0, 6).map(name).join(', ');
  const rest = few.length > 6 ? ` and ${few.length - 6} more` : '';
  return `Replacing ${few.length === 1 ? 'one feature' : `${few.length} features`} makes it ${inert(gold)}: ${named}${rest}.`;
}

/** The control: what the same number of features does in random order. */
export function randomText(random: readonly RemovalTrial[], remove: number): string {
  if (random.length === 0) return '';
  const flips = random.map((trial) => trial.flipsAt).filter((at) => at !== null);
  const when = flips.length === 0 ? 'never' : `in ${flips.length} of ${random.length}, after ${median(flips)} (median)`;
  return `Control, ${counted(random.length, 'random order')}: gold within ${remove} ${when}.`;
}

export const replacementNames: Readonly<Record<ReplacementId, string>> = {
  baseline: 'baseline',
  'sign-flip': 'sign flip',
  mean: 'dataset mean',
  donor: 'donors with gold',
};

export const signalNames = {
  prior: 'prior − gold',
  own: 'own − gold',
  contrast: 'predicted − gold',
} as const;

export const formNames = {
  integrated: 'integrated',
  gradient: 'gradient × change',
  'first-layer': 'first layer (literal)',
} as const;

/** The step that is looked at: the chosen one, else where gold is reached, else the last. */
export function stepAt(trial: RemovalTrial, chosen: number): number {
  const last = trial.steps.length - 1;
  return Math.max(0, Math.min(last, chosen >= 0 ? chosen : (trial.flipsAt ?? last)));
}

/** The trial that is shown first: the one that reaches gold with the fewest. */
export function bestTrial({ trials }: BlameResponse): number {
  let best = 0;
  trials.forEach((trial, index) => {
    if ((trial.flipsAt ?? Infinity) < (trials[best]?.flipsAt ?? Infinity)) best = index;
  });
  return best;
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
