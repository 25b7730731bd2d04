/**
 * A survey as one HTML file that stands alone: no script, nothing loaded, its policy allows the one style sheet (by
 * hash) and pictures inside the file. Text of datasets and models is made visible and escaped.
 */
import type { Explanation, Share, SurveyRow, SurveySummary } from '../../protocol';
import { legend } from '../colour';
import { heatmapHtml } from '../heatmapHtml';
import { stepClass, steps, styleSheet } from '../htmlStyle';
import { milliseconds, percent, probability, significant } from '../numbers';
import { sampleCount } from '../patternWords';
import { reportPage, safe } from '../reportPage';
import { shorten } from '../text';
import { failed, independentWords, unlabelledWords, unreadableWords, verdict } from './report';
import type { SurveyReport } from './report';

/** Larger matrices are listed by their largest cells. */
const MATRIX_CLASSES = 40;
/** The names of more classes than this stand upright above their columns. */
const UPRIGHT = 6;
const CELLS_SHOWN = 30;

const extra = `
table.matrix td, table.matrix th { padding: .2rem .5rem; text-align: right; }
table.matrix th, table.classes th, table.list th { white-space: nowrap; overflow-wrap: normal; }
table.matrix.upright th, table.matrix.upright td { padding: .15rem .3rem; }
table.matrix.upright th[scope="col"] { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; }
table.matrix td.right { outline: 1px solid var(--line); }
.wide { overflow-x: auto; padding-bottom: 1px; }
table.list td, table.list th { vertical-align: top; padding-bottom: .3rem; }
.fail { color: #b3261e; } .pass { color: #1b6e3c; }`;

export async function surveyHtml(report: SurveyReport): Promise<string> {
  const { state, summary, explanations } = report;
  const style = `${styleSheet()}${extra}`;
  const told = verdict(report);
  const unreadable = unreadableWords(report);
  const unlabelled = unlabelledWords(report);
  const independent = independentWords(report);
  const heatmaps = [];
  for (const explanation of explanations) heatmaps.push(await mistakeHtml(explanation));
  return reportPage({
    title: `Survey of ${state.model.name}`,
    style,
    header: `<div class="soft">${[sampleCount(summary.predicted), milliseconds(state.milliseconds), ...report.where.map(({ column, value }) => `${column} = ${value}`)].map(safe).join(' · ')}</div>
${told === null ? '' : `<p class="account ${failed(report) ? 'fail' : 'pass'}">${failed(report) ? '✗' : '✓'} ${safe(told)}</p>`}`,
    main: `${state.stale === null ? '' : `<p class="warn">The ${state.stale} changed while the survey ran.</p>`}
${unreadable === null ? '' : `<p class="warn">${safe(unreadable)}.</p>`}
${independent === null ? '' : `<p class="warn">${independent}.</p>`}
${unlabelled === null ? '' : `<p class="warn">${safe(unlabelled)}.</p>`}
${summary.labelled === 0 ? '' : countedHtml(report)}
${heatmaps.length === 0 ? '' : section('The worst, explained', heatmaps.join('\n'))}
${section(
  'Settings',
  `<dl><dt>model SHA-256</dt><dd>${safe(state.model.hash)}</dd><dt>files</dt><dd>${state.files
    .slice(0, 50)
    .map(({ uri, count }) => `${safe(shorten(tail(uri), 120))} (${count})`)
    .join('<br>')}${state.files.length > 50 ? `<br>… ${state.files.length - 50} more` : ''}</dd></dl>`,
)}`,
  });
}

/** What there is to say about samples with a gold label. */
function countedHtml({ summary, slice, sort, mistakes, total }: SurveyReport): string {
  return `${section('Accuracy', overallHtml(summary))}
${section('Classes', classesHtml(summary))}
${section('Confusion', confusionHtml(summary))}
${section('Reliability', reliabilityHtml(summary))}
${slice === null ? '' : section(`By ${safe(slice)}`, slicesHtml(summary))}
${section(`Mistakes, by ${safe(sort)}`, mistakesHtml(mistakes, total))}`;
}

function tail(uri: string): string {
  return uri.split('/').slice(-2).join('/');
}

function section(title: string, content: string): string {
  return `<section><h2>${title}</h2>\n${content}\n</section>`;
}

function shareHtml({ value, count, of, low, high }: Share): string {
  if (of === 0) return '<span class="soft">no sample</span>';
  return `${percent(value)} <span class="soft">(${count} of ${of}; 95 %: ${percent(low)} … ${percent(high)})</span>`;
}

function overallHtml(summary: SurveySummary): string {
  const { accuracy, macro, loss, calibrationError, labelErrors, labelled, predicted } = summary;
  const rows: readonly (readonly [string, string])[] = [
    ['accuracy', shareHtml(accuracy)],
    [
      'macro F1',
      `${significant(macro.f1)} (precision ${significant(macro.precision)}, recall ${significant(macro.recall)})`,
    ],
    ...(loss === null ? [] : ([['mean loss', `${significant(loss)} nats`]] as const)),
    ['expected calibration error', percent(calibrationError)],
    ['labels probably wrong', String(labelErrors)],
    ...(predicted > labelled ? ([['without a gold label', String(predicted - labelled)]] as const) : []),
  ];
  return `<dl>${rows.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join('\n')}</dl>`;
}

function classesHtml({ classes }: SurveySummary): string {
  const rows = classes
    .filter(({ gold, predicted }) => gold + predicted > 0)
    .map(
      ({ label, gold, predicted, precision, recall, f1 }) =>
        `<tr><th scope="row"><bdi>${safe(shorten(label, 60))}</bdi></th><td class="n">${gold}</td><td class="n">${predicted}</td><td>${shareHtml(precision)}</td><td>${shareHtml(recall)}</td><td class="n">${significant(f1)}</td></tr>`,
    );
  return `<table class="classes"><tr class="soft"><th>class</th><th>gold</th><th>predicted</th><th>precision</th><th>recall</th><th>F1</th></tr>${rows.join('\n')}</table>`;
}

/** Colour by share of the gold class: mistakes red. */
function confusionHtml({ labels, confusion }: SurveySummary): string {
  const classes = labels.length;
  if (classes > MATRIX_CLASSES) return largestCells(labels, confusion);
  const name = (label: string): string => `<bdi>${safe(shorten(label, 20))}</bdi>`;
  const rows = labels.map((label, gold) => {
    const counts = confusion.slice(gold * classes, (gold + 1) * classes);
    const sum = counts.reduce((a, b) => a + b, 0);
    const cells = counts.map((count, predicted) => {
      const share = sum === 0 ? 0 : count / sum;
      const tone =
        gold === predicted ? ' right' : count === 0 ? ' soft' : ` ${stepClass(Math.min(1, 2 * share) * steps, steps)}`;
      return `<td class="n${tone}" title="${percent(share)} of ${safe(label)}">${count}</td>`;
    });
    return `<tr><th scope="row">${name(label)}</th>${cells.join('')}</tr>`;
  });
  return `<div class="wide"><table class="matrix${classes > UPRIGHT ? ' upright' : ''}"><tr><th class="soft">gold ↓ predicted →</th>${labels.map((label) => `<th scope="col">${name(label)}</th>`).join('')}</tr>${rows.join('\n')}</table></div>`;
}

function largestCells(labels: readonly string[], confusion: readonly number[]): string {
  const cells = confusion
    .map((count, cell) => ({ count, gold: Math.floor(cell / labels.length), predicted: cell % labels.length }))
    .filter(({ count, gold, predicted }) => count > 0 && gold !== predicted)
    .sort((a, b) => b.count - a.count);
  return `<table>${cells
    .slice(0, CELLS_SHOWN)
    .map(
      ({ count, gold, predicted }) =>
        `<tr><td class="n">${count}</td><td><bdi>${safe(labels[gold] ?? '')}</bdi> predicted as <bdi>${safe(labels[predicted] ?? '')}</bdi></td></tr>`,
    )
    .join('\n')}</table>`;
}

/** Confidence to the right, accuracy upwards; on the diagonal the model is as sure as it is right. */
function reliabilityHtml({ reliability }: SurveySummary): string {
  const [size, edge] = [220, 24];
  const x = (value: number): string => (edge + value * size).toFixed(1);
  const y = (value: number): string => (4 + (1 - value) * size).toFixed(1);
  const bars = reliability.flatMap(({ low, high, samples, accuracy, confidence }) =>
    samples === 0
      ? []
      : [
          `<rect class="bar" x="${x(low)}" y="${y(accuracy.value)}" width="${((high - low) * size - 1).toFixed(1)}" height="${(accuracy.value * size).toFixed(1)}"><title>${samples} samples: confidence ${percent(confidence)}, right ${percent(accuracy.value)}</title></rect>`,
        ],
  );
  return `<svg width="${size + edge + 8}" height="${size + edge + 4}" role="img" aria-label="reliability diagram">${bars.join('')}<line class="axis" x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}"/><line class="grid" x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(0)}"/><text class="tick" x="${x(0)}" y="${size + edge}">0</text><text class="tick" x="${x(0.93)}" y="${size + edge}">sure</text><text class="tick" x="0" y="${y(0.97)}">right</text></svg>
<table><tr class="soft"><th>confidence</th><th>samples</th><th>right</th></tr>${reliability
    .filter(({ samples }) => samples > 0)
    .map(
      ({ low, high, samples, accuracy }) =>
        `<tr><td>${significant(low, 2)} … ${significant(high, 2)}</td><td class="n">${samples}</td><td>${shareHtml(accuracy)}</td></tr>`,
    )
    .join('')}</table>`;
}

function slicesHtml({ slices, slicesLeftOut }: SurveySummary): string {
  const rows = slices.map(
    ({ value, samples, accuracy, macroF1 }) =>
      `<tr><th scope="row"><bdi>${value === '' ? '(empty)' : safe(shorten(value, 60))}</bdi></th><td class="n">${samples}</td><td>${shareHtml(accuracy)}</td><td class="n">${accuracy.of === 0 ? '' : significant(macroF1)}</td></tr>`,
  );
  const more = slicesLeftOut > 0 ? `<p class="soft">… ${slicesLeftOut} more values</p>` : '';
  return `<table><tr class="soft"><th>value</th><th>samples</th><th>accuracy</th><th>macro F1</th></tr>${rows.join('\n')}</table>${more}`;
}

function mistakesHtml(mistakes: readonly SurveyRow[], total: number): string {
  const rows = mistakes.map(
    ({ title, gold, predicted, loss, suspected, text }) =>
      `<tr><th scope="row"><bdi>${safe(title)}</bdi></th><td><bdi>${safe(gold?.label ?? '')}</bdi> → <bdi>${safe(predicted?.label ?? '')}</bdi></td><td class="n">${probability(predicted?.probability ?? 0)}</td><td class="n">${significant(loss ?? 0)}</td><td class="soft">${suspected === null ? '' : `label probably <bdi>${safe(suspected.label)}</bdi> · `}<bdi>${safe(shorten((text ?? '').replace(/\s+/g, ' '), 160))}</bdi></td></tr>`,
  );
  if (rows.length === 0) return '<p>None.</p>';
  const more = total > rows.length ? `<p class="soft">… ${total - rows.length} more</p>` : '';
  return `<table class="list"><tr class="soft"><th>sample</th><th>gold → predicted</th><th>sure</th><th>loss</th><th></th></tr>${rows.join('\n')}</table>${more}`;
}

async function mistakeHtml(explanation: Explanation): Promise<string> {
  const { sample, gold, prediction, target, method } = explanation;
  const { positive, negative } = legend(target);
  const [first] = prediction;
  return `<h3><bdi>${safe(sample.title)}</bdi></h3>
<p>gold <bdi>${safe(gold?.label ?? '')}</bdi>, predicted <bdi>${safe(first?.label ?? '')}</bdi> ${probability(first?.probability ?? 0)} · ${safe(method)} · <span class="key r20"></span><bdi>${safe(positive)}</bdi> · <span class="key r-20"></span><bdi>${safe(negative)}</bdi></p>
${await heatmapHtml(explanation)}`;
}
