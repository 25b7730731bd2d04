/** DeepLIFT, DeepSHAP and path variants against Captum and plain formulas in double precision (`make_references.py`). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { localCompute } from '../../../server/compute/local';
import type { AttributeRequest } from '../../../server/compute/types';
import type { Feeds } from '../../../server/engine/types';
import { f32, i64 } from '../../../server/graph/tensor';
import { attributionError } from '../methods/error';
import { against } from '../../support/against';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
type Numbers = readonly number[];
const methods = ['deeplift', 'deepshap', 'expected-gradients', 'idgi', 'guided-ig', 'blur-ig'] as const;
interface Network extends Partial<Readonly<Record<(typeof methods)[number], Numbers>>> {
  readonly x: Numbers;
  readonly population: readonly Numbers[];
  readonly baseline: Numbers;
  readonly target: number;
}
interface References {
  readonly captum: string;
  readonly cnn: Network;
  readonly mlp: Network;
  readonly text: Network;
  readonly overlap: Numbers;
  readonly adjacent: Numbers;
}
const references = JSON.parse(readFileSync(here('references.json'), 'utf8')) as References;

const feedsOf: Readonly<Record<'cnn' | 'mlp' | 'text', (values: Numbers) => Feeds>> = {
  cnn: (values) => ({ x: f32(values, [1, 2, 8, 8]) }),
  mlp: (values) => ({ x: f32(values, [1, 6]) }),
  text: (values) => ({ x: i64(values, [1, 12]) }),
};
const parametersOf: Readonly<Record<(typeof methods)[number], AttributeRequest['parameters']>> = {
  deeplift: {},
  deepshap: {},
  'expected-gradients': { draws: 40, seed: 3 },
  idgi: { steps: 50 },
  'guided-ig': { steps: 50 },
  'blur-ig': { sigma: 2, steps: 40 },
};
/**
 * Attribution error allowed: float32 against float64 (1e-4), and paths that turn where two slopes are nearly equal
 * (guided IG, 1e-3).
 */
const toleranceOf = (method: string): number => (method === 'guided-ig' ? 1e-3 : 1e-4);

const compute = localCompute({ threads: 1 });

function explain(name: 'cnn' | 'mlp' | 'text', method: (typeof methods)[number]) {
  const { x, population, baseline, target } = references[name];
  const feeds = feedsOf[name];
  const compares = method === 'deepshap' || method === 'expected-gradients';
  // One feature per element; blurs want pixels, whose channels are summed.
  const picture = method === 'blur-ig';
  return compute.attribute({
    model: { path: here(`${name}.onnx`), engine: null },
    labels: [],
    method,
    target: { kind: 'class', class: target },
    sample: {
      feeds: feeds(x),
      count: picture ? 64 : x.length,
      featureOf: { x: Int32Array.from(x, (_, i) => (picture ? i % 64 : i)) },
      fixed: new Set(),
      grid: picture ? { width: 8, height: 8 } : null,
    },
    baseline: { id: 'given', label: 'given', kind: 'feeds', feeds: [feeds(baseline)] },
    ...(compares ? { population: population.map((member) => ({ feeds: feeds(member), gold: null, title: '' })) } : {}),
    parameters: parametersOf[method],
  });
}

for (const name of ['cnn', 'mlp', 'text'] as const)
  for (const method of methods) {
    const expected = references[name][method];
    if (expected === undefined) continue;
    test(`${method} of the ${name}`, async (t) => {
      const { relevance } = await explain(name, method);
      const pooled =
        relevance.length === expected.length
          ? expected
          : Array.from(
              relevance,
              (_, pixel) => (expected[pixel] as number) + (expected[pixel + relevance.length] as number),
            );
      const error = attributionError(relevance, pooled);
      against(t, 'Captum', error);
      assert.ok(error < toleranceOf(method), `attribution error ${error}`);
    });
  }

test('overlapping max pooling: Captum loses a part of the score difference, by its own numbers', () => {
  // S = 1·max(1, 3) + 10·max(3, 2) = 33 from 0, all of it by the 3: `test/unit/program/deeplift.test.ts` has ours.
  const sum = references.overlap.reduce((total, value) => total + value, 0);
  assert.equal(references.captum, '0.9.0');
  assert.notEqual(sum, 33);
  assert.deepEqual(references.overlap, [0, 30, 0]);
});

test('max pooling right after an activation: Captum follows the slope instead, by its own numbers', () => {
  // S = max(relu(x₁ − 1), relu(x₂ − 1)) at (2, 4) from (5, 0) falls from 4 to 3, by x₁ alone.
  assert.deepEqual(
    references.adjacent.map((value) => value + 0),
    [0, 3],
  );
});
