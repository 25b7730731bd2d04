/** Patterns for a terminal. */
import { bold, dim } from './ansi';
import { blocks } from './bars';
import { percent, significant, signed } from './numbers';
import {
  cellWords,
  deadWords,
  groupsWords,
  labelOf,
  ruleNumbers,
  rulesCaution,
  ruleWords,
  sampleCount,
  sampleWords,
  summaryWords,
  viewTitles,
} from './patternWords';
import { visible } from './text';
import type { TerminalStyle } from './terminal';
import type { FeaturePattern, PatternsResponse, PatternView } from '../protocol';

const FEATURES = 15;
const EXAMPLES = 3;
const DEAD = 60;
const UNUSUAL = 20;
const BAR = 16;

export function patternsText(answer: PatternsResponse, style: TerminalStyle): string {
  const sections: readonly (readonly [PatternView, readonly string[]])[] = [
    ['features', featureLines(answer)],
    ['rules', ruleLines(answer)],
    ['clusters', clusterLines(answer)],
    ['dead', deadLines(answer)],
    ['unusual', unusualLines(answer)],
    ['map', mapLines(answer)],
  ];
  const lines = [
    `${visible(answer.model.name)} · ${summaryWords(answer)}`,
    ...answer.warnings.map(({ message }) => dim(visible(message), style.colour)),
    ...sections.flatMap(([view, own]) => (own.length === 0 ? [] : ['', bold(viewTitles[view], style.colour), ...own])),
  ];
  return `${lines.join('\n')}\n`;
}

function featureLines(answer: PatternsResponse): string[] {
  return (answer.features ?? []).flatMap((report) => [
    `${visible(cellWords(answer, report))}: ${report.samples.length} of ${sampleCount(report.total)}`,
    '         Σ     mean  samples',
    ...featureRows(answer, report.features.filter(({ sum }) => sum > 0).slice(0, FEATURES)),
  ]);
}

function featureRows(answer: PatternsResponse, features: readonly FeaturePattern[]): string[] {
  const largest = Math.max(...features.map(({ sum }) => sum), 0);
  return features.map(({ feature, count, sum, mean, samples }) => {
    const bar = blocks(largest > 0 ? (sum / largest) * BAR : 0).padEnd(BAR);
    const numbers = `${signed(sum).padStart(10)} ${signed(mean).padStart(8)} ${String(count).padStart(8)}`;
    return `${numbers}  ${bar} ${visible(feature.name).padEnd(16)} ${examples(answer, samples)}`;
  });
}

function examples(answer: PatternsResponse, samples: readonly number[]): string {
  return samples
    .slice(0, EXAMPLES)
    .map((sample) => visible(answer.samples[sample]?.title ?? ''))
    .join(', ');
}

function ruleLines(answer: PatternsResponse): string[] {
  const { rules } = answer;
  if (rules === undefined) return [];
  if (rules.length === 0) return ['No condition on the inputs tells the classes apart.'];
  return [
    ...rules.flatMap((rule) => [
      `${visible(labelOf(answer, rule.class))} ← ${visible(ruleWords(rule))}`,
      `    ${ruleNumbers(rule)}; carries ${signed(rule.relevance)}`,
    ]),
    rulesCaution,
  ];
}

function clusterLines(answer: PatternsResponse): string[] {
  const { clusters } = answer;
  if (clusters === undefined) return [];
  if (clusters.length === 0) return ['No class has the 20 samples that grouping needs.'];
  return clusters.flatMap((report) => [
    `${visible(labelOf(answer, report.class))} by ${report.space}: ${groupsWords(report)}, eigenvalues ${report.eigenvalues
      .slice(0, 6)
      .map((value) => significant(value, 2))
      .join(' ')}`,
    ...report.clusters.map(
      ({ name, samples, wrong }) =>
        `${String(samples.length).padStart(6)} samples, ${wrong} wrong  ${visible(name)}  ${examples(answer, samples)}`,
    ),
  ]);
}

function deadLines({ dead }: PatternsResponse): string[] {
  if (dead === undefined) return [];
  const { features, looked, samples, unknown } = dead;
  const names = features
    .slice(0, DEAD)
    .map(({ name }) => visible(name))
    .join(', ');
  return [
    `${features.length} of ${looked} have ${deadWords(String(samples))}`,
    ...(names === '' ? [] : [names]),
    ...(unknown === undefined
      ? []
      : [
          `${unknown.words} words are one to the model (unknown), ${percent(unknown.share)} of all: ${unknown.examples.map((word) => visible(word)).join(', ')}`,
        ]),
  ];
}

function unusualLines(answer: PatternsResponse): string[] {
  const { unusual } = answer;
  if (unusual === undefined) return [];
  if (unusual.length === 0) return ['Every sample is explained like its class.'];
  const lines = unusual.slice(0, UNUSUAL).map(({ sample, why, score, features }) => {
    const one = answer.samples[sample];
    const said =
      why === 'unlike' ? `unlike its class, z ${significant(score)}` : `${percent(score)} on flagged features`;
    const names = features.map(({ name }) => visible(name)).join(', ');
    return `${visible(one?.title ?? '').padEnd(20)} ${one === undefined ? '' : visible(sampleWords(answer, one))} · ${said} · ${names}`;
  });
  const more = unusual.length - lines.length;
  return more > 0 ? [...lines, `… ${more} more`] : lines;
}

function mapLines(answer: PatternsResponse): string[] {
  if (answer.map === undefined) return [];
  const { samples, space, layer } = answer.map;
  return [`${samples.length} samples placed by ${layer === null ? space : visible(layer)}; --format html draws it.`];
}
