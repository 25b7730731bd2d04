/** A model's card as a document and for a terminal. */
import type { ModelCard } from '../protocol';
import { bold, dim } from './ansi';
import type { TerminalStyle } from './terminal';
import { visible } from './text';

const meanings: Readonly<Record<string, string>> = {
  softmax: 'before the final softmax',
  sigmoid: 'before the final sigmoid',
  none: 'the output itself',
  probabilities: 'the output itself, which is probabilities: no logit was found before them',
  quantities: 'the output itself',
};

const amount = (count: number): string => count.toLocaleString('en-US');

function size(bytes: number): string {
  return bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

interface Line {
  readonly label: string;
  readonly text: string;
}

const ANOTHER = ' ("output" in model-blame.json chooses another than the one below)';

function linesOf(card: ModelCard): readonly Line[] {
  const { logit } = card;
  const labels = card.labels.slice(0, 20).join(', ');
  const more = card.labels.length > 20 ? `, … ${card.labels.length - 20} more` : '';
  const isRegression = logit.activation === 'quantities';
  const unit = card.unit === undefined ? '' : ` (${card.unit})`;
  const named = card.labelsArePlaceholders ? 'none known: write "labels" into model-blame.json' : `${labels}${more}`;
  return [
    ...card.inputs.map(({ name, type }) => ({ label: 'input', text: `${name}: ${type}` })),
    { label: 'outputs', text: `${card.outputs.join(', ')}${card.outputs.length > 1 ? ANOTHER : ''}` },
    {
      label: isRegression ? 'value' : 'logit',
      text: `${logit.name}: ${logit.type}, ${meanings[logit.activation] ?? logit.activation} of ${logit.output}`,
    },
    ...(isRegression
      ? [{ label: 'quantities', text: `${card.labels.length === 0 ? 'of unknown number' : `${labels}${more}`}${unit}` }]
      : [
          {
            label: 'classes',
            text: card.labels.length === 0 ? 'of unknown number' : `${card.labels.length}: ${named}`,
          },
        ]),
    { label: 'weights', text: `${amount(card.parameters)} parameters, ${size(card.bytes)}` },
    {
      label: 'operators',
      text: card.operators.map(([op, count]) => (count === 1 ? op : `${op} × ${count}`)).join(', '),
    },
    { label: 'engine', text: card.engine },
    ...card.notes.map((text) => ({ label: 'note', text })),
  ];
}

export function cardText(card: ModelCard, { colour }: TerminalStyle): string {
  const fits = card.methods.filter(({ unfit }) => unfit === null).map(({ id }) => id);
  const others = card.methods.filter(({ unfit }) => unfit !== null);
  const lines = [
    bold(visible(card.name), colour),
    ...linesOf(card).map(({ label, text }) => `  ${label.padEnd(10)} ${visible(text)}`),
    `  ${'methods'.padEnd(10)} ${fits.join(', ')}`,
    ...others.map(({ id, unfit }) => dim(`  ${''.padEnd(10)} not ${id}: ${visible(unfit ?? '')}`, colour)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Characters that Markdown would read. */
const plain = (text: string): string => text.replaceAll(/[\\`*_[\]<>|#]/g, String.raw`\$&`);

export function cardMarkdown(card: ModelCard): string {
  const fits = card.methods.filter(({ unfit }) => unfit === null);
  const others = card.methods.filter(({ unfit }) => unfit !== null);
  return [
    `# ${plain(card.name)}`,
    '',
    '| | |',
    '|---|---|',
    ...linesOf(card).map(({ label, text }) => `| **${label}** | ${plain(text)} |`),
    '',
    '## Methods that fit',
    '',
    ...fits.map(({ id, name }) => `- ${plain(name)} (\`${id}\`)`),
    ...(others.length === 0 ? [] : ['', '## Methods that do not', '']),
    ...others.map(({ name, unfit }) => `- ${plain(name)}: ${plain(unfit ?? '')}`),
    '',
  ].join('\n');
}
