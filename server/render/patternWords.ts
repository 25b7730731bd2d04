/** Patterns in words, the same in the terminal, the report and the page. Pure; no Node, no DOM. */
import { percent, significant } from './numbers';
import type {
  ClusterReport,
  FeatureReport,
  PatternSample,
  PatternsResponse,
  PatternView,
  RuleCondition,
  TriggerRule,
} from '../protocol';

export const viewTitles: Readonly<Record<PatternView, string>> = {
  features: 'What carries the class',
  rules: 'Trigger rules',
  dead: 'Unused inputs',
  clusters: 'Groups',
  map: 'Map',
  unusual: 'Unusual samples',
};

export const labelOf = ({ model }: PatternsResponse, index: number | null): string =>
  index === null ? 'no label' : (model.labels[index] ?? `class ${index}`);

/** `spam predicted as ham`, `all predicted as ham`. */
export function cellWords(
  answer: PatternsResponse,
  { gold, predicted }: Pick<FeatureReport, 'gold' | 'predicted'>,
): string {
  if (gold !== null) return `${labelOf(answer, gold)} predicted as ${labelOf(answer, predicted)}`;
  return answer.target === 'gold'
    ? `all labelled ${labelOf(answer, predicted)}`
    : `all predicted as ${labelOf(answer, predicted)}`;
}

export function conditionWords(condition: RuleCondition): string {
  switch (condition.kind) {
    case 'word':
      return `contains “${condition.word}”`;
    case 'category':
      return `${condition.column} is “${condition.value}”`;
    case 'range':
      return rangeWords(condition.column, condition.low, condition.high);
    case 'brightness': {
      const { x, y, width, height } = condition.region;
      return rangeWords(
        `brightness of x ${x}–${x + width - 1}, y ${y}–${y + height - 1}`,
        condition.low,
        condition.high,
      );
    }
  }
}

function rangeWords(name: string, low: number | null, high: number | null): string {
  if (low === null) return `${name} ≤ ${significant(high ?? 0, 4)}`;
  return high === null
    ? `${name} > ${significant(low, 4)}`
    : `${significant(low, 4)} < ${name} ≤ ${significant(high, 4)}`;
}

export const ruleWords = ({ conditions }: TriggerRule): string => conditions.map(conditionWords).join(' and ');

/** `1 sample`, `302 samples`. */
export const sampleCount = (count: number): string => `${count} ${count === 1 ? 'sample' : 'samples'}`;

/** `302 samples, 81 % of them so (41 % of all), covers 100 % of the class, 16 mistakes`. */
export function ruleNumbers({ support, precision, prior, recall, wrong }: TriggerRule): string {
  const mistakes = wrong === 0 ? 'no mistake' : wrong === 1 ? '1 mistake' : `${wrong} mistakes`;
  return `${sampleCount(support)}, ${percent(precision)} of them so (${percent(prior)} of all), covers ${percent(recall)} of the class, ${mistakes}`;
}

export function summaryWords(answer: PatternsResponse): string {
  const { total, labelled, mistakes, samples, method } = answer;
  const right = labelled === 0 ? 'no gold labels' : `${mistakes} of ${labelled} misclassified`;
  const of = answer.target === 'gold' ? 'the gold class' : 'the class predicted';
  return `${sampleCount(total)}, ${right}; ${samples.length} explained for ${of} by ${method}`;
}

/** `wrong` marks a mistake, in text as well as in colour. */
export function sampleWords(answer: PatternsResponse, { gold, predicted }: PatternSample): string {
  if (gold === null) return labelOf(answer, predicted);
  return gold === predicted
    ? `${labelOf(answer, predicted)} ✓`
    : `${labelOf(answer, predicted)} ✗ gold ${labelOf(answer, gold)}`;
}

export const isMistake = ({ gold, predicted }: PatternSample): boolean => gold !== null && gold !== predicted;

/** What a list of rules is worth, said beside it. */
export const rulesCaution =
  'Rules are associations over these samples on inputs that carry the class; they are no proof of what the model computes.';
export const deadWords = (share: string): string =>
  `no relevance (below a thousandth of the sample’s largest) in any of ${share} samples`;

/** Colours of classes on the map: Okabe and Ito's, and four that keep apart from them; beyond ten they repeat. */
export const classColours = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#8c6bb1',
  '#a65628',
  '#7f7f7f',
  '#bcbd22',
] as const;

/** How many groups a class has, and who said so. */
export function groupsWords({ clusters, given }: ClusterReport): string {
  if (clusters.length === 1) return 'one group';
  return `${clusters.length} groups ${given ? 'asked for' : 'by the largest gap between eigenvalues'}`;
}
