/**
 * Guided backpropagation, deconvnet and the layer methods against Captum and PyTorch in double precision
 * (`make_references.py`). Captum's conductance is compared in its own form (see there).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { localCompute } from '../../../server/compute/local';
import type { AttributeRequest, ComputedAttribution } from '../../../server/compute/types';
import { spread } from '../../../server/explain/methods/layers/frame';
import { f32, i64 } from '../../../server/graph/tensor';
import { against } from '../../support/against';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

interface Reference {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}
type OfLayer = Readonly<
  Record<
    | 'gradient-x-activation'
    | 'influence-midpoint'
    | 'influence-gauss-legendre'
    | 'conductance-captum'
    | 'conductance-midpoint',
    Reference
  >
>;
interface Network {
  readonly target: number;
  readonly logits: readonly number[];
  readonly 'guided-backprop': Reference;
  readonly deconvnet: Reference;
  readonly 'guided-grad-cam': Reference;
  readonly layers: Readonly<Record<string, OfLayer>>;
  readonly cams: Readonly<Record<string, Readonly<Record<'grad-cam' | 'grad-cam-signed', Reference>>>>;
}
interface References {
  readonly residual: Network & { readonly x: Reference; readonly baseline: number };
  readonly text: Network & { readonly ids: readonly number[] };
  readonly bent: {
    readonly x: Reference;
    readonly rows: Readonly<Record<string, Readonly<Record<'guided' | 'deconvnet' | 'gradient', readonly number[]>>>>;
  };
}
const { residual, text, bent } = JSON.parse(readFileSync(here('references.json'), 'utf8')) as References;

/** Largest difference relative to the largest number of the reference. */
function worst(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(actual.length, expected.length);
  let [error, scale] = [0, 0];
  for (let i = 0; i < expected.length; i += 1) {
    error = Math.max(error, Math.abs((actual[i] as number) - (expected[i] as number)));
    scale = Math.max(scale, Math.abs(expected[i] as number));
  }
  assert.ok(scale > 0, 'a reference that is all zero proves nothing');
  return error / scale;
}

function matches(t: TestContext, what: string, actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  const error = worst(actual, expected);
  against(t, 'Captum', error);
  assert.ok(error < 1e-4, `${what}: ${error}`);
}

const compute = localCompute({ threads: 1 });
type Parameters = AttributeRequest['parameters'];

const SIDE = 16;
const picture = (values: ArrayLike<number>) => ({ x: f32(values, residual.x.dims) });

/** Features are pixels; `elements` makes every channel a feature of its own. */
function ofPicture(method: string, parameters: Parameters = {}, elements = false): Promise<ComputedAttribution> {
  const pixels = SIDE * SIDE;
  return compute.attribute({
    model: { path: here('residual.onnx'), engine: null },
    labels: [],
    method,
    target: { kind: 'class', class: residual.target },
    sample: {
      feeds: picture(residual.x.data),
      count: elements ? 3 * pixels : pixels,
      featureOf: { x: Int32Array.from(residual.x.data, (_, i) => (elements ? i : i % pixels)) },
      fixed: new Set(),
      grid: elements ? null : { width: SIDE, height: SIDE },
    },
    baseline: {
      id: 'grey',
      label: 'grey',
      kind: 'feeds',
      feeds: [picture(residual.x.data.map(() => residual.baseline))],
    },
    parameters,
  });
}

function ofText(method: string, parameters: Parameters = {}): Promise<ComputedAttribution> {
  const count = text.ids.length;
  return compute.attribute({
    model: { path: here('text.onnx'), engine: null },
    labels: [],
    method,
    target: { kind: 'class', class: text.target },
    sample: {
      feeds: { x: i64(text.ids, [1, count]) },
      count,
      featureOf: { x: Int32Array.from(text.ids, (_, i) => i) },
      fixed: new Set(),
      grid: null,
    },
    baseline: { id: 'zero', label: '0', kind: 'zero-entries' },
    parameters,
  });
}

/** Σ over all axes but the given one. */
function along({ dims, data }: Reference, axis: number): number[] {
  const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const size = dims[axis] as number;
  const sums = new Array<number>(size).fill(0);
  data.forEach((value, i) => {
    const at = Math.floor(i / inner) % size;
    sums[at] = (sums[at] as number) + value;
  });
  return sums;
}

/** The report's values in the order of the units. */
const units = ({ layer }: ComputedAttribution): number[] =>
  [...(layer?.units ?? [])].sort((a, b) => a.unit - b.unit).map(({ value }) => value);

/** Σ over the units at every position. */
function places({ dims, data }: Reference): Float64Array {
  const size = dims.slice(2).reduce((a, b) => a * b, 1);
  const sums = new Float64Array(size);
  data.forEach((value, i) => {
    sums[i % size] = (sums[i % size] as number) + value;
  });
  return sums;
}

const values: Readonly<Record<string, string>> = {
  conv3: '/conv3/Conv_output_0',
  conv4: '/conv4/Conv_output_0',
  relu4: '/relu4/Relu_output_0',
  conv5: '/conv5/Conv_output_0',
  average: '/average/GlobalAveragePool_output_0',
  conv1: '/conv1/Conv_output_0',
  conv2: '/conv2/Conv_output_0',
};

const forms: readonly (readonly [keyof OfLayer, string, Parameters])[] = [
  ['gradient-x-activation', 'layer-gradient-x-activation', {}],
  ['influence-midpoint', 'internal-influence', { distribution: 'line', steps: 32 }],
  ['influence-gauss-legendre', 'internal-influence', { distribution: 'line', steps: 20, quadrature: 'gauss-legendre' }],
  ['conductance-captum', 'conductance', { steps: 20, form: 'left-gauss-legendre' }],
  ['conductance-midpoint', 'conductance', { steps: 32 }],
];

const networks = [
  ['residual', residual, ofPicture, [SIDE, SIDE]],
  ['text', text, ofText, [text.ids.length]],
] as const;

for (const [name, network, of, frame] of networks) {
  for (const method of ['guided-backprop', 'deconvnet'] as const)
    test(`${name}: ${method}`, async (t) => {
      const { relevance } = name === 'residual' ? await ofPicture(method, {}, true) : await of(method);
      matches(t, method, relevance, network[method].data);
    });

  for (const [layer, maps] of Object.entries(network.cams))
    test(`${name}: Grad-CAM at ${layer}`, async (t) => {
      const parameters = { layer: values[layer] as string };
      matches(t, 'map', (await of('grad-cam', parameters)).relevance, maps['grad-cam'].data);
      matches(
        t,
        'signed',
        (await of('grad-cam', { ...parameters, signed: true })).relevance,
        maps['grad-cam-signed'].data,
      );
    });

  test(`${name}: guided Grad-CAM at its default layer`, async (t) => {
    const result = await of('guided-grad-cam');
    const { dims, data } = network['guided-grad-cam'];
    // Over the channels of a pixel with their signs.
    const expected = dims.length === 4 ? Array.from(places({ dims, data })) : data;
    matches(t, 'guided Grad-CAM', result.relevance, expected);
    assert.equal(result.parameters['layer'], name === 'residual' ? values['conv4'] : values['conv2']);
  });

  for (const [layer, references] of Object.entries(network.layers))
    test(`${name}: layer methods at ${layer}`, async (t) => {
      for (const [key, method, parameters] of forms) {
        const result = await of(method, { layer: values[layer] as string, ...parameters });
        const reference = references[key];
        matches(t, `${key}, units`, units(result), along(reference, 1));
        const positions = reference.dims.slice(2);
        if (layer === 'average') continue;
        matches(t, `${key}, map`, result.relevance, spread(places(reference), positions, frame));
      }
    });
}

test('activations that are no ReLU modules: max(0, f′) · max(0, r), and max(0, r)', async (t) => {
  for (const [target, row] of Object.entries(bent.rows))
    for (const [method, key] of [
      ['guided-backprop', 'guided'],
      ['deconvnet', 'deconvnet'],
      ['gradient', 'gradient'],
    ] as const) {
      const { relevance } = await compute.attribute({
        model: { path: here('bent.onnx'), engine: null },
        labels: [],
        method,
        target: { kind: 'class', class: Number(target) },
        sample: {
          feeds: { x: f32(bent.x.data, bent.x.dims) },
          count: bent.x.data.length,
          featureOf: { x: Int32Array.from(bent.x.data, (_, i) => i) },
          fixed: new Set(),
          grid: null,
        },
        baseline: null,
        parameters: {},
      });
      // Deconvnet is nothing at all where every weight of the last layer that counts is negative.
      if (row[key].every((value) => value === 0)) assert.ok(relevance.every((value) => value === 0));
      else matches(t, `${method}, class ${target}`, relevance, row[key]);
    }
});
