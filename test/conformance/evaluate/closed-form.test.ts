/** Removal experiments on a model whose every probability is known: S = 2a − b, classes no and yes. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraphBuilder } from '../../../server/graph/builder';
import { f32 } from '../../../server/graph/tensor';
import { writeOnnx } from '../../../server/graph/onnx/write';
import { localCompute } from '../../../server/compute/local';
import { createServices } from '../../../server/services';
import { toUri } from '../../../server/workspace/uris';
import type { EvaluatedMethod, EvaluateRequest, EvaluateResponse } from '../../../server/protocol';

const folder = mkdtempSync(join(tmpdir(), 'model-blame-evaluate-'));
const b = new GraphBuilder('loans');
const row = b.input('row', 'float32', ['batch', 3]);
writeFileSync(
  join(folder, 'loans.onnx'),
  writeOnnx(b.build([b.rename(b.op('MatMul', [row, b.constant(f32([2, -1, 0], [3, 1]), 'weights')]), 'score')])),
);
writeFileSync(join(folder, 'loans.csv'), 'a,b,c,label\n1,0.5,3,yes\n0.25,1,6,no\n');
writeFileSync(
  join(folder, 'model-blame.json'),
  JSON.stringify({
    models: { loans: { path: 'loans.onnx', labels: ['no', 'yes'] } },
    datasets: [{ files: 'loans.csv', model: 'loans', label: 'label' }],
  }),
);
const services = createServices({ folders: [folder], compute: localCompute() });
after(async () => {
  await services.dispose();
  rmSync(folder, { recursive: true, force: true });
});

function ask(change: Partial<EvaluateRequest> = {}): Promise<EvaluateResponse> {
  return services.evaluate({
    uris: [toUri(join(folder, 'loans.csv'))],
    model: null,
    methods: ['gradient-x-input'],
    samples: 10,
    seed: 0,
    steps: 3,
    replacement: 'baseline',
    baseline: 'zero',
    ...change,
  });
}

function of({ methods }: EvaluateResponse, id: string): EvaluatedMethod {
  const found = methods.find(({ method }) => method === id);
  assert.ok(found !== undefined, id);
  return found;
}

const yes = (logit: number): number => 1 / (1 + Math.exp(-logit));
const no = (logit: number): number => yes(-logit);
const near = (value: number, expected: number): void =>
  assert.ok(Math.abs(value - expected) < 1e-6, `${value}, not ${expected}`);

/** Trapezoids over three equal steps. */
const area = (values: readonly number[]): number =>
  values.slice(1).reduce((sum, value, i) => sum + (value + (values[i] as number)) / 6, 0);

// (1, 0.5, 3): S = 1.5, yes; relevance for yes 2, −0.5, 0, so a goes first, then c, then b.
// (0.25, 1, 6): S = −0.5, no; relevance for no −0.5, 1, 0, so b first, then c, then a.
const most = [
  [yes(1.5), yes(-0.5), yes(-0.5), yes(0)],
  [no(-0.5), no(0.5), no(0.5), no(0)],
];
const least = [
  [yes(1.5), yes(2), yes(2), yes(0)],
  [no(-0.5), no(-1), no(-1), no(0)],
];
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test('both curves, their areas, and what is made of them', async () => {
  const answer = await ask();
  assert.deepEqual([answer.samples, answer.total, answer.skipped], [2, 2, null]);
  const method = of(answer, 'gradient-x-input');
  method.curves.most.forEach((value, k) => near(value, mean(most.map((curve) => curve[k] as number))));
  method.curves.least.forEach((value, k) => near(value, mean(least.map((curve) => curve[k] as number))));
  const deletion = most.map(area);
  const insertion = least.map(area);
  near(method.deletion.mean, mean(deletion));
  near(method.insertion.mean, mean(insertion));
  near(method.area.mean, mean(insertion) - mean(deletion));
  const areas = insertion.map((value, i) => value - (deletion[i] as number));
  near(method.area.error ?? NaN, Math.abs((areas[0] as number) - (areas[1] as number)) / 2);
  // 1, 5, 10 and 20 % of three columns are one, 50 % are two.
  const falls = most.map(([start = 0, one = 0, two = 0]) => start - (4 * one + two) / 5);
  near(method.comprehensiveness.mean, mean(falls));
  // Only one column kept: two removed, least relevant first; two kept: one removed.
  const kept = least.map(([start = 0, one = 0, two = 0]) => start - (4 * two + one) / 5);
  near(method.sufficiency.mean, mean(kept));
  near(method.flips.mean, 1);
});

test('relevance that is exact for a linear score goes with what removal does', async () => {
  // Sets of one column each: the fall of the probability against the column's relevance.
  const { mean: own } = of(await ask(), 'gradient-x-input').faithfulness ?? { mean: NaN };
  assert.ok(own > 0.9, `${own}`);
});

test('the same seed gives the same answer', async () => {
  const [one, two] = [await ask(), await ask()];
  assert.deepEqual(of(one, 'random').area, of(two, 'random').area);
});

test('a changed sign in place of zero is another experiment', async () => {
  const flipped = of(await ask({ replacement: 'sign-flip' }), 'gradient-x-input');
  // a = 1 becomes −1: S = −2.5; b = 1 becomes −1: S = 1.5.
  near(flipped.curves.most[1] ?? NaN, mean([yes(-2.5), no(1.5)]));
});

test('blame, unknown methods and methods that do not fit are refused', async () => {
  const code = (wanted: string) => (error: unknown) => (error as { code?: unknown }).code === wanted;
  await assert.rejects(ask({ methods: ['blame'] }), code('method-unfit'));
  await assert.rejects(ask({ methods: ['gradient', 'deepshap'] }), code('method-unfit'));
  await assert.rejects(ask({ methods: ['saliencyy'] }), code('unknown-method'));
  await assert.rejects(ask({ methods: ['grad-cam'] }), code('method-unfit'));
  await assert.rejects(ask({ baseline: 'nothing' }), code('unknown-baseline'));
  const { left } = await ask({ methods: null });
  assert.ok(left.some(({ method, reason }) => method === 'grad-cam' && reason !== ''));
});
