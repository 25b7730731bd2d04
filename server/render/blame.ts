/** Blame for a terminal: the explanation, how surprising gold is, and what happened when the blamed was replaced. */
import type { BlameResponse, RemovalStep, RemovalTrial } from '../protocol';
import { bold, dim, fit, width } from './ansi';
import { blocks } from './bars';
import { probability, significant } from './numbers';
import { featureName } from './ranking';
import { explanationText } from './terminal';
import type { TerminalStyle } from './terminal';
import { shorten, visible } from './text';

export function blameText(answer: BlameResponse, style: TerminalStyle): string {
  const { colour } = style;
  const { prior, gold, donors, trials, random, replacement } = answer;
  const surprise =
    prior === null
      ? []
      : [
          `without the sample  p(${visible(gold.label)}) ${probability(prior.probabilities[gold.class] ?? 0)}, a surprise of ${significant(prior.surprise)} nats (${prior.source === null ? 'uniform prior' : `prior over ${prior.source.samples} of ${prior.source.total} samples of ${visible(prior.source.dataset)}`})`,
        ];
  const lines = [
    '',
    bold(`remove in order of blame ─ ${visible(replacement.label)}`, colour),
    ...surprise,
    ...donors.map(
      ({ sample, distance }, i) => `donor ${i + 1}  ${visible(sample.title)}  distance ${significant(distance)}`,
    ),
    ...trials.flatMap((trial) => ['', ...trialLines(trial, answer, style)]),
    '',
    ...verdict(trials, random, gold.label, answer.explanation.prediction[0]?.class === gold.class).map((line) =>
      bold(line, colour),
    ),
  ];
  return `${explanationText(answer.explanation, style)}${lines.join('\n')}\n`;
}

function trialLines(
  trial: RemovalTrial,
  { explanation, trials, gold }: BlameResponse,
  { colour }: TerminalStyle,
): string[] {
  const name = (step: RemovalStep): string =>
    step.feature === null ? 'the sample itself' : shorten(visible(featureName(explanation.features, step.feature)), 32);
  const names = trial.steps.map(name);
  const labels = trial.steps.map((step) => shorten(visible(step.label), 20));
  const [first, second] = [Math.max(...names.map(width)), Math.max(...labels.map(width))];
  const head = trials.length > 1 ? [dim(`${visible(trial.replacement)}:`, colour)] : [];
  return [
    ...head,
    ...trial.steps.map((step, i) => {
      const mark = { same: '', other: '  another wrong one', gold: '  ✓ gold' }[step.outcome];
      const bar = fit(blocks(step.gold * 10), 10);
      return `${String(step.removed).padStart(3)}  ${fit(names[i] ?? '', first)}  ${fit(labels[i] ?? '', second)}  p(${visible(gold.label)}) ${probability(step.gold).padStart(7)} ${bar}${mark}`.trimEnd();
    }),
    ...(trial.order.length === 0
      ? [dim('     nothing that is blamed would be changed by this replacement', colour)]
      : []),
  ];
}

function verdict(
  trials: readonly RemovalTrial[],
  random: readonly RemovalTrial[],
  gold: string,
  right: boolean,
): string[] {
  if (right) return [`The model already says ${visible(gold)}: what is blamed only speaks against it.`];
  const best = Math.min(...trials.map(({ flipsAt }) => flipsAt ?? Infinity));
  const most = Math.max(0, ...trials.map(({ steps }) => steps.length - 1));
  const lucky = random.filter(({ flipsAt }) => flipsAt !== null).length;
  return [
    Number.isFinite(best)
      ? `${visible(gold)} after ${best} ${best === 1 ? 'feature' : 'features'} in the order of blame; in random order within ${most}: ${lucky} of ${random.length} times.`
      : `Not ${visible(gold)} within ${most} features in the order of blame; in random order ${lucky} of ${random.length} times.`,
  ];
}
