/** Made-up surveys for work on the survey page and for its tests. No DOM, no Node. */
import type { ToSurveyPage } from '../../server/protocol/survey-page';
import type {
  ClassMetrics,
  ReliabilityBin,
  Share,
  SurveyRow,
  SurveyRowsRequest,
  SurveyRowsResponse,
  SurveyState,
  SurveySummary,
} from '../../server/protocol/survey';
import { randomness } from './samples';

const uri = 'file:///data/reviews.csv';

/** Wilson's score interval at 95 %. */
export function share(count: number, of: number): Share {
  if (of === 0) return { value: 0, count, of, low: 0, high: 1 };
  const z = 1.959964;
  const p = count / of;
  const middle = (p + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const half = (z / (1 + (z * z) / of)) * Math.sqrt((p * (1 - p)) / of + (z * z) / (4 * of * of));
  return { value: p, count, of, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

export function surveyState(labels: readonly string[], change: Partial<SurveyState> = {}): SurveyState {
  return {
    survey: 'survey-1',
    model: {
      name: 'sentiment',
      uri: 'file:///models/sentiment.onnx',
      hash: 'a'.repeat(64),
      labels,
      labelsArePlaceholders: false,
      output: 'softmax',
      inputKind: 'text',
    },
    files: [{ uri, first: 0, count: 606 }],
    phase: 'done',
    revision: 1,
    total: 606,
    done: 606,
    cached: 0,
    unreadable: 2,
    unlabelled: 40,
    wrong: 73,
    rate: null,
    secondsLeft: null,
    stale: null,
    diff: null,
    error: null,
    warning: null,
    columns: ['source', 'language'],
    milliseconds: 900,
    ...change,
  };
}

/** A summary in which gold g is predicted as itself four times of five. */
export function summaryOf(labels: readonly string[], each = 100): SurveySummary {
  const next = randomness(5);
  const size = labels.length;
  const confusion = labels.flatMap((_, gold) => {
    const row = labels.map((_label, predicted) =>
      gold === predicted ? each : Math.max(0, Math.round(((next() + 0.5) * each) / (3 * size))),
    );
    return row;
  });
  const sum = (of: readonly number[]): number => of.reduce((total, value) => total + value, 0);
  const at = (gold: number, predicted: number): number => confusion[gold * size + predicted] ?? 0;
  const labelled = sum(confusion);
  const right = sum(labels.map((_, index) => at(index, index)));
  const classes = labels.map((label, index): ClassMetrics => {
    const gold = sum(confusion.slice(index * size, (index + 1) * size));
    const predicted = sum(labels.map((_, other) => at(other, index)));
    const [precision, recall] = [share(at(index, index), predicted), share(at(index, index), gold)];
    const f1 = (2 * precision.value * recall.value) / (precision.value + recall.value || 1);
    return { class: index, label, gold, predicted, precision, recall, f1 };
  });
  const reliability = Array.from({ length: 10 }, (_, bin): ReliabilityBin => {
    const samples = bin < 4 ? bin * 3 : bin * bin * 4;
    return {
      low: bin / 10,
      high: (bin + 1) / 10,
      samples,
      confidence: (bin + 0.5) / 10,
      accuracy: share(Math.round(samples * Math.max(0, bin / 10 - 0.05)), samples),
    };
  });
  const sources = ['web', 'app', 'letter', '', 'a source with a rather long name that goes on'];
  return {
    survey: 'survey-1',
    revision: 1,
    predicted: labelled + 40,
    labelled,
    unlabelledBecause: '“disco” (40) is no class of the model, which has no, yes',
    labels,
    confusion,
    accuracy: share(right, labelled),
    topK: share(labelled, labelled),
    classes,
    macro: { precision: 0.84, recall: 0.83, f1: 0.835 },
    loss: 0.412,
    reliability,
    calibrationError: 0.062,
    slices: sources.map((value, index) => ({
      value,
      samples: Math.round(labelled / (index + 2)),
      accuracy: share(Math.round(labelled / (index + 2) / (1.1 + index / 5)), Math.round(labelled / (index + 2))),
      classes,
      macroF1: 0.9 - index / 10,
    })),
    slicesLeftOut: 12,
    prior: labels.map(() => 1 / size),
    labelErrors: 7,
  };
}

const texts = [
  'The film was not nearly as good as its trailer, which gave all the jokes away.',
  'Unbelievably charming, if a little long.',
  'A <b>bold</b> failure & nothing "more" than that \u202Egnp.exe',
  'x',
  'Two hours of my life that nobody will give back to me, and a cinema that was far too cold for a film of this length, or of any other.',
];

export function surveyRow(position: number, labels: readonly string[]): SurveyRow {
  const gold = position % labels.length;
  const predicted = (position + 1) % labels.length;
  const probability = 0.999 - (position % 500) / 1100;
  return {
    position,
    address: { kind: 'record', uri, record: position + 1 },
    title: `reviews.csv:${position + 2}`,
    line: position + 2,
    gold: { label: labels[gold] ?? '', class: gold },
    predicted: { class: predicted, label: labels[predicted] ?? '', probability },
    top: [{ class: predicted, label: labels[predicted] ?? '', probability }],
    goldProbability: 1 - probability,
    goldRank: 2,
    wrong: true,
    loss: -Math.log(1 - probability),
    surprise: -Math.log(1 - probability) - 0.7,
    entropy: 0.3,
    margin: 2 * probability - 1,
    suspected: null,
    before: position % 3 === 0 ? { class: gold, label: labels[gold] ?? '' } : null,
    change: null,
    text: texts[position % texts.length] ?? '',
    cells: null,
    problem: null,
  };
}

export function surveyRows(
  { offset = 0, limit = 100 }: Pick<SurveyRowsRequest, 'offset' | 'limit'>,
  total: number,
  labels: readonly string[],
): SurveyRowsResponse {
  const count = Math.max(0, Math.min(limit, total - offset));
  return {
    rows: Array.from({ length: count }, (_, index) => surveyRow(offset + index, labels)),
    total,
    revision: 1,
  };
}

const two = ['negative', 'positive'];
const twenty = Array.from({ length: 20 }, (_, index) => `comp.os.ms-windows.topic-${index}`);
const hundred = Array.from({ length: 100 }, (_, index) => `class ${index}`);
const view = { filter: { only: 'wrong' }, sort: 'confidence', descending: null, grouping: 'pair' } as const;

function scene(labels: readonly string[], change: Partial<SurveyState> = {}): readonly ToSurveyPage[] {
  return [
    { type: 'survey', state: surveyState(labels, change), view },
    { type: 'summary', slice: null, summary: summaryOf(labels) },
  ];
}

const version = { hash: 'b'.repeat(64), at: 0, model: 'sentiment@bbbb' };

export const surveyScenes = {
  none: [{ type: 'survey', state: null, view }],
  two: scene(two),
  twenty: scene(twenty),
  hundred: scene(hundred),
  running: scene(two, { phase: 'running', done: 240, rate: 812, secondsLeft: 3 }),
  stale: scene(two, { stale: 'model' }),
  changed: scene(two, { diff: { against: version, compared: 560, newlyRight: 14, newlyWrong: 9, stillWrong: 64 } }),
  unlabelled: [
    { type: 'survey', state: surveyState(two, { unlabelled: 606, wrong: 0, unreadable: 0 }), view },
    { type: 'summary', slice: null, summary: { ...summaryOf(two), labelled: 0, labelErrors: 0 } },
  ],
  failed: scene(two, {
    phase: 'failed',
    error: {
      code: 'model-changed',
      what: 'The model was rewritten while it was read.',
      where: 'models/sentiment.onnx',
      next: 'Wait until the training run ended, and predict again.',
    },
  }),
} as const satisfies Readonly<Record<string, readonly ToSurveyPage[]>>;
export type SurveyScene = keyof typeof surveyScenes;

/** Rows a scene has. */
export const rowsOf: Readonly<Record<SurveyScene, number>> = {
  none: 0,
  two: 73,
  twenty: 100_000,
  hundred: 2_000_000,
  running: 30,
  stale: 73,
  changed: 23,
  unlabelled: 606,
  failed: 0,
};
export const labelsOf = (name: SurveyScene): readonly string[] =>
  name === 'twenty' ? twenty : name === 'hundred' ? hundred : two;
