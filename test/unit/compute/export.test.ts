/** What is in an exported file is the method with the parameters that were asked for. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';
import { localCompute } from '../../../server/compute/local';
import { UserError } from '../../../server/errors';
import { f32 } from '../../../server/graph/tensor';
import type { Parameters } from '../../../server/protocol';
import { uniform } from '../../../server/random';
import { scratch } from './files';

const MODEL = fileURLToPath(new URL('../../../examples/digits/models/digits.onnx', import.meta.url));
const LABELS = Array.from({ length: 10 }, (_, digit) => String(digit));
const SIZE = 28 * 28;

const draw = uniform(7);
const picture = Float32Array.from({ length: SIZE }, () => draw());
const dark = new Float32Array(SIZE);
const light = new Float32Array(SIZE).fill(1);
const tensor = (values: Float32Array) => new ort.Tensor('float32', values, [1, 1, 28, 28]);

const settings: readonly (readonly [string, Parameters, ((from: Float32Array) => Float32Array)?])[] = [
  ['lrp', {}],
  ['lrp', { composite: 'epsilonAlpha2Beta1' }],
  ['lrp', { rule: 'gamma', gamma: '0.5', inputRule: 'wSquare' }],
  ['deep-taylor', { input: 'zPlus' }],
  ['deep-taylor', { input: 'box', bias: 'ignore' }],
  ['guided-backprop', { start: 'one' }],
  ['guided-backprop', { start: 'score' }],
  ['excitation-backprop', {}],
  ['deeplift', { variant: 'rescale' }, (m) => m.map((value, i) => value * (picture[i] as number))],
  ['deeplift', { variant: 'reveal-cancel' }, (m) => m.map((value, i) => value * (picture[i] as number))],
];

test('a picture model: the file gives what the panel shows, under each setting', async (t) => {
  const out = join(scratch(t), 'explainer.onnx');
  const compute = localCompute({ threads: 1 });
  t.after(() => compute.dispose());
  const model = { path: MODEL, engine: null };
  const { scores } = await compute.predict({ model, feeds: { picture: f32(picture, [1, 1, 28, 28]) }, labels: LABELS });
  const target = { kind: 'class', class: scores[0]?.label ?? '' } as const;
  const seen = new Set<string>();
  for (const [method, parameters, finish] of settings) {
    const name = `${method} ${JSON.stringify(parameters)}`;
    await compute.exportProgram(model, method, parameters, target, LABELS, out);
    const shown = await compute.attribute({
      model,
      labels: LABELS,
      method,
      target,
      sample: {
        feeds: { picture: f32(picture, [1, 1, 28, 28]) },
        count: SIZE,
        featureOf: { picture: Int32Array.from({ length: SIZE }, (_, i) => i) },
        fixed: new Set(),
        grid: { height: 28, width: 28 },
        bounds: { picture: { low: f32(dark, [1, 1, 28, 28]), high: f32(light, [1, 1, 28, 28]) } },
      },
      baseline: { id: 'zero', label: 'zero', kind: 'zero-entries' },
      parameters,
    });
    const session = await ort.InferenceSession.create(out);
    const given = { picture, 'low/picture': dark, 'high/picture': light, 'reference/picture': dark };
    const feeds = Object.fromEntries(
      Object.entries(given)
        .filter(([input]) => session.inputNames.includes(input))
        .map(([input, values]) => [input, tensor(values)]),
    );
    const found = (await session.run(feeds))['relevance/picture']?.data as Float32Array;
    await session.release();
    const relevance = finish?.(found) ?? found;
    const scale = Math.max(...shown.relevance.map(Math.abs));
    assert.ok(scale > 0, name);
    const worst = Math.max(...shown.relevance.map((value, i) => Math.abs(value - (relevance[i] as number))));
    assert.ok(worst < 1e-5 * scale, `${name}: off by ${worst} of ${scale}`);
    seen.add(String(relevance[300]));
  }
  assert.equal(seen.size, settings.length, 'every setting is another explainer');
});

test('a parameter that the method lacks, or that is none of its choices, is refused', async (t) => {
  const out = join(scratch(t), 'explainer.onnx');
  const compute = localCompute({ threads: 1 });
  t.after(() => compute.dispose());
  const write = (parameters: Parameters) =>
    compute.exportProgram(
      { path: MODEL, engine: null },
      'deeplift',
      parameters,
      { kind: 'class', class: '3' },
      LABELS,
      out,
    );
  const code = (wanted: string) => (error: unknown) => error instanceof UserError && error.code === wanted;
  await assert.rejects(write({ composite: 'epsilonPlus' }), code('unknown-parameter'));
  await assert.rejects(write({ variant: 'linear' }), code('bad-parameter'));
});
