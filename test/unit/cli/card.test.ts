/** `model-blame models MODEL`: what it tells about a model, and its Markdown. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cardMarkdown, cardText } from '../../../server/render/card';
import type { ModelCard } from '../../../server/protocol';

const card: ModelCard = {
  name: 'digits|net',
  uri: 'file:///m/digits.keras',
  origin: 'path',
  hash: 'abc',
  parameters: 12345,
  bytes: 49380,
  operators: [
    ['Conv', 2],
    ['Gemm', 1],
  ],
  inputs: [{ name: 'picture', type: 'float32 [batch, 28, 28, 1]' }],
  outputs: ['softmax'],
  logit: { name: 'softmax/Gemm', type: 'float32 [batch, 2]', output: 'softmax', activation: 'softmax' },
  labels: ['zero', 'one'],
  labelsArePlaceholders: false,
  methods: [
    { id: 'lrp', name: 'LRP', unfit: null },
    { id: 'grad-cam', name: 'Grad-CAM', unfit: 'there is no convolution' },
  ],
  notes: ['quantised'],
  engine: 'onnxruntime/cpu',
};

test('a terminal gets every fact, one a line', () => {
  const text = cardText(card, { colour: 'none', theme: 'dark', columns: 80 });
  assert.match(text, /input +picture: float32 \[batch, 28, 28, 1\]/);
  assert.match(text, /logit +softmax\/Gemm: float32 \[batch, 2\], before the final softmax of softmax/);
  assert.match(text, /classes +2: zero, one/);
  assert.match(text, /12,345 parameters, 49 KiB/);
  assert.match(text, /Conv × 2, Gemm/);
  assert.match(text, /methods +lrp\n.*not grad-cam: there is no convolution/);
});

test('of several outputs it says where another is chosen', () => {
  const several = { ...card, outputs: ['softmax', 'boxes'] };
  const text = cardText(several, { colour: 'none', theme: 'dark', columns: 120 });
  assert.match(text, /outputs +softmax, boxes \("output" in model-blame\.json chooses/);
});

test('names cannot break out of the Markdown table', () => {
  const markdown = cardMarkdown(card);
  assert.match(markdown, /^# digits\\\|net$/m);
  assert.match(markdown, /\| \*\*outputs\*\* \| softmax \|/);
  assert.match(markdown, /- LRP \(`lrp`\)/);
});
