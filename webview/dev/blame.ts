/** Made-up answers to the questions beside the explanation: blame, counterfactual, conservation. */
import type { BlameResponse, CounterfactualResponse, RemovalStep, RemovalTrial } from '../../server/protocol/blame';
import type { Explanation, LayerReport, NodeBalance } from '../../server/protocol/explanation';
import type { ToPage } from '../../server/protocol/panel';
import type { UnitsResponse } from '../../server/protocol/units';
import { choices } from './catalogue';
import { conversation, digitResults, randomness, tableResults, textResults } from './samples';

type Results = ReturnType<typeof textResults>;

interface Classes {
  readonly gold: { readonly class: number; readonly label: string };
  readonly predicted: { readonly class: number; readonly label: string };
}

function trialOf(
  order: readonly number[],
  replacement: string,
  donor: number | null,
  { gold, predicted }: Classes,
  speed: number,
): RemovalTrial {
  const steps = [null, ...order].map((feature, removed): RemovalStep => {
    const chance = 0.169 + 0.7 * (1 - Math.exp(-speed * removed));
    const flipped = chance > 0.5;
    return {
      removed,
      feature,
      class: flipped ? gold.class : predicted.class,
      label: flipped ? gold.label : predicted.label,
      outcome: flipped ? 'gold' : 'same',
      gold: chance,
      predicted: 1 - chance,
    };
  });
  const flip = steps.findIndex(({ outcome }) => outcome === 'gold');
  return { replacement, donor, order, steps, flipsAt: flip < 0 ? null : flip };
}

/** Blame of a sample whose two likeliest classes are the wrong and the right one. */
export function blameOf({ explanation }: Results, donors = false): BlameResponse {
  const [predicted = { class: 0, label: '?' }, gold = predicted] = explanation.prediction;
  const classes: Classes = { gold, predicted };
  const usable = [...explanation.relevance.keys()].filter((index) => {
    const { features } = explanation;
    return features.kind !== 'tokens' || features.tokens[index]?.special === false;
  });
  const order = usable
    .filter((index) => (explanation.relevance[index] ?? 0) > 0)
    .sort((a, b) => (explanation.relevance[b] ?? 0) - (explanation.relevance[a] ?? 0))
    .slice(0, 10);
  const next = randomness(21);
  const shuffled = (): number[] =>
    Array.from({ length: order.length }, () => usable[Math.floor(((next() + 1) / 2) * usable.length)] ?? 0);
  const sampleAt = (line: number): BlameResponse['donors'][number] => ({
    sample: {
      address: { kind: 'line', uri: 'file:///data/reviews.csv', line },
      title: `reviews.csv:${line}`,
      contentHash: String(line),
    },
    distance: 0.12 + line / 1000,
  });
  const { class: goldClass } = gold;
  const probabilities = explanation.model.labels.map((_, index) => (index === goldClass ? 0.32 : 0.68));
  return {
    explanation: {
      ...explanation,
      method: 'blame',
      parameters: { signal: 'contrast', form: 'integrated', prior: 'dataset', steps: 32 },
      target: { kind: 'blame', class: gold.class, label: gold.label, signal: 'prior' },
      path: null,
    },
    gold: classes.gold,
    prior: {
      probabilities,
      surprise: -Math.log(0.32),
      source: { dataset: 'data/train.csv', role: 'train', samples: 500, total: 2000 },
    },
    replacement: donors ? { id: 'donor', label: 'donors' } : { id: 'baseline', label: '[PAD] embedding' },
    order,
    trials: donors
      ? [trialOf(order, 'reviews.csv:4', 0, classes, 0.05), trialOf(order, 'reviews.csv:9', 1, classes, 0.3)]
      : [trialOf(order, '[PAD] embedding', null, classes, 0.22)],
    random: [0.03, 0.05, 0.08].map((speed) => trialOf(shuffled(), '[PAD] embedding', null, classes, speed)),
    donors: donors ? [sampleAt(4), sampleAt(9)] : [],
  };
}

export function counterfactualOf({ explanation }: Results): CounterfactualResponse {
  const { features, prediction, sample, model } = explanation;
  const gold = prediction[1] ?? { class: 0, label: '?' };
  const common = {
    sample,
    model,
    gold,
    before: prediction,
    after: [
      { class: gold.class, label: gold.label, logit: 0.4, probability: 0.62 },
      { ...(prediction[0] ?? { class: 1, label: '?', logit: 0 }), probability: 0.38 },
    ],
    features,
    evaluations: 231,
    milliseconds: 812,
  };
  switch (features.kind) {
    case 'pixels': {
      const picture = features.picture.slice();
      const at = 12 * features.width + 9;
      picture.set([255, 255, 255, 255], at * 4);
      return {
        ...common,
        changes: [{ feature: at, name: 'pixel (9, 12)', from: '40', to: '255' }],
        result: { kind: 'pixels', width: features.width, height: features.height, picture },
      };
    }
    case 'columns':
      return {
        ...common,
        changes: [{ feature: 7, name: 'customer_id', from: '100482', to: '90011' }],
        result: { kind: 'columns', cells: { customer_id: '90011' } },
      };
    default:
      return {
        ...common,
        changes: [
          { feature: 15, name: '“charming”', from: 'charming', to: 'dull' },
          { feature: 4, name: '“not”', from: 'not', to: '' },
        ],
        result: { kind: 'text', text: 'The film was nearly as good as its trailer promised.' },
      };
  }
}

/** Balances of a pass with biases, a stabiliser and a node that hands on negative relevance. */
export const balances: readonly NodeBalance[] = (() => {
  let arrived = 2.31;
  return ['fc', 'pool', 'layer4', 'layer3', 'layer2', 'layer1', 'stem'].flatMap((name, i): NodeBalance[] => {
    const bias = i % 2 === 0 ? 0.11 / (i + 1) : 0;
    const stabiliser = name.startsWith('layer') ? 0.02 : 0;
    const before = arrived;
    arrived -= bias + stabiliser;
    return [
      {
        node: `${name}/Conv`,
        op: name === 'fc' ? 'Gemm' : name === 'pool' ? 'MaxPool' : 'Conv',
        rule: name === 'fc' ? 'epsilon' : name === 'stem' ? 'zB' : 'zPlus',
        arrived: before,
        passedOn: arrived,
        negative: i > 2 ? -0.2 * i : 0,
        absorbed: {
          ...(bias > 0 ? { bias } : {}),
          ...(stabiliser > 0 ? { stabiliser } : {}),
        },
      },
    ];
  });
})();

const units: LayerReport = {
  layer: choices.layers[33] ?? { value: '', op: '', node: '', shape: [] },
  units: Array.from({ length: 32 }, (_, i) => ({
    unit: (i * 37) % 512,
    value: (i % 4 === 3 ? -1 : 1) * 1.3 * Math.exp(-0.2 * i),
    activation: 0.8 / (i + 1),
  })),
};

/** A layer method's result, with its units. */
export function layerExplanation({ explanation }: Results, parameters: Explanation['parameters'] = {}): Explanation {
  return {
    ...explanation,
    method: 'layer-gradient-x-activation',
    parameters: { layer: units.layer.value, units: '', ...parameters },
    layer: units,
    path: null,
  };
}

/** What the class `granted` lives on, over a dataset. */
export const classUnits: UnitsResponse = {
  layer: units.layer,
  target: { kind: 'class', class: 1, label: 'granted', scale: 'logit' },
  dataset: 'data/train.csv',
  averagedOver: 200,
  units: Array.from({ length: 10 }, (_, i) => ({
    unit: (i * 53) % 512,
    influence: (i % 3 === 2 ? -1 : 1) * 0.9 * Math.exp(-0.3 * i),
    activation: 0.5 / (i + 1),
    examples: [3, 17, 40].map((line) => ({
      address: { kind: 'line', uri: 'file:///data/loans.csv', line: line + i },
      title: `loans.csv:${line + i}`,
      gold: line === 17 ? 'refused' : 'granted',
      activation: 1.2 / (i + 1),
    })),
  })),
};

/** A rule-based result: what is absorbed is no error. */
export function lrpExplanation({ explanation }: Results): Explanation {
  const { accounting } = explanation;
  return {
    ...explanation,
    method: 'lrp',
    parameters: { composite: 'epsilon-plus' },
    baseline: null,
    path: null,
    accounting: {
      sum: accounting.sum,
      score: accounting.sum + 0.5,
      expected: accounting.sum + 0.42,
      residual: -0.42,
      absorbed: 0.42,
      targetConstant: 0.08,
      cancellation: 2,
      evaluations: 1,
    },
  };
}

const blamed =
  (results: Results, donors = false) =>
  (): ToPage[] => [
    ...conversation(results),
    { type: 'blame', state: { phase: 'done', result: blameOf(results, donors) } },
  ];

/** A digit that the model takes for another. */
export function wrongDigit(): Results {
  const { prediction, explanation } = digitResults();
  const [first, second] = prediction.scores;
  const gold = { label: second?.label ?? '', class: second?.class ?? null };
  const scores = [first, second].flatMap((score) => (score === undefined ? [] : [score]));
  return {
    prediction: { ...prediction, scores, gold },
    explanation: { ...explanation, prediction: scores, gold },
  };
}

export function wrongTable(): Results {
  const { prediction, explanation } = tableResults();
  const gold = { label: 'refused', class: 0 };
  return { prediction: { ...prediction, gold }, explanation: { ...explanation, gold } };
}

const withCounterfactual = (results: Results) => (): ToPage[] => [
  ...blamed(results)(),
  { type: 'counterfactual', state: { phase: 'done', result: counterfactualOf(results) } },
];

function replaced(results: Results, explanation: Explanation): ToPage[] {
  return conversation({ ...results, explanation }).map((message) =>
    message.type === 'begin' ? { ...message, choice: { ...message.choice, method: explanation.method } } : message,
  );
}

export const blameScenes = {
  'blame-text': blamed(textResults()),
  'blame-donors': blamed(textResults(), true),
  'blame-digit': blamed(wrongDigit()),
  'blame-table': withCounterfactual(wrongTable()),
  'counterfactual-text': withCounterfactual(textResults()),
  'counterfactual-digit': withCounterfactual(wrongDigit()),
  units: (): ToPage[] => [
    ...replaced(wrongTable(), layerExplanation(tableResults())),
    { type: 'units', state: { phase: 'done', result: classUnits } },
  ],
  lrp: (): ToPage[] => {
    const results = tableResults();
    const explanation = lrpExplanation(results);
    return [
      ...replaced(results, explanation),
      { type: 'conservation', state: { phase: 'done', result: { ...explanation, conservation: balances } } },
    ];
  },
} as const;
