/** Made-up results to draw, hostile text included. */
import type { Explanation, TokenFeature } from '../../../server/protocol';

/** Every trick in one text: markup, an escape sequence, an override, a formula, an emoji, a joiner. */
export const hostile =
  '=cmd|\' /C calc\'!A0 <img src=x onerror=alert(1)> \u001b[31mred\u001b]0;pwned\u0007 \u202etxt.exe\u202c 👩‍👩‍👧 a\u200bb\r\n"end" 東京';

export function textExplanation(text = hostile, changes: Partial<Explanation> = {}): Explanation {
  const tokens: TokenFeature[] = [special('[CLS]', 0)];
  const values: number[] = [0.01];
  for (const match of text.matchAll(/\S+/g)) {
    tokens.push({
      token: match[0],
      text: match[0],
      id: tokens.length,
      word: tokens.length - 1,
      special: false,
      textSpan: [match.index, match.index + match[0].length],
      source: null,
    });
    values.push((tokens.length % 2 === 0 ? 1 : -1) * (tokens.length / 4));
  }
  tokens.push(special('[PAD]', 99), special('[PAD]', 99));
  values.push(0, 0);
  return {
    ...common,
    features: { kind: 'tokens', tokens, text, truncated: 0, window: { index: 0, count: 1 } },
    relevance: Float32Array.from(values),
    ...changes,
  };
}

export function pixelExplanation(width = 8, height = 6): Explanation {
  const picture = new Uint8ClampedArray(width * height * 4).map((_, i) => (i % 4 === 3 ? 255 : (i * 7) % 256));
  const relevance = Float32Array.from({ length: width * height }, (_, i) => Math.sin(i / 3));
  return {
    ...common,
    features: {
      kind: 'pixels',
      width,
      height,
      channels: 3,
      picture,
      original: { width: width * 2, height: height * 2 },
      placement: { originX: 0, originY: 0, scaleX: 2, scaleY: 2 },
      uri: 'file:///tmp/a.png',
    },
    relevance,
  };
}

export function columnExplanation(): Explanation {
  return {
    ...common,
    features: {
      kind: 'columns',
      columns: [
        { name: 'age', text: '39', type: 'number', value: 39, source: null },
        { name: '<b>job</b>', text: '=1+1\u202e', type: 'category', value: null, source: null },
        { name: 'income', text: '12000', type: 'number', value: 12000, source: null },
      ],
    },
    relevance: Float32Array.from([0.5, -2, 0.25]),
  };
}

export function elementExplanation(): Explanation {
  return {
    ...common,
    features: {
      kind: 'elements',
      inputs: [
        { name: 'a', shape: [1, 2, 3] },
        { name: 'b', shape: [1, 2] },
      ],
    },
    relevance: Float32Array.from([0, 0, 0, 0, 0, -1.5, 0, 2]),
  };
}

function special(token: string, id: number): TokenFeature {
  return { token, text: '', id, word: null, special: true, textSpan: null, source: null };
}

const common: Omit<Explanation, 'features' | 'relevance'> = {
  sample: {
    address: { kind: 'line', uri: 'file:///tmp/mail.csv', line: 17 },
    title: 'mail.csv:17 <script>\u202e',
    contentHash: 'ab',
  },
  model: {
    name: 'mail',
    uri: 'file:///tmp/mail.onnx',
    hash: 'cd',
    labels: ['ham', 'spam'],
    labelsArePlaceholders: false,
    output: 'sigmoid',
    inputKind: 'text',
  },
  prediction: [
    { class: 1, label: 'spam', logit: 1.59, probability: 0.831 },
    { class: 0, label: 'ham', logit: -1.59, probability: 0.169 },
  ],
  gold: { label: 'ham', class: 0 },
  target: { kind: 'class', class: 1, label: 'spam', scale: 'logit' },
  method: 'integrated-gradients',
  parameters: { steps: 32, tolerance: 0 },
  baseline: { id: 'pad', label: '[PAD]', scores: [{ class: 0, label: 'ham', logit: 0.2, probability: 0.55 }] },
  accounting: {
    sum: 2.31,
    score: 1.59,
    baselineScore: -0.74,
    expected: 2.33,
    residual: -0.02,
    cancellation: 3.4,
    evaluations: 64,
  },
  path: {
    alphas: [0, 0.5, 1],
    scores: [-0.74, 1.4, 1.59],
    probabilities: [0.32, 0.8, 0.83],
    share: [0, 0.9, 1],
    frames: [],
  },
  warnings: [{ code: 'saturated', message: 'The score is saturated <b>.' }],
  engine: 'onnxruntime/cpu',
  milliseconds: 41,
  modelMilliseconds: 30,
  programKey: 'key',
};
