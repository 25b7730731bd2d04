/** Our methods against PyTorch and Captum in double precision (`make_references.py`), at equal nodes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { localCompute } from '../../../server/compute/local';
import type { AttributeRequest } from '../../../server/compute/types';
import { f32, i64 } from '../../../server/graph/tensor';
import { attributionError } from './error';
import { against } from '../../support/against';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
type Numbers = readonly number[];
interface Shared {
  readonly target: number;
  readonly logits: Numbers;
  readonly 'midpoint-32': Numbers;
  readonly 'gauss-legendre-50': Numbers;
}
interface Cnn extends Shared {
  readonly x: Numbers;
  readonly baseline: number;
  readonly gradient: Numbers;
  readonly 'gradient-x-input': Numbers;
  readonly 'right-riemann-50': Numbers;
  readonly 'midpoint-4000': Numbers;
  readonly occlusion: Numbers;
  readonly smoothgrad: Numbers;
  readonly vargrad: Numbers;
  readonly 'smoothgrad-samples': number;
}
interface Text extends Shared {
  readonly ids: Numbers;
  readonly padded: Numbers;
}
const { cnn, text } = JSON.parse(readFileSync(here('references.json'), 'utf8')) as { cnn: Cnn; text: Text };

const compute = localCompute({ threads: 1 });
const picture = (values: Numbers) => ({ x: f32(values, [1, 2, 8, 8]) });

/** One feature per element, so that channels are compared one by one. */
function ofPicture(method: string, more: Partial<AttributeRequest> = {}) {
  return compute.attribute({
    model: { path: here('cnn.onnx'), engine: null },
    labels: [],
    method,
    target: { kind: 'class', class: cnn.target },
    sample: {
      feeds: picture(cnn.x),
      count: 128,
      featureOf: { x: Int32Array.from(cnn.x, (_, i) => i) },
      fixed: new Set(),
      grid: null,
    },
    baseline: { id: 'grey', label: 'grey', kind: 'feeds', feeds: [picture(cnn.x.map(() => cnn.baseline))] },
    parameters: {},
    ...more,
  });
}

function ofText(parameters: AttributeRequest['parameters']) {
  const feeds = (ids: Numbers) => ({ x: i64(ids, [1, ids.length]) });
  return compute.attribute({
    model: { path: here('text.onnx'), engine: null },
    labels: [],
    method: 'integrated-gradients',
    target: { kind: 'predicted' },
    sample: {
      feeds: feeds(text.ids),
      count: text.ids.length,
      featureOf: { x: Int32Array.from(text.ids, (_, i) => i) },
      fixed: new Set([0, text.ids.length - 1]),
      grid: null,
    },
    baseline: { id: 'pad', label: '[PAD]', kind: 'feeds', feeds: [feeds(text.padded)] },
    parameters,
  });
}

const matches = (t: TestContext, actual: ArrayLike<number>, expected: Numbers, tolerance = 1e-4): void => {
  const error = attributionError(actual, expected);
  if (tolerance < 0.01) against(t, 'Captum', error);
  assert.ok(error < tolerance, `attribution error ${error}`);
};

test('picture: gradient, gradient × input', async (t) => {
  const gradient = await ofPicture('gradient');
  matches(t, gradient.relevance, cnn.gradient);
  assert.ok(Math.abs(gradient.accounting.score - (cnn.logits[cnn.target] as number)) < 1e-5);
  const zero = { id: 'zero', label: '0', kind: 'feeds', feeds: [picture(cnn.x.map(() => 0))] } as const;
  matches(t, (await ofPicture('gradient-x-input', { baseline: zero })).relevance, cnn['gradient-x-input']);
});

test('picture: integrated gradients at equal nodes, for a logit and for a probability', async (t) => {
  const of = async (quadrature: string, steps: number, target?: AttributeRequest['target']) =>
    (await ofPicture('integrated-gradients', { parameters: { quadrature, steps }, ...(target ? { target } : {}) }))
      .relevance;
  matches(t, await of('midpoint', 32), cnn['midpoint-32']);
  matches(t, await of('gauss-legendre', 50), cnn['gauss-legendre-50']);
  matches(
    t,
    await of('right-riemann', 50, { kind: 'class', class: cnn.target, scale: 'probability' }),
    cnn['right-riemann-50'],
  );
});

test('picture: 32 midpoint nodes are within a few percent of 4000, and refining to a tolerance is nearer', async () => {
  const by = async (parameters: AttributeRequest['parameters']) =>
    attributionError((await ofPicture('integrated-gradients', { parameters })).relevance, cnn['midpoint-4000']);
  const [plain, refined] = [await by({}), await by({ tolerance: 0.002 })];
  assert.ok(plain < 0.03, `32 nodes: ${plain}`);
  assert.ok(refined < plain && refined < 0.01, `tolerance 0.2 %: ${refined}`);
});

test('picture: occlusion by 2 × 2 windows over both channels', async (t) => {
  const { relevance } = await ofPicture('occlusion', {
    parameters: { window: 2, stride: 2 },
    sample: {
      feeds: picture(cnn.x),
      count: 64,
      featureOf: { x: Int32Array.from(cnn.x, (_, i) => i % 64) },
      fixed: new Set(),
      grid: { width: 8, height: 8 },
    },
  });
  matches(t, relevance, cnn.occlusion.slice(0, 64));
});

test('picture: SmoothGrad and VarGrad agree within their sampling errors', async (t) => {
  const samples = 2000;
  const mean = await ofPicture('smoothgrad', { parameters: { samples } });
  const variance = await ofPicture('smoothgrad', { parameters: { samples, variant: 'variance' } });
  // Difference of two means in units of its standard error: 128 of them stay below 4.5 but for one time in a thousand.
  const worst = Math.max(
    ...cnn.smoothgrad.map((value, i) => {
      const error = Math.sqrt((cnn.vargrad[i] as number) * (1 / samples + 1 / cnn['smoothgrad-samples']));
      return Math.abs(value - (mean.relevance[i] as number)) / error;
    }),
  );
  assert.ok(worst < 4.5, `${worst} standard errors`);
  matches(t, variance.relevance, cnn.vargrad, 0.06);
});

test('text: integrated gradients at the embedding, special tokens and mask of padding as in the sample', async (t) => {
  matches(t, (await ofText({ quadrature: 'midpoint', steps: 32 })).relevance, text['midpoint-32'], 1e-3);
  const result = await ofText({ quadrature: 'gauss-legendre', steps: 50 });
  matches(t, result.relevance, text['gauss-legendre-50'], 1e-3);
  assert.equal(result.target.kind === 'class' ? result.target.class : -1, text.target);
});
