/**
 * Patterns as one HTML file that stands alone: no script, nothing loaded; text of datasets and models made visible and
 * escaped, as in `html.ts`.
 */
import { diverging, scaleLimit } from './colour';
import type { Theme } from './colour';
import { styleSheet } from './htmlStyle';
import { milliseconds, percent, significant, signed } from './numbers';
import {
  cellWords,
  classColours,
  deadWords,
  groupsWords,
  isMistake,
  labelOf,
  ruleNumbers,
  rulesCaution,
  ruleWords,
  sampleCount,
  sampleWords,
  summaryWords,
  viewTitles,
} from './patternWords';
import { reportPage, safe } from './reportPage';
import { shorten } from './text';
import type {
  ClusterReport,
  FeaturePattern,
  FeatureReport,
  Heatmap,
  MapReport,
  PatternsResponse,
  PatternView,
} from '../protocol';

const FEATURES = 20;
const EXAMPLES = 5;
const DEAD = 200;
const UNUSUAL = 100;
const MAP_SIDE = 640;
/** Shortest side of a heatmap on the page, in pixels. */
const PICTURE = 140;

export async function patternsHtml(answer: PatternsResponse): Promise<string> {
  const style = `${styleSheet()}\n${own}\n${classColours.map((colour, i) => `.c${i} { fill: ${colour}; color: ${colour}; }`).join('\n')}`;
  return reportPage({
    title: `Patterns · ${answer.model.name}`,
    style,
    header: `<div class="soft">${safe(summaryWords(answer))} · ${milliseconds(answer.milliseconds)}</div>`,
    main: `${answer.warnings.map(({ message }) => `<p class="warn">${safe(message)}</p>`).join('\n')}
${section('features', await featuresHtml(answer))}
${section('rules', rulesHtml(answer))}
${section('clusters', await clustersHtml(answer))}
${section('map', answer.map === undefined ? '' : mapHtml(answer, answer.map))}
${section('dead', await deadHtml(answer))}
${section('unusual', unusualHtml(answer))}`,
  });
}

function section(view: PatternView, content: string): string {
  return content === '' ? '' : `<section><h2>${viewTitles[view]}</h2>\n${content}\n</section>`;
}

async function featuresHtml(answer: PatternsResponse): Promise<string> {
  const parts = (answer.features ?? []).map(async (report: FeatureReport) => {
    const heading = `<h3><bdi>${safe(cellWords(answer, report))}</bdi> <span class="soft">${report.samples.length} of ${sampleCount(report.total)}</span></h3>`;
    const picture = report.heatmap === undefined ? '' : await heatmapHtml(report.heatmap, 'mean relevance');
    return `${heading}<div class="beside">${featureTable(
      answer,
      report.features.filter(({ sum }) => sum > 0),
    )}${picture}</div>`;
  });
  return (await Promise.all(parts)).join('\n');
}

function featureTable(answer: PatternsResponse, features: readonly FeaturePattern[]): string {
  const shown = features.slice(0, FEATURES);
  const largest = Math.max(...shown.map(({ sum }) => sum), 0);
  const rows = shown.map(({ feature, count, sum, mean, samples }) => {
    const width = largest > 0 ? ((sum / largest) * 120).toFixed(1) : '0';
    const bar = `<svg width="120" height="12" aria-hidden="true"><rect class="for" width="${width}" height="12"/></svg>`;
    return `<tr><th scope="row"><bdi>${safe(shorten(feature.name, 60))}</bdi></th><td>${bar}</td><td class="n">${signed(sum)}</td><td class="n">${signed(mean)}</td><td class="n">${count}</td><td class="soft">${titles(answer, samples)}</td></tr>`;
  });
  const head =
    '<tr class="soft"><th></th><th></th><td class="n">Σ</td><td class="n">mean</td><td class="n">samples</td><td>strongest in</td></tr>';
  return rows.length === 0 ? '<p>Nothing carries it.</p>' : `<table>${head}${rows.join('\n')}</table>`;
}

function titles(answer: PatternsResponse, samples: readonly number[]): string {
  return samples
    .slice(0, EXAMPLES)
    .map((sample) => `<bdi>${safe(answer.samples[sample]?.title ?? '')}</bdi>`)
    .join(', ');
}

function rulesHtml(answer: PatternsResponse): string {
  const { rules } = answer;
  if (rules === undefined) return '';
  if (rules.length === 0) return '<p>No condition on the inputs tells the classes apart.</p>';
  const items = rules.map(
    (rule) =>
      `<li><strong><bdi>${safe(labelOf(answer, rule.class))}</bdi></strong> ← <bdi>${safe(ruleWords(rule))}</bdi><div class="soft">${ruleNumbers(rule)}; carries ${signed(rule.relevance)}</div></li>`,
  );
  return `<ol>${items.join('\n')}</ol><p class="soft">${rulesCaution}</p>`;
}

async function clustersHtml(answer: PatternsResponse): Promise<string> {
  const { clusters } = answer;
  if (clusters === undefined) return '';
  if (clusters.length === 0) return '<p>No class has the 20 samples that grouping needs.</p>';
  return (await Promise.all(clusters.map((report) => clusterHtml(answer, report)))).join('\n');
}

async function clusterHtml(answer: PatternsResponse, report: ClusterReport): Promise<string> {
  const values = report.eigenvalues.map((value) => significant(value, 2)).join(' · ');
  const figures = report.clusters.map(async ({ name, samples, wrong, features, heatmap }) => {
    const picture = heatmap === undefined ? '' : await heatmapHtml(heatmap, 'median of the heatmaps');
    const list = features
      .slice(0, EXAMPLES)
      .map(({ feature, mean }) => `<bdi>${safe(shorten(feature.name, 40))}</bdi> ${signed(mean)}`)
      .join('<br>');
    return `<div class="group"><h4><bdi>${safe(shorten(name, 80))}</bdi></h4><p>${sampleCount(samples.length)}, ${wrong} wrong</p>${picture}<p class="soft">${list}</p><p class="soft">typical: ${titles(answer, samples)}</p></div>`;
  });
  return `<h3><bdi>${safe(labelOf(answer, report.class))}</bdi> <span class="soft">${groupsWords(report)}: ${values}</span></h3><div class="groups">${(await Promise.all(figures)).join('\n')}</div>`;
}

async function heatmapHtml({ width, height, relevance }: Heatmap, words: string): Promise<string> {
  const { encodePng } = await import('./png');
  const limit = scaleLimit(relevance);
  const uri = async (theme: Theme): Promise<string> => {
    const rgba = new Uint8ClampedArray(width * height * 4);
    relevance.forEach((value, i) => rgba.set([...diverging(value, limit, theme), 255], i * 4));
    return `data:image/png;base64,${Buffer.from(await encodePng({ width, height, rgba })).toString('base64')}`;
  };
  const factor = Math.max(1, Math.ceil(PICTURE / Math.min(width, height)));
  const source = `<source media="(prefers-color-scheme: dark)" srcset="${await uri('dark')}">`;
  return `<figure class="map"><picture>${source}<img src="${await uri('light')}" alt="${words}" width="${width * factor}" height="${height * factor}"></picture><figcaption>${words}</figcaption></figure>`;
}

/** Dots by class; mistakes are crosses. Each says in its title what it is. */
function mapHtml(answer: PatternsResponse, { samples, x, y, space, layer }: MapReport): string {
  const marks = samples.map((sample, i) => {
    const one = answer.samples[sample];
    if (one === undefined) return '';
    const [cx, cy] = [10 + (x[i] ?? 0) * (MAP_SIDE - 20), 10 + (1 - (y[i] ?? 0)) * (MAP_SIDE - 20)];
    const title = `<title>${safe(one.title)}: ${safe(sampleWords(answer, one))}</title>`;
    const colour = `c${one.predicted % classColours.length}`;
    const at = `${cx.toFixed(1)} ${cy.toFixed(1)}`;
    return isMistake(one)
      ? `<path class="${colour} cross" d="M ${at} m -5 -5 l 10 10 m 0 -10 l -10 10">${title}</path>`
      : `<circle class="${colour}" cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="3.5">${title}</circle>`;
  });
  const used = [...new Set(answer.samples.map(({ predicted }) => predicted))].sort((a, b) => a - b);
  const legend = used.map(
    (own) => `<span class="c${own % classColours.length}">●</span> <bdi>${safe(labelOf(answer, own))}</bdi>`,
  );
  return `<p>Predicted class: ${legend.join(' · ')}; a cross is a mistake. Near: ${layer === null ? `alike ${space}` : `alike in <bdi>${safe(layer)}</bdi>`}. Distances between far groups mean little.</p>
<svg viewBox="0 0 ${MAP_SIDE} ${MAP_SIDE}" width="${MAP_SIDE}" height="${MAP_SIDE}" role="img" aria-label="Map of the samples"><rect class="frame" width="${MAP_SIDE}" height="${MAP_SIDE}"/>${marks.join('')}</svg>`;
}

async function deadHtml({ dead }: PatternsResponse): Promise<string> {
  if (dead === undefined) return '';
  const { features, looked, samples, unknown, heatmap } = dead;
  const names = features
    .slice(0, DEAD)
    .map(({ name }) => `<bdi>${safe(shorten(name, 40))}</bdi>`)
    .join(', ');
  const said =
    unknown === undefined
      ? ''
      : `<p>${unknown.words} words are one to the model (unknown), ${percent(unknown.share)} of all: ${unknown.examples.map((word) => `<bdi>${safe(word)}</bdi>`).join(', ')}</p>`;
  const picture =
    heatmap === undefined ? '' : await heatmapHtml(heatmap, 'share of samples in which a pixel has relevance');
  return `<p>${features.length} of ${looked} have ${deadWords(String(samples))}.</p><p class="soft">${names}</p>${said}${picture}`;
}

function unusualHtml(answer: PatternsResponse): string {
  const { unusual } = answer;
  if (unusual === undefined) return '';
  if (unusual.length === 0) return '<p>Every sample is explained like its class.</p>';
  const rows = unusual.slice(0, UNUSUAL).map(({ sample, why, score, features }) => {
    const one = answer.samples[sample];
    const said =
      why === 'unlike' ? `unlike its class, z ${significant(score)}` : `${percent(score)} on flagged features`;
    const names = features.map(({ name }) => `<bdi>${safe(shorten(name, 40))}</bdi>`).join(', ');
    return `<tr><th scope="row"><bdi>${safe(one?.title ?? '')}</bdi></th><td>${one === undefined ? '' : safe(sampleWords(answer, one))}</td><td>${said}</td><td>${names}</td><td class="soft"><bdi>${safe(shorten(one?.text ?? '', 80))}</bdi></td></tr>`;
  });
  const more = unusual.length > UNUSUAL ? `<p class="soft">… ${unusual.length - UNUSUAL} more</p>` : '';
  return `<table>${rows.join('\n')}</table>${more}`;
}

const own = `body { max-width: 75rem; } h3 { font-size: 1rem; margin: 1.25rem 0 .4rem; } h4 { font-size: .95rem; margin: 0; overflow-wrap: anywhere; }
.beside { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; } .groups { display: flex; flex-wrap: wrap; gap: 1rem; }
.group { border: 1px solid var(--line); border-radius: 4px; padding: .6rem .8rem; width: 15rem; } .group p { margin: .3rem 0; font-size: .9em; }
.map img { image-rendering: pixelated; height: auto; border: 1px solid var(--line); max-width: 100%; } li { margin: .4rem 0; }
.cross { stroke: currentColor; stroke-width: 2.2; fill: none; } .frame { fill: none; stroke: var(--line); } circle { fill-opacity: .75; }`;
