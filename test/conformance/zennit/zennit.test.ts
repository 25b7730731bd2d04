/**
 * Rules and composites against Zennit (`make_references.py`), on networks like VGG, ResNet and MobileNet with biases and
 * batch norm.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { localCompute } from '../../../server/compute/local';
import { f32 } from '../../../server/graph/tensor';
import { against } from '../../support/against';
import { worst } from '../../support/interpreter/models';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

interface References {
  readonly target: number;
  readonly image: readonly number[];
  readonly networks: Readonly<
    Record<string, { readonly logits: readonly number[]; readonly cases: Readonly<Record<string, readonly number[]>> }>
  >;
}

const { target, image, networks } = JSON.parse(readFileSync(here('references.json'), 'utf8')) as References;
const dims = [1, 3, 12, 12];
const filled = (value: number) => f32(new Float32Array(image.length).fill(value), dims);

type Parameters = Readonly<Record<string, string | number | boolean>>;
const rule = (name: string, more: Parameters = {}): readonly [string, Parameters] => ['lrp', { rule: name, ...more }];
const composite = (given: string | object): readonly [string, Parameters] => [
  'lrp',
  { composite: typeof given === 'string' ? given : JSON.stringify(given) },
];
const epsilon = { rule: 'epsilon' };
const everywhere = (given: object): object => ({
  dense: given,
  convolution: given,
  pooling: epsilon,
  sumEpsilon: 1e-6,
});
const atInput = (given: object): object => ({ ...everywhere(epsilon), input: given });

/** What Zennit's cases are here. */
const cases: Readonly<Record<string, readonly [string, Parameters]>> = {
  epsilon: rule('epsilon'),
  'epsilon 0.1': composite(everywhere({ rule: 'epsilon', epsilon: 0.1 })),
  'epsilon without bias': composite(everywhere({ rule: 'epsilon', epsilon: 0.1, bias: 'ignore' })),
  gamma: composite(everywhere({ rule: 'gamma' })),
  'gamma 1': composite(everywhere({ rule: 'gamma', gamma: 1 })),
  alpha2beta1: composite(everywhere({ rule: 'alphaBeta', alpha: 2, beta: 1 })),
  alpha1beta0: composite(everywhere({ rule: 'alphaBeta', alpha: 1, beta: 0 })),
  zplus: composite(everywhere({ rule: 'zPlus' })),
  'zplus without bias': composite(everywhere({ rule: 'zPlus', bias: 'ignore' })),
  flat: composite(atInput({ rule: 'flat' })),
  wsquare: composite(atInput({ rule: 'wSquare', countBias: true })),
  'wsquare without bias': composite(atInput({ rule: 'wSquare' })),
  box: composite(atInput({ rule: 'box' })),
  EpsilonPlus: composite('epsilonPlus'),
  EpsilonPlusFlat: composite('epsilonPlusFlat'),
  EpsilonAlpha2Beta1: composite('epsilonAlpha2Beta1'),
  EpsilonAlpha2Beta1Flat: composite('epsilonAlpha2Beta1Flat'),
  EpsilonGammaBox: composite('epsilonGammaBox'),
  GuidedBackprop: ['guided-backprop', {}],
  ExcitationBackprop: ['excitation-backprop', {}],
};

const compute = localCompute({ threads: 1 });

for (const [network, { logits, cases: expected }] of Object.entries(networks)) {
  for (const [name, values] of Object.entries(expected))
    test(`${network}: ${name}`, async (t) => {
      const [method, parameters] = cases[name] ?? ['', {}];
      const result = await compute.attribute({
        model: { path: here(`${network}.onnx`), engine: null },
        labels: [],
        method,
        target: { kind: 'class', class: target },
        sample: {
          feeds: { image: f32(image, dims) },
          count: image.length,
          featureOf: { image: Int32Array.from(image, (_, i) => i) },
          fixed: new Set(),
          grid: null,
          bounds: { image: { low: filled(-1), high: filled(1) } },
        },
        baseline: null,
        parameters,
      });
      assert.ok(Math.abs(result.accounting.score - (logits[target] ?? NaN)) < 1e-5, 'forward pass');
      const error = worst(result.relevance, values);
      against(t, 'Zennit', error);
      assert.ok(error < 1e-4, `worst ${error} of max |R|`);
    });
}
