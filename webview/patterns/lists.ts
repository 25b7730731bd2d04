/** Views made of lists: features with bars, rules, unused inputs, unusual samples. */
import type { FeaturePattern, PatternsResponse } from '../../server/protocol';
import { percent, significant, signed } from '../../server/render/numbers';
import {
  cellWords,
  deadWords,
  labelOf,
  ruleNumbers,
  rulesCaution,
  ruleWords,
  sampleCount,
  sampleWords,
} from '../../server/render/patternWords';
import { data, h, s } from '../widgets/dom';
import { heatmapCanvas } from './heatmap';
import type { PatternsPage } from './page';

const BAR = 90;
const DEAD = 300;

export function featuresView(answer: PatternsResponse, page: PatternsPage): HTMLElement {
  const reports = (answer.features ?? []).map((report) => {
    const carrying = report.features.filter(({ sum }) => sum > 0);
    return h(
      'section',
      { class: 'report' },
      h(
        'h3',
        {},
        data(cellWords(answer, report)),
        h('span', { class: 'dim' }, ` · ${report.samples.length} of ${sampleCount(report.total)}`),
      ),
      h(
        'div',
        { class: 'beside' },
        carrying.length === 0
          ? h('p', { class: 'dim' }, 'Nothing carries it.')
          : featureList(carrying, page, `${cellWords(answer, report)}: `),
        report.heatmap === undefined ? null : heatmapCanvas(report.heatmap, 'mean relevance'),
      ),
    );
  });
  return h('div', {}, ...reports);
}

/** Ranked bars; a click lists the samples in which the feature carries most. */
export function featureList(features: readonly FeaturePattern[], page: PatternsPage, of: string): HTMLElement {
  const largest = Math.max(...features.map(({ sum }) => sum));
  const rows = features.map(({ feature, sum, mean, count, samples }) => {
    const label = `${feature.name}, sum ${signed(sum)}, mean ${signed(mean)}, ${sampleCount(count)}`;
    const bar = s(
      'svg',
      { width: BAR, height: 10, 'aria-hidden': 'true' },
      s('rect', { class: 'bar', width: Math.max(1, (sum / largest) * BAR), height: 10 }),
    );
    return h(
      'button',
      {
        type: 'button',
        class: 'feature',
        'aria-label': label,
        onclick: () => page.pick({ title: `${of}${feature.name}`, samples, features: [feature] }),
      },
      data(feature.name, { class: 'feature-name' }),
      bar,
      h('span', { class: 'number' }, signed(sum)),
      h('span', { class: 'number dim' }, `⌀ ${signed(mean)}`),
      h('span', { class: 'number dim' }, sampleCount(count)),
    );
  });
  return h('div', { class: 'features' }, ...rows);
}

export function rulesView(answer: PatternsResponse, page: PatternsPage): HTMLElement {
  const rules = answer.rules ?? [];
  if (rules.length === 0) return h('p', {}, 'No condition on the inputs tells the classes apart.');
  const rows = rules.map((rule) =>
    h(
      'button',
      {
        type: 'button',
        class: 'rule',
        onclick: () => page.pick({ title: ruleWords(rule), samples: rule.samples }),
      },
      h('strong', {}, data(labelOf(answer, rule.class))),
      ' ← ',
      data(ruleWords(rule)),
      h('span', { class: 'dim block' }, `${ruleNumbers(rule)}; carries ${signed(rule.relevance)}`),
    ),
  );
  return h('div', { class: 'rules' }, ...rows, h('p', { class: 'dim' }, rulesCaution));
}

export function deadView(answer: PatternsResponse): HTMLElement {
  const { dead } = answer;
  if (dead === undefined) return h('div');
  const { features, looked, samples, unknown, heatmap } = dead;
  return h(
    'div',
    {},
    h('p', {}, `${features.length} of ${looked} have ${deadWords(String(samples))}.`),
    h('p', { class: 'words' }, ...features.slice(0, DEAD).flatMap(({ name }) => [data(name, { class: 'word' }), ' '])),
    unknown === undefined
      ? null
      : h(
          'p',
          {},
          `${unknown.words} words are one to the model (unknown), ${percent(unknown.share)} of all: `,
          ...unknown.examples.flatMap((word) => [data(word, { class: 'word' }), ' ']),
        ),
    heatmap === undefined ? null : heatmapCanvas(heatmap, 'share of samples in which a pixel has relevance'),
  );
}

export function unusualView(answer: PatternsResponse, page: PatternsPage): HTMLElement {
  const unusual = answer.unusual ?? [];
  if (unusual.length === 0) return h('p', {}, 'Every sample is explained like its class.');
  const rows = unusual.flatMap(({ sample, why, score, features }) => {
    const one = answer.samples[sample];
    if (one === undefined) return [];
    const said =
      why === 'unlike' ? `unlike its class, z ${significant(score)}` : `${percent(score)} on flagged features`;
    const names = features.map(({ name }) => name).join(', ');
    return [
      h(
        'button',
        { type: 'button', class: 'rule', onclick: () => page.reveal(one.address) },
        data(one.title),
        ' ',
        data(sampleWords(answer, one)),
        h('span', { class: 'dim block' }, said, ' · ', data(names)),
      ),
    ];
  });
  const all = unusual.map(({ sample }) => sample);
  const pick = h(
    'button',
    { type: 'button', class: 'link', onclick: () => page.pick({ title: 'Unusual samples', samples: all }) },
    'List them all',
  );
  return h('div', { class: 'rules' }, pick, ...rows);
}
