/**
 * A self-contained report: one HTML file, no script, nothing loaded from anywhere. Its policy allows the one style
 * sheet (by hash) and pictures inside the file. Text of datasets and models is made visible and escaped.
 */
import type { ClassScore, Explanation, MethodInfo } from '../protocol';
import { legend } from './colour';
import { pathCharts } from './curve';
import { heatmapHtml } from './heatmapHtml';
import { styleSheet } from './htmlStyle';
import { milliseconds, probability, signed, significant } from './numbers';
import { positionWords } from './positions';
import { ranking } from './ranking';
import { reportPage, safe } from './reportPage';
import { shorten } from './text';
import { accountingDetails, accountingWords, placeWords, targetWords } from './words';
import { baselineSays, isRegression, isRight, quantityVerdict, scoreNumber } from './scores';

const featuresShown = 30;
const classesShown = 20;
const quantitiesShown = 100;

/** @param method The method's documentation; the report goes without it when null. */
export async function explanationHtml(explanation: Explanation, method: MethodInfo | null): Promise<string> {
  const style = styleSheet();
  const charts = pathCharts(explanation.path);
  return reportPage({
    title: explanation.sample.title,
    style,
    header: `<div class="soft">${[explanation.model.name, explanation.engine, milliseconds(explanation.milliseconds)].map(safe).join(' · ')}</div>`,
    main: `${explanation.warnings.map(({ message }) => `<p class="warn">${safe(message)}</p>`).join('\n')}
${section('Prediction', predictionHtml(explanation))}
${section('Relevance', `<p>${safe(explanation.method)} · ${safe(targetWords(explanation.target))}</p>\n${legendHtml(explanation)}\n${await heatmapHtml(explanation)}`)}
${section('Accounting', accountingHtml(explanation))}
${charts.length === 0 ? '' : section('Along the path', `<div class="charts">${charts.join('\n')}</div>`)}
${isListed(explanation) ? '' : section('Strongest', rankingHtml(explanation))}
${section('Settings', settingsHtml(explanation))}
${method === null ? '' : section('The method', methodHtml(method))}`,
  });
}

function section(title: string, content: string): string {
  return `<section><h2>${title}</h2>\n${content}\n</section>`;
}

function predictionHtml(explanation: Explanation): string {
  const { prediction, gold } = explanation;
  if (isRegression(explanation.model)) return quantitiesHtml(explanation);
  const classes = Math.max(prediction.length, explanation.model.labels.length);
  const rows = prediction.slice(0, classesShown).map(scoreRow);
  const more = classes > classesShown ? `<p class="soft">… ${classes - classesShown} more classes</p>` : '';
  const right = isRight(explanation);
  const mark = right === null ? 'is not one of the classes' : right ? '✓ predicted so' : '✗ misclassified';
  const said = gold === null ? '' : `<p>gold label <bdi>${safe(gold.label)}</bdi> ${mark}</p>`;
  const place = positionWords(explanation);
  const at = place === null ? '' : `<p>at <bdi>${safe(place)}</bdi></p>`;
  return `${at}<table>${rows.join('')}</table>${more}${said}`;
}

function quantitiesHtml(explanation: Explanation): string {
  const { prediction, model, gold } = explanation;
  const rows = prediction.slice(0, quantitiesShown).map((score) => {
    const number = `<td class="n"><bdi>${safe(scoreNumber(score, model.unit))}</bdi></td>`;
    return `<tr><th scope="row"><bdi>${safe(shorten(score.label, 80))}</bdi></th>${number}</tr>`;
  });
  const more =
    prediction.length > quantitiesShown
      ? `<p class="soft">… ${prediction.length - quantitiesShown} more outputs</p>`
      : '';
  const about = gold?.quantity?.output;
  const of = about === undefined || prediction.length === 1 ? '' : `${prediction[about]?.label ?? ''}: `;
  const said = quantityVerdict(explanation);
  return `<table>${rows.join('')}</table>${more}${said === null ? '' : `<p><bdi>${safe(`${of}${said}`)}</bdi></p>`}`;
}

function scoreRow({ label, probability: p, logit }: ClassScore, index: number): string {
  const bar =
    p === null
      ? ''
      : `<svg width="200" height="12" aria-hidden="true"><rect class="bar" width="${(p * 200).toFixed(1)}" height="12"/></svg>`;
  const numbers = `<td class="n">${p === null ? '' : probability(p)}</td><td>${bar}</td><td class="n soft">${logit === null ? '' : `logit ${significant(logit)}`}</td>`;
  return `<tr${index === 0 ? ' class="top"' : ''}><th scope="row"><bdi>${safe(shorten(label, 80))}</bdi></th>${numbers}</tr>`;
}

function legendHtml({ target }: Explanation): string {
  const { positive, negative } = legend(target);
  return `<p><span class="key r20"></span>red: <bdi>${safe(positive)}</bdi> · <span class="key r-20"></span>blue: <bdi>${safe(negative)}</bdi></p>`;
}

function accountingHtml({ accounting }: Explanation): string {
  return `<p class="account">${safe(accountingWords(accounting))}</p><p class="soft">${accountingDetails(accounting).map(safe).join(' · ')}</p>`;
}

function rankingHtml(explanation: Explanation): string {
  const rows = ranking(explanation, featuresShown).map(
    ({ name, relevance, source }) =>
      `<tr><td class="n">${signed(relevance)}</td><td><bdi>${safe(shorten(name, 80))}</bdi></td><td class="soft">${source === null ? '' : safe(placeWords(source))}</td></tr>`,
  );
  return rows.length === 0 ? '<p>No feature has any relevance.</p>' : `<table>${rows.join('\n')}</table>`;
}

function settingsHtml(explanation: Explanation): string {
  const { parameters, baseline, model, sample, engine, modelMilliseconds, programKey } = explanation;
  const entries: readonly (readonly [string, string])[] = [
    ...Object.entries(parameters).map(([name, value]) => [name, String(value)] as const),
    ...(baseline === null ? [] : [['baseline', `${baseline.label}${baselineScore(explanation)}`] as const]),
    ['model', model.name],
    ['model SHA-256', model.hash],
    ['sample SHA-256', sample.contentHash],
    ['engine', `${engine}, ${milliseconds(modelMilliseconds)} in the model`],
    ['program', programKey],
  ];
  return definitions(entries);
}

function baselineScore(explanation: Explanation): string {
  const said = baselineSays(explanation);
  return said === '' ? '' : ` (predicted ${said})`;
}

function methodHtml(method: MethodInfo): string {
  return `<p><strong>${safe(method.name)}</strong> <code>${safe(method.formula)}</code></p>${definitions([
    ['means', method.means],
    ['needs', method.needs],
    ['misleads', method.misleads],
    ['axioms', method.axioms.join(', ') || 'none'],
    ['cost', method.cost],
    ['papers', method.papers.join(' · ')],
  ])}`;
}

function definitions(entries: readonly (readonly [string, string])[]): string {
  return `<dl>${entries.map(([name, value]) => `<dt>${safe(name)}</dt><dd>${safe(value)}</dd>`).join('\n')}</dl>`;
}

/** Columns are all listed with their values, words of a text are not. */
function isListed({ features }: Explanation): boolean {
  return features.kind === 'columns' && features.texts === undefined;
}
