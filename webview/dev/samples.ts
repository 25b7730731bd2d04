/** Made-up results of every kind, for work on the page and for its tests. No DOM, no Node. */
import type {
  ClassScore,
  Explanation,
  ModelRef,
  PathReport,
  Prediction,
  Target,
} from '../../server/protocol/explanation';
import type {
  ColumnFeature,
  ColumnFeatures,
  Features,
  PixelFeatures,
  TokenFeature,
  TokenFeatures,
} from '../../server/protocol/features';
import type { ToPage } from '../../server/protocol/panel';
import type { SourceSpan } from '../../server/protocol/source';
import { choices } from './catalogue';

/** Repeatable numbers in −1…1 (a linear congruential generator). */
export function randomness(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

export function span(uri: string, text: string, start: number, end: number, firstLine = 16): SourceSpan {
  const at = (offset: number): { line: number; character: number } => {
    const before = text.slice(0, offset).split('\n');
    return { line: firstLine + before.length - 1, character: (before.at(-1) ?? '').length };
  };
  return {
    uri,
    line: at(start).line + 1,
    range: { start: at(start), end: at(end) },
    startOffset: start,
    endOffset: end,
    startByte: start,
    endByte: end,
  };
}

function special(token: string, id: number): TokenFeature {
  return { token, text: '', id, word: null, special: true, textSpan: null, source: null };
}

// The `v` flag is newer than the language target.
const pieces = new RegExp('\\p{L}+|\\p{N}+|\\p{RGI_Emoji}|[^\\s\\p{L}\\p{N}]', 'gv');

/** Words in pieces of at most six letters, between [CLS] and [SEP]. */
export function tokensOf(text: string, padding = 0, uri = 'file:///data/reviews.csv'): TokenFeatures {
  const tokens: TokenFeature[] = [special('[CLS]', 101)];
  let word = 0;
  for (const match of text.matchAll(pieces)) {
    const whole = match[0];
    const size = /^\p{L}+$/u.test(whole) ? 6 : whole.length;
    for (let at = 0; at < whole.length; at += size) {
      const part = whole.slice(at, at + size);
      const start = match.index + at;
      tokens.push({
        token: (at > 0 ? '##' : '') + part.toLowerCase(),
        text: part,
        id: 1000 + tokens.length,
        word,
        special: false,
        textSpan: [start, start + part.length],
        source: span(uri, text, start, start + part.length),
      });
    }
    word += 1;
  }
  tokens.push(special('[SEP]', 102));
  for (let i = 0; i < padding; i++) tokens.push(special('[PAD]', 0));
  return { kind: 'tokens', tokens, text, truncated: 0, window: { index: 0, count: 1 } };
}

const textModel: ModelRef = {
  name: 'sentiment',
  uri: 'file:///models/sentiment.onnx',
  hash: 'ab'.repeat(32),
  labels: ['negative', 'positive'],
  labelsArePlaceholders: false,
  output: 'softmax',
  inputKind: 'text',
};

const twoScores: readonly ClassScore[] = [
  { class: 1, label: 'positive', logit: 0.79, probability: 0.831 },
  { class: 0, label: 'negative', logit: -0.8, probability: 0.169 },
];

function pathOf(score: number, baselineScore: number, frames: (alpha: number) => Float32Array): PathReport {
  const alphas = Array.from({ length: 33 }, (_, i) => i / 32);
  const squash = (alpha: number): number => 1 - Math.exp(-5 * alpha);
  const scores = alphas.map((alpha) => baselineScore + ((score - baselineScore) * squash(alpha)) / squash(1));
  return {
    alphas,
    scores,
    probabilities: scores.map((value) => 1 / (1 + Math.exp(-2 * value))),
    share: alphas.map((alpha) => (0.7 * squash(alpha)) / squash(1) + 0.3 * alpha),
    frames: [0.05, 0.1, 0.25, 0.5, 0.75, 1].map((alpha) => ({ alpha, relevance: frames(alpha) })),
  };
}

interface Parts {
  readonly title: string;
  readonly uri: string;
  readonly model: ModelRef;
  readonly scores: readonly ClassScore[];
  readonly gold: Prediction['gold'];
  readonly features: Features;
  readonly relevance: Float32Array;
  readonly target?: Target;
}

function results(parts: Parts): { prediction: Prediction; explanation: Explanation } {
  const { title, uri, model, scores, gold, features, relevance } = parts;
  const prediction: Prediction = {
    sample: { address: { kind: 'line', uri, line: 17 }, title, record: 16, contentHash: title },
    model,
    scores,
    gold,
    features,
    engine: 'onnxruntime/cpu',
    milliseconds: 4.2,
  };
  const sum = relevance.reduce((total, value) => total + value, 0);
  const magnitude = relevance.reduce((total, value) => total + Math.abs(value), 0);
  const first = scores[0];
  const score = first?.value ?? first?.logit ?? 0;
  const scale = first?.value === undefined ? 'logit' : 'value';
  const expected = sum * 1.009;
  const explanation: Explanation = {
    ...prediction,
    prediction: scores,
    target: parts.target ?? { kind: 'class', class: first?.class ?? 0, label: first?.label ?? '', scale },
    method: 'integrated-gradients',
    parameters: { steps: 32, quadrature: 'midpoint', tolerance: 0, film: true },
    baseline: { id: 'pad', label: '[PAD] embedding', scores: [...scores].reverse() },
    relevance,
    accounting: {
      sum,
      score,
      baselineScore: score - expected,
      expected,
      residual: sum - expected,
      cancellation: magnitude / Math.abs(score),
      perInterval: 0.041,
      changeByRefinement: 0.012,
      evaluations: 66,
    },
    path: pathOf(score, score - expected, (alpha) => relevance.map((value) => value * Math.exp(-4 * alpha))),
    warnings: [],
    milliseconds: 41,
    modelMilliseconds: 36,
    programKey: 'demo',
  };
  return { prediction, explanation };
}

const review =
  'The film was not nearly as good as its trailer promised: "forgettable", said my neighbour.\n\nStill, the unbelievably charming lead actress saves the second half 👍🏽 — I left smiling.';

const strong: Readonly<Record<string, number>> = {
  not: -0.9,
  nearly: -0.35,
  good: 0.62,
  forget: -0.5,
  '##table': -0.42,
  unbeli: 0.3,
  '##evably': 0.22,
  charmi: 0.7,
  '##ng': 0.2,
  saves: 0.55,
  smilin: 0.8,
  '##g': 0.15,
  '👍🏽': 0.48,
  promis: -0.18,
};

function tokenRelevance(features: TokenFeatures, seed = 7): Float32Array {
  const next = randomness(seed);
  return Float32Array.from(
    features.tokens,
    ({ token, special: isSpecial }) => strong[token] ?? next() * (isSpecial ? 0.06 : 0.09),
  );
}

export function textResults(): ReturnType<typeof results> {
  const features = tokensOf(review, 14);
  return results({
    title: 'reviews.csv:17',
    uri: 'file:///data/reviews.csv',
    model: textModel,
    scores: twoScores,
    gold: { label: 'negative', class: 0 },
    features,
    relevance: tokenRelevance(features),
  });
}

export function longResults(words: number): ReturnType<typeof results> {
  const vocabulary = [
    'the',
    'film',
    'was',
    'good',
    'not',
    'charming',
    'a',
    'story',
    'of',
    'unremarkable',
    'people',
    'and',
    'places.',
  ];
  const next = randomness(3);
  const text = Array.from(
    { length: words },
    (_, i) => (vocabulary[Math.floor(((next() + 1) / 2) * vocabulary.length)] ?? 'the') + (i % 90 === 89 ? '\n' : ''),
  ).join(' ');
  const features: TokenFeatures = { ...tokensOf(text), truncated: 731, window: { index: 1, count: 3 } };
  return results({
    title: 'long.csv:2',
    uri: 'file:///data/long.csv',
    model: textModel,
    scores: twoScores,
    gold: null,
    features,
    relevance: tokenRelevance(features, 5),
  });
}

export const hostileText =
  '<img src=x onerror="window.pwned=1"> \u202Egnp.exe\u202C <b>bold</b> \u001b[31mred\u001b[0m =HYPERLINK("x") \u200bzero שלום עולם';
export function hostileResults(): ReturnType<typeof results> {
  const features = tokensOf(hostileText);
  const label = '<script>window.pwned=2</script>';
  return results({
    title: '<i>row</i>\u202Evsc.17',
    uri: 'file:///data/hostile.csv',
    model: { ...textModel, labels: [label, 'b\u202Ead'] },
    scores: [
      { class: 0, label, logit: 1, probability: 0.73 },
      { class: 1, label: 'b\u202Ead', logit: 0, probability: 0.27 },
    ],
    gold: { label: '"><svg onload=alert(1)>', class: null },
    features,
    relevance: tokenRelevance(features, 11),
  });
}

function pictureOf(size: number): Uint8ClampedArray {
  const picture = new Uint8ClampedArray(size * size * 4);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [u, v] = [x / size, y / size];
      const sun = Math.hypot(u - 0.72, v - 0.24) < 0.12;
      const hill = v > 0.68 + 0.08 * Math.sin(u * 7);
      const house = u > 0.2 && u < 0.5 && v > 0.48 && v < 0.76;
      const roof = v > 0.3 && v < 0.48 && Math.abs(u - 0.35) < (v - 0.3) * 1.1;
      const colour = roof
        ? [150, 52, 44]
        : house
          ? [214, 196, 160]
          : hill
            ? [70, 130, 62]
            : sun
              ? [250, 220, 90]
              : [110 + 60 * v, 165 + 30 * v, 225];
      picture.set([...colour, 255], (y * size + x) * 4);
    }
  }
  return picture;
}

export function imageResults(size = 224): ReturnType<typeof results> {
  const next = randomness(1);
  const relevance = Float32Array.from({ length: size * size }, (_, i) => {
    const [u, v] = [(i % size) / size, Math.floor(i / size) / size];
    const house = Math.exp(-((u - 0.35) ** 2 + (v - 0.5) ** 2) / 0.012);
    const sun = Math.exp(-((u - 0.72) ** 2 + (v - 0.24) ** 2) / 0.006);
    return (house - 0.7 * sun) * (0.6 + 0.4 * next()) * 0.01 + next() * 0.0012;
  });
  const features: PixelFeatures = {
    kind: 'pixels',
    width: size,
    height: size,
    channels: 3,
    picture: pictureOf(size),
    original: { width: 640, height: 480 },
    placement: { originX: 80, originY: 0, scaleX: 480 / size, scaleY: 480 / size },
    uri: 'file:///data/house.png',
  };
  const labels = [
    'house',
    'barn',
    'church',
    'castle',
    'boathouse',
    'lighthouse',
    'tent',
    'palace',
    'mobile home',
    'greenhouse',
    'dome',
    'library',
    'monastery',
    'mosque',
  ];
  const weights = labels.map((_, i) => Math.exp(-0.9 * i));
  const total = weights.reduce((a, b) => a + b, 0);
  return results({
    title: 'house.png',
    uri: 'file:///data/house.png',
    model: { ...textModel, name: 'mobilenet', uri: 'file:///models/mobilenet.onnx', labels, inputKind: 'image' },
    scores: labels.map((label, i) => ({ class: i, label, logit: 5 - 0.9 * i, probability: (weights[i] ?? 0) / total })),
    gold: { label: 'house', class: 0 },
    features,
    relevance,
  });
}

export function digitResults(): ReturnType<typeof results> {
  const { prediction, explanation } = imageResults(28);
  if (prediction.features.kind !== 'pixels') throw new Error('not a picture');
  const features: PixelFeatures = {
    ...prediction.features,
    channels: 1,
    original: { width: 28, height: 28 },
    placement: { originX: 0, originY: 0, scaleX: 1, scaleY: 1 },
  };
  return { prediction: { ...prediction, features }, explanation: { ...explanation, features } };
}

export function tableResults(): ReturnType<typeof results> {
  const uri = 'file:///data/loans.csv';
  const cells: readonly (readonly [string, string, number])[] = [
    ['age', '41', 0.12],
    ['income', '58,200', 0.74],
    ['years_at_job', '3', -0.08],
    ['debt_ratio', '0.62', -0.91],
    ['purpose', 'home improvement and a rather long explanation', 0.05],
    ['region', 'Überlingen', 0.01],
    ['late_payments', '', -0.33],
    ['customer_id', '100482', 1.42],
    ['owns_home', 'yes', 0.21],
    ['channel', 'web', 0],
  ];
  const line = cells.map(([, text]) => text).join(',');
  let at = 0;
  const columns = cells.map(([name, text]): ColumnFeature => {
    const start = at;
    at += text.length + 1;
    const value = Number(text.replace(',', ''));
    const numeric = text === '' || !Number.isNaN(value);
    return {
      name,
      text,
      type: numeric ? 'number' : 'category',
      value: numeric ? (text === '' ? 0.4 : value) : null,
      source: span(uri, line, start, start + text.length),
    };
  });
  return results({
    title: 'loans.csv:17',
    uri,
    model: {
      ...textModel,
      name: 'loans',
      uri: 'file:///models/loans.onnx',
      labels: ['refused', 'granted'],
      inputKind: 'table',
      output: 'sigmoid',
    },
    scores: [
      { class: 1, label: 'granted', logit: 1.5, probability: 0.818 },
      { class: 0, label: 'refused', logit: -1.5, probability: 0.182 },
    ],
    gold: { label: 'granted', class: 1 },
    features: { kind: 'columns', columns },
    relevance: Float32Array.from(cells, ([, , value]) => value),
  });
}

/** A row of a model that gives quantities (regression); the file says 21.0 of the first. */
export function quantityResults(names: readonly string[] = ['price']): ReturnType<typeof results> {
  const { prediction, explanation } = tableResults();
  const model: ModelRef = {
    ...prediction.model,
    name: 'houses',
    labels: names,
    output: 'quantities',
    unit: 'k€',
  };
  const scores = names.map((label, index) => ({
    class: index,
    label,
    logit: null,
    probability: null,
    value: 23.4 - 30 * index,
  }));
  const made = results({
    title: 'houses.csv:17',
    uri: 'file:///data/houses.csv',
    model,
    scores,
    gold: { label: '21.0', class: null, quantity: { value: 21, output: 0 } },
    features: prediction.features,
    relevance: explanation.relevance,
  });
  const { path } = made.explanation;
  return { ...made, explanation: { ...made.explanation, path: path && { ...path, probabilities: null } } };
}

/** The row with a text beside its other columns. */
export function textTableResults(): ReturnType<typeof results> {
  const { prediction, explanation } = tableResults();
  if (explanation.features.kind !== 'columns') throw new Error('not a row');
  const text = 'Asked twice to pay later; never late before, pays by standing order';
  const { columns } = explanation.features;
  const [after] = columns.toReversed();
  const begin = (after?.source?.endOffset ?? 0) + 1;
  const uri = 'file:///data/loans.csv';
  const line = `${' '.repeat(begin)}${text}`;
  const words = Array.from(text.matchAll(/\w+/g), (match): ColumnFeature => {
    const [from, to] = [match.index, match.index + match[0].length];
    const source = span(uri, line, begin + from, begin + to);
    return { name: 'note', text: match[0], type: 'text', value: null, span: [from, to], source };
  });
  const texts = [{ name: 'note', text, source: span(uri, line, begin, begin + text.length) }];
  const features: ColumnFeatures = { kind: 'columns', columns: [...columns, ...words], texts };
  const own = words.map(({ text: word }) =>
    word === 'late' ? -0.62 : word === 'never' ? 0.41 : word === 'pays' ? 0.2 : 0.01,
  );
  const relevance = Float32Array.from([...explanation.relevance, ...own]);
  return { prediction: { ...prediction, features }, explanation: { ...explanation, features, relevance } };
}

export function elementResults(): ReturnType<typeof results> {
  const next = randomness(9);
  return results({
    title: 'x.npy',
    uri: 'file:///data/x.npy',
    model: { ...textModel, name: 'sensor', inputKind: 'tensor' },
    scores: twoScores,
    gold: null,
    features: {
      kind: 'elements',
      inputs: [
        { name: 'signal', shape: [1, 4, 32] },
        { name: 'context', shape: [1, 6] },
      ],
    },
    relevance: Float32Array.from({ length: 134 }, () => next() ** 3),
  });
}

/** The messages of one whole request, in the order in which the host sends them. */
export function conversation({ prediction, explanation }: ReturnType<typeof results>, request = 1): ToPage[] {
  return [
    {
      type: 'begin',
      request,
      title: prediction.sample.title,
      choice: { method: null, target: { kind: 'predicted' }, baseline: null, parameters: {} },
    },
    { type: 'choices', request, choices },
    { type: 'prediction', request, prediction },
    { type: 'explanation', request, explanation },
  ];
}
