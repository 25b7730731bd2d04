/** Layer methods on networks small enough to do by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../../../server/errors';
import { METHODS } from '../../../../server/explain/methods';
import type { Member } from '../../../../server/explain/types';
import { ints } from '../../../../server/graph/attributes';
import { f32, i64 } from '../../../../server/graph/tensor';
import type { Model } from '../../../../server/model/types';
import type { ComputedAttribution } from '../../../../server/compute/types';
import { compileProgram, programKey } from '../../../../server/program/compile';
import { baselineRow, explain, explainRow } from '../explain';
import { column, denseModel, mlp, row } from '../networks';

const near = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-5): void => {
  assert.equal(a.length, b.length);
  for (let i = 0; i < a.length; i += 1)
    assert.ok(
      Math.abs((a[i] as number) - (b[i] as number)) <= tolerance,
      `${Array.from(a).join()} ≠ ${Array.from(b).join()}`,
    );
};
const codes = ({ warnings }: ComputedAttribution): string[] => warnings.map(({ code }) => code);
const units = ({ layer }: ComputedAttribution) =>
  (layer?.units ?? []).map(({ unit, value, activation }) =>
    [unit, value, activation].map((n) => Math.round(n * 1e4) / 1e4),
  );

/** Hidden units h = relu(x₁ + x₂, x₁ − x₂, −x₁); logits (2h₁ − h₂, h₂ + 3h₃). */
const net = mlp('layer-methods', [2, 3, 2], [1, 1, -1, 1, -1, 0], [0, 0, 0], [2, 0, -1, 1, 0, 3], [0, 0]);
const X = [3, 1];
const RELU = 'model/Relu';

test('layer gradient × activation: y ⊙ ∂S/∂y, strongest first, the input’s share of the strongest unit', async () => {
  const result = await explainRow(net, X, { method: 'layer-gradient-x-activation' });
  // h = (4, 2, 0), slopes (2, −1, 0).
  assert.equal(result.parameters['layer'], RELU);
  assert.deepEqual(units(result), [
    [0, 8, 4],
    [1, -2, 2],
    [2, 0, 0],
  ]);
  // x ⊙ 2 · ∂h₁/∂x.
  near(result.relevance, [6, 2]);
  assert.deepEqual(codes(result), []);
});

test('chosen units: only what passes through them; all of them are gradient × input', async () => {
  const of = async (chosen: string) =>
    (await explainRow(net, X, { method: 'layer-gradient-x-activation', parameters: { units: chosen } })).relevance;
  near(await of('1'), [-3, 1]);
  near(await of('0, 1,2'), (await explainRow(net, X, { method: 'gradient-x-input' })).relevance);
  for (const wrong of ['3', '-1', 'a', '1,,2', '1.5'])
    await assert.rejects(
      of(wrong),
      (error: UserError) => error.code === 'bad-parameter' && error.message.includes('has 3'),
    );
});

/** y = relu(x₁) + x₂, the second input around the layer; S = 2y. */
const bypass = (): Model =>
  denseModel('bypass', 2, 1, (b, x) => {
    const hidden = b.op('Relu', [b.op('MatMul', [x, b.constant(f32([1, 0], [2, 1]))])], {}, 'hidden');
    return b.op('Mul', [b.op('Add', [hidden, column(b, x, 1)], {}, 'sum'), b.scalar(2)]);
  });

test('the layer and what goes around it come from the run that predicts: no pass begins anew', async () => {
  for (const [model, x, layer] of [
    [net, X, RELU],
    [bypass(), [3, 5], 'model/hidden'],
  ] as const) {
    const parameters = { layer };
    const result = await explainRow(model, x, { method: 'layer-gradient-x-activation', parameters });
    const spec = { kind: 'relevance', head: 'linear', rules: 'gradient', entries: [], at: [layer] } as const;
    const fed = METHODS.find(({ info }) => info.id === 'layer-gradient-x-activation')?.reads?.({ model, parameters });
    assert.equal(result.programKey, programKey(model, { ...spec, fed: fed ?? [] }));
    assert.ok(!compileProgram(model, { ...spec, fed: fed ?? [] }).graph.inputs.includes('x'));
  }
});

test('a bypass is named and gets nothing', async () => {
  const parameters = { layer: 'model/hidden', units: '0' };
  const result = await explainRow(bypass(), [3, 5], { method: 'layer-gradient-x-activation', parameters });
  near(result.relevance, [6, 0]);
  assert.deepEqual(codes(result), ['bypass']);
  assert.match(
    result.warnings.map(({ message }) => message).join(),
    /model\/hidden does not cut the model: .*Slice.* \(joins at model\/sum_node\)/,
  );
  const conductance = await explainRow(bypass(), [3, 5], {
    method: 'conductance',
    baseline: baselineRow([0, 0]),
    parameters: { layer: 'model/hidden' },
  });
  near([conductance.layer?.units[0]?.value ?? NaN], [6]);
  assert.equal(conductance.accounting.expected, undefined);
  const whole = await explainRow(bypass(), [3, 5], {
    method: 'conductance',
    baseline: baselineRow([0, 0]),
    parameters: { layer: 'model/sum' },
  });
  near([whole.layer?.units[0]?.value ?? NaN], [16]);
  assert.deepEqual(codes(whole), []);
});

/** x₁ = α·t, so h = relu(x − 1) opens at α = 1/t. */
const late = denseModel('late', 1, 1, (b, x) =>
  b.op('Mul', [b.op('Relu', [b.op('Sub', [x, b.scalar(1)])], {}, 'h'), b.scalar(3)]),
);

test('conductance: only the part of the line where the unit is open counts, and it sums to the change', async () => {
  const result = await explainRow(late, [5], {
    method: 'conductance',
    baseline: baselineRow([0]),
    parameters: { layer: 'model/h', steps: 32 },
  });
  near([result.layer?.units[0]?.value ?? NaN], [12], 0.5);
  const net2 = mlp(
    'tanh',
    [2, 4, 2],
    [1, -2, 0.5, 1, -1, 1, 2, 0.3],
    [0.1, 0, -0.2, 0.3],
    [1, -1, 2, 0.5, -1, 1, 0.7, 2],
    [0, 0],
    'Tanh',
  );
  const smooth = await explainRow(net2, [1.5, -0.5], { method: 'conductance', baseline: baselineRow([0, 0]) });
  const total = (smooth.layer?.units ?? []).reduce((sum, { value }) => sum + value, 0);
  const { score, baselineScore = NaN } = smooth.accounting;
  near([total], [score - baselineScore], 2e-3);
  assert.deepEqual(
    codes(smooth).filter((code) => code === 'incomplete'),
    [],
  );
  // Through all units together: integrated gradients.
  const through = await explainRow(net2, [1.5, -0.5], {
    method: 'conductance',
    baseline: baselineRow([0, 0]),
    parameters: { units: '0,1,2,3' },
  });
  const ig = await explainRow(net2, [1.5, -0.5], { method: 'integrated-gradients', baseline: baselineRow([0, 0]) });
  near(through.relevance, ig.relevance, 1e-4);
});

test('rows of one run do not change the numbers: chunks of 1 and of 16', async () => {
  const slow = { ...net, hash: 'test:layer-methods-unbatchable', batchable: false };
  for (const method of ['conductance', 'internal-influence']) {
    const wish = { method, baseline: baselineRow([-1, 2]) };
    const [many, one] = [await explainRow(net, X, wish), await explainRow(slow, X, wish)];
    assert.deepEqual(units(many), units(one));
    assert.equal(many.accounting.evaluations, one.accounting.evaluations);
  }
});

test('conductance with several baselines is their mean', async () => {
  const [a, b] = [baselineRow([0, 0]), baselineRow([1, -1])];
  const of = async (baseline: ReturnType<typeof baselineRow>) => {
    const { layer } = await explainRow(net, X, { method: 'conductance', baseline });
    return [...(layer?.units ?? [])].sort((p, q) => p.unit - q.unit).map(({ value }) => value);
  };
  if (a?.kind !== 'feeds' || b?.kind !== 'feeds') throw new Error('baselines without feeds');
  const both = await of({ ...a, feeds: [...a.feeds, ...b.feeds] });
  const [first, second] = [await of(a), await of(b)];
  near(
    both,
    first.map((value, i) => (value + (second[i] as number)) / 2),
    1e-5,
  );
});

const member = (x: readonly number[], gold: number | null): Member => ({ feeds: { x: row(x) }, gold, title: x.join() });

test('internal influence: the slope at the sample, along the line, over a class, over a dataset', async () => {
  // S = logit 0 of a network whose second layer is a ReLU too: slopes depend on the input.
  const deep = denseModel('deep', 2, 2, (b, x) => {
    const h = b.op('Relu', [x], {}, 'h');
    const z = b.op('Relu', [b.op('MatMul', [h, b.constant(f32([1, -1, -1, 1], [2, 2]))])]);
    return b.op('MatMul', [z, b.constant(f32([1, 0, 0, 2], [2, 2]))]);
  });
  const population = [member([3, 1], 0), member([1, 3], 0), member([5, 1], 0), member([1, 9], 1)];
  const of = async (parameters: Record<string, string | number>, method = 'internal-influence') =>
    units(
      await explainRow(deep, [2, 1], {
        method,
        baseline: baselineRow([0, 4]),
        population,
        target: { kind: 'class', class: 0 },
        parameters: { layer: 'model/h', ...parameters },
      }),
    );
  // S = relu(h₁ − h₂): slope (1, −1) where h₁ > h₂, else 0.
  assert.deepEqual(await of({ distribution: 'instance' }), [
    [0, 1, 2],
    [1, -1, 1],
  ]);
  // x(α) = (2α, 4 − 3α): open above α = 0.8.
  assert.deepEqual(await of({ distribution: 'line', steps: 20 }), [
    [0, 0.2, 2],
    [1, -0.2, 1],
  ]);
  assert.deepEqual(await of({ distribution: 'class' }), [
    [0, 0.6667, 2],
    [1, -0.6667, 1],
  ]);
  assert.deepEqual(await of({ distribution: 'dataset' }), [
    [0, 0.5, 2],
    [1, -0.5, 1],
  ]);
  // Why 0 rather than 1: the units that tell them apart.
  const contrast = await explainRow(deep, [2, 1], {
    method: 'internal-influence',
    baseline: baselineRow([0, 4]),
    target: { kind: 'contrast', class: 0, against: 1 },
    parameters: { layer: 'model/h', distribution: 'line', steps: 20 },
  });
  // Below α = 0.8 S = −2(h₂ − h₁): slope (2, −2); above it (1, −1).
  assert.deepEqual(units(contrast), [
    [0, 1.8, 2],
    [1, -1.8, 1],
  ]);
});

test('internal influence without samples to average over says so', async () => {
  const wish = { method: 'internal-influence', baseline: baselineRow([0, 0]) } as const;
  await assert.rejects(
    explainRow(net, X, { ...wish, parameters: { distribution: 'dataset' } }),
    (error: UserError) => error.code === 'no-population',
  );
  await assert.rejects(
    explainRow(net, X, { ...wish, population: [member([1, 1], 1)], parameters: { distribution: 'class' } }),
    /explained class/,
  );
});

/** 1 → 2 maps of 1 × 1 kernels (1, −1) on 4 × 4 pixels, weights by position behind them. */
function picture(): Model {
  const weights = Float32Array.from({ length: 64 }, (_, i) => (i < 32 ? 1 : i % 2 === 0 ? -2 : 0));
  return denseModel('picture', 16, 2, (b, x) => {
    const image = b.op('Reshape', [x, b.constant(i64([-1, 1, 4, 4]))]);
    const conv = b.op('Conv', [image, b.constant(f32([1, -1], [2, 1, 1, 1]))], { kernel_shape: ints([1, 1]) }, 'conv');
    return b.op('MatMul', [b.op('Reshape', [conv, b.constant(i64([-1, 32]))]), b.constant(f32(weights, [32, 2]))]);
  });
}

function ofPicture(method: string, parameters: Record<string, string | boolean> = {}, model = picture()) {
  const x = Array.from({ length: 16 }, (_, i) => i - 8);
  return explain(model, {
    method,
    sample: {
      feeds: { x: row(x) },
      count: 16,
      featureOf: { x: Int32Array.from(x, (_, i) => i) },
      fixed: new Set(),
      grid: { width: 4, height: 4 },
    },
    baseline: baselineRow(x.map(() => 0)),
    target: { kind: 'class', class: 0 },
    parameters,
  });
}

test('Grad-CAM by hand: mean slopes as weights, the negative part cut off or kept', async () => {
  // Class 0: slopes 1 on the first map; on the second −2. L = 1·x + (−2)(−x) = 3x.
  const signed = await ofPicture('grad-cam', { signed: true });
  near(
    signed.relevance,
    Array.from({ length: 16 }, (_, i) => 3 * (i - 8)),
  );
  const { relevance, layer } = await ofPicture('grad-cam');
  near(
    relevance,
    Array.from({ length: 16 }, (_, i) => Math.max(0, 3 * (i - 8))),
  );
  // α_k Σ A^k: 1 · (−8) and −2 · 8.
  assert.deepEqual(
    layer?.units.map(({ unit, value }) => [unit, value]),
    [
      [1, -16],
      [0, -8],
    ],
  );
  const guided = await ofPicture('guided-grad-cam');
  // No activation: guided backpropagation is the gradient, 1 − (−1)(2)… = 3 everywhere.
  near(
    guided.relevance,
    relevance.map((value) => 3 * value),
  );
});

test('an empty map says so and how to see the rest', async () => {
  const model = picture();
  const result = await explain(model, {
    method: 'grad-cam',
    sample: {
      feeds: { x: row(Array.from({ length: 16 }, () => -1)) },
      count: 16,
      featureOf: { x: Int32Array.from({ length: 16 }, (_, i) => i) },
      fixed: new Set(),
      grid: { width: 4, height: 4 },
    },
    baseline: null,
    target: { kind: 'class', class: 0 },
  });
  assert.deepEqual(codes(result), ['empty-map']);
});

test('a map of the layer at the pixels keeps its sum', async () => {
  const result = await ofPicture('layer-gradient-x-activation');
  near([result.accounting.sum], [(result.layer?.units ?? []).reduce((sum, { value }) => sum + value, 0)], 1e-4);
  near(
    result.relevance,
    Array.from({ length: 16 }, (_, i) => 3 * (i - 8)),
  );
});

/** Four patches of a 4 × 4 picture behind a class token, two units each; S = Σ patches (u₁ − u₂) + 10 u₁ of the token. */
test('patches behind a class token are places of the picture', async () => {
  const model = denseModel('patches', 16, 1, (b, x) => {
    const picture = b.op('Reshape', [x, b.constant(i64([-1, 1, 4, 4]))]);
    const kernel = b.constant(f32([1, 1, 1, 1, -1, -1, -1, -1], [2, 1, 2, 2]));
    const conv = b.op('Conv', [picture, kernel], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) });
    const patches = b.op('Transpose', [b.op('Reshape', [conv, b.constant(i64([-1, 2, 4]))])], {
      perm: ints([0, 2, 1]),
    });
    const token = b.op('ReduceSum', [patches, b.indices([1])], { keepdims: { type: 'int', value: 1 } });
    const tokens = b.op('Concat', [token, patches], { axis: { type: 'int', value: 1 } });
    const dense = b.op('MatMul', [tokens, b.constant(f32([1, 0, 0, 1], [2, 2]))], {}, 'tokens');
    const weights = f32([10, 0, 1, -1, 1, -1, 1, -1, 1, -1], [10, 1]);
    return b.op('MatMul', [b.op('Reshape', [dense, b.constant(i64([-1, 10]))]), b.constant(weights)]);
  });
  const pixels = Float32Array.from({ length: 16 }, (_, i) => (i % 4 < 2 ? 1 : i < 8 ? 2 : 0));
  const of = async (method: string) =>
    explain(model, {
      method,
      sample: {
        feeds: { x: f32(pixels, [1, 16]) },
        count: 16,
        featureOf: { x: Int32Array.from(pixels, (_, i) => i) },
        fixed: new Set(),
        grid: { width: 4, height: 4 },
      },
      baseline: null,
      parameters: { layer: 'model/tokens' },
    });
  // Patches u₁ = 4, 8, 4, 0 and u₂ = −u₁: α = (1, −1), L = 2u₁, no matter how much the class token counts.
  const cam = (await of('grad-cam')).relevance;
  near([cam[0] ?? NaN, cam[3] ?? NaN, cam[12] ?? NaN, cam[15] ?? NaN], [8, 16, 8, 0]);
  // The class token (u₁ = 16) counts in the sum, and lies nowhere.
  const share = await of('layer-gradient-x-activation');
  near([share.accounting.sum], [192]);
  near([share.relevance.reduce((sum, value) => sum + value, 0)], [32]);
});

test('models that have no layer or no map are told so', async () => {
  const linear = denseModel('linear-only', 2, 2, (b, x) => b.op('MatMul', [x, b.constant(f32([1, 2, 3, 4], [2, 2]))]));
  await assert.rejects(explainRow(linear, X, { method: 'conductance' }), /no layer.*gradient × input/);
  await assert.rejects(explainRow(net, X, { method: 'grad-cam' }), /no convolution.*layer gradient × activation/);
  await assert.rejects(
    explainRow(net, X, { method: 'conductance', parameters: { layer: 'model/Rleu' } }),
    /model\/Relu/,
  );
  await assert.rejects(ofPicture('grad-cam', { layer: 'model/MatMul' }), UserError);
});

test('documentation: every layer method says what it shows at the features', () => {
  for (const { info } of METHODS.filter(({ info: { family, id } }) => family === 'layer' && !id.includes('cam')))
    assert.match(info.means, /At the features:/, info.id);
});
