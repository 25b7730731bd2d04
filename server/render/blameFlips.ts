/** How often removing what is blamed makes misclassified samples right: the table of one dataset. */
import type { FlipsResponse } from '../protocol';
import { bold, dim } from './ansi';
import { milliseconds, percent } from './numbers';
import type { TerminalStyle } from './terminal';
import { visible } from './text';
import { parameterWords } from './words';

const samplesShown = 20;

export function flipsText(answer: FlipsResponse, { colour }: TerminalStyle): string {
  const { blame, random, remove, errors } = answer;
  const rows = Array.from({ length: remove }, (_, i) => i + 1).map(
    (k) => `${String(k).padStart(5)}  ${percent(blame[k] ?? 0).padStart(9)}  ${percent(random[k] ?? 0).padStart(9)}`,
  );
  const slow = errors.filter(({ flipsAt }) => flipsAt === null);
  return [
    bold(
      `${visible(answer.model.name)} ─ ${answer.misclassified} of ${answer.samples} samples misclassified ─ ${milliseconds(answer.milliseconds)}`,
      colour,
    ),
    `${answer.method} (${visible(parameterWords(answer.parameters))}), replaced by ${visible(answer.replacement.label)}`,
    ...(answer.unlabelled === 0 ? [] : [`${answer.unlabelled} samples have no gold label and are left out`]),
    ...(errors.length < answer.misclassified ? [`the first ${errors.length} of them`] : []),
    '',
    bold('share that is right after k replaced features (flips-to-gold@k)', colour),
    '    k      blame     random',
    ...rows,
    '',
    bold(
      `flips-to-gold@${remove}: ${percent(blame[remove] ?? 0)} in the order of blame, ${percent(random[remove] ?? 0)} in random order`,
      colour,
    ),
    ...slow
      .slice(0, samplesShown)
      .map(({ sample, gold, predicted }) =>
        dim(
          `not within ${remove}: ${visible(sample.title)} (${visible(gold)}, predicted ${visible(predicted)})`,
          colour,
        ),
      ),
    ...(slow.length > samplesShown ? [dim(`… ${slow.length - samplesShown} more`, colour)] : []),
    '',
  ].join('\n');
}
