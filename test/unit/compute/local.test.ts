import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { localCompute } from '../../../server/compute/local';
import type { AttributeRequest } from '../../../server/compute/types';
import { UserError } from '../../../server/errors';
import { f32 } from '../../../server/graph/tensor';
import { METHODS } from '../../../server/explain/methods';
import { ids, logModel, scratch, textModel, write } from './files';

const LABELS = ['bad', 'fair', 'good'];
const TOKENS = [1, 17, 23, 5, 2];

function textSample(tokens: readonly number[] = TOKENS): AttributeRequest['sample'] {
  return {
    feeds: { ids: ids(tokens), mask: ids(tokens.map(() => 1)) },
    count: tokens.length,
    featureOf: { ids: Int32Array.from(tokens, (_, i) => i) },
    fixed: new Set([0, tokens.length - 1]),
    grid: null,
  };
}

const padding: AttributeRequest['baseline'] = {
  id: 'pad',
  label: '[PAD]',
  kind: 'feeds',
  feeds: [{ ids: ids([1, 0, 0, 0, 2]), mask: ids([1, 1, 1, 1, 1]) }],
};

function request(path: string, more: Partial<AttributeRequest> = {}): AttributeRequest {
  return {
    model: { path, engine: null },
    labels: LABELS,
    method: 'integrated-gradients',
    target: { kind: 'predicted' },
    sample: textSample(),
    baseline: padding,
    parameters: {},
    ...more,
  };
}

const rejects = (work: Promise<unknown>, code: string, text: RegExp): Promise<void> =>
  assert.rejects(work, (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, text);
    return true;
  });

test('a text model: summary, prediction, methods', async (t) => {
  const path = write(scratch(t), 'text.onnx', textModel());
  const compute = localCompute({ threads: 1 });
  const summary = await compute.load({ path, engine: null });
  assert.equal(summary.engine, 'onnxruntime/cpu');
  assert.equal(summary.entries.find((entry) => entry.input === 'ids')?.kind, 'embedding');
  const { scores } = await compute.predict({
    model: { path, engine: null },
    feeds: textSample().feeds,
    labels: LABELS,
  });
  assert.equal(scores.length, 3);
  assert.ok(Math.abs(scores.reduce((sum, score) => sum + (score.probability ?? 0), 0) - 1) < 1e-6);
  const choices = await compute.methods({ path, engine: null });
  assert.deepEqual(
    choices.map(({ info }) => info.id),
    METHODS.map(({ info }) => info.id),
  );
  // Blurs and maps of pictures have nothing to do with words; who cannot says why.
  const unfit = choices.filter((choice) => choice.unfit !== null);
  assert.ok(unfit.every((choice) => (choice.unfit ?? '').length > 20));
  for (const id of ['integrated-gradients', 'lrp', 'attnlrp', 'deeplift', 'occlusion'])
    assert.ok(!unfit.some(({ info }) => info.id === id), id);
  await compute.dispose();
});

test('every method explains a text model; what has a sum to keep keeps it; special tokens stay', async (t) => {
  const path = write(scratch(t), 'text.onnx', textModel());
  const compute = localCompute({ threads: 1 });
  // Methods that compare with a dataset or need a gold label have tests of their own.
  const choices = await compute.methods({ path, engine: null });
  const alone = choices.filter(
    ({ info, unfit }) => unfit === null && info.population === undefined && info.family !== 'blame',
  );
  for (const { info } of alone)
    for (const baseline of [padding, { id: 'zero', label: 'zero', kind: 'zero-entries' } as const]) {
      const result = await compute.attribute(request(path, { method: info.id, baseline }));
      assert.equal(result.relevance.length, 5);
      assert.ok(
        result.relevance.some((value) => value !== 0),
        info.id,
      );
      assert.equal(result.target.kind, info.defaultTarget ?? 'class', info.id);
      assert.equal(result.scores[0]?.label, LABELS[result.scores[0]?.class ?? 0]);
      assert.equal(result.baselineScores === null, !info.usesBaseline);
      if (info.usesBaseline && info.family !== 'layer')
        assert.deepEqual([result.relevance[0], result.relevance[4]], [0, 0], info.id);
      if (info.id === 'integrated-gradients')
        assert.ok(Math.abs(result.accounting.residual ?? NaN) < 0.01 * Math.abs(result.accounting.expected ?? NaN));
    }
  await compute.dispose();
});

test('the class is fixed by the sample, and asked for by name', async (t) => {
  const path = write(scratch(t), 'text.onnx', textModel());
  const compute = localCompute({ threads: 1 });
  const good = await compute.attribute(
    request(path, { target: { kind: 'class', class: 'good', scale: 'probability' } }),
  );
  assert.deepEqual(good.target, { kind: 'class', class: 2, label: 'good', scale: 'probability' });
  assert.ok(
    Math.abs(good.accounting.score - (good.scores.find((score) => score.class === 2)?.probability ?? NaN)) < 1e-9,
  );
  await rejects(
    compute.attribute(request(path, { target: { kind: 'class', class: 'superb' } })),
    'unknown-class',
    /bad, fair, good/,
  );
  await rejects(compute.attribute(request(path, { method: 'magic' })), 'unknown-method', /occlusion/);
  await compute.dispose();
});

test('the same request gives the same bytes, also in another compute', async (t) => {
  const path = write(scratch(t), 'text.onnx', textModel());
  for (const method of ['smoothgrad', 'integrated-gradients', 'occlusion']) {
    const runs = [];
    for (const compute of [localCompute({ threads: 1 }), localCompute({ threads: 1 })]) {
      runs.push((await compute.attribute(request(path, { method }))).relevance);
      runs.push((await compute.attribute(request(path, { method }))).relevance);
      await compute.dispose();
    }
    for (const run of runs) assert.deepEqual(run, runs[0]);
  }
});

test('a changed model file is read again', async (t) => {
  const folder = scratch(t);
  const path = write(folder, 'text.onnx', textModel());
  const other = write(folder, 'other.onnx', textModel({ width: 16 }));
  const compute = localCompute({ threads: 1 });
  const first = await compute.load({ path, engine: null });
  assert.equal((await compute.load({ path, engine: null })).hash, first.hash);
  copyFileSync(other, path);
  utimesSync(path, new Date(), new Date(Date.now() + 5000));
  assert.notEqual((await compute.load({ path, engine: null })).hash, first.hash);
  await compute.attribute(request(path));
  await compute.dispose();
});

test('sessions beyond the bound are given back, and requests still work', async (t) => {
  const path = write(scratch(t), 'text.onnx', textModel());
  const roomy = localCompute({ threads: 1 });
  // Room for none, and for one: a request of several programs pushes its own out while it still needs them.
  for (const sessionBytes of [1, 3 * 2 ** 20]) {
    const compute = localCompute({ threads: 1, sessionBytes });
    for (const method of ['integrated-gradients', 'gradient', 'occlusion', 'integrated-gradients']) {
      const target = { kind: 'class', class: 'fair', scale: 'probability' } as const;
      const wish = request(path, { method, target });
      assert.deepEqual((await compute.attribute(wish)).relevance, (await roomy.attribute(wish)).relevance);
    }
    await compute.dispose();
  }
  await roomy.dispose();
});

test('attributions asked for at once are answered one after another, predictions in between', async (t) => {
  const path = write(scratch(t), 'text.onnx', textModel());
  const compute = localCompute({ threads: 1 });
  const order: string[] = [];
  const long = compute.attribute(request(path, { parameters: { steps: 2000 } })).then(() => order.push('first'));
  const next = compute.attribute(request(path, { method: 'gradient' })).then(() => order.push('second'));
  const predict = compute
    .predict({ model: { path, engine: null }, feeds: textSample().feeds, labels: [] })
    .then(() => order.push('prediction'));
  await Promise.all([long, next, predict]);
  assert.deepEqual(order, ['prediction', 'first', 'second']);
  await compute.dispose();
});

test('bad input: each error says what, where and what next', async (t) => {
  const folder = scratch(t);
  const compute = localCompute({ threads: 1 });
  await rejects(compute.load({ path: join(folder, 'missing.onnx'), engine: null }), 'model-not-found', /missing\.onnx/);
  const path = write(folder, 'text.onnx', textModel());
  const foreign = process.platform === 'darwin' ? 'onnxruntime/directml' : 'onnxruntime/coreml';
  await rejects(compute.load({ path, engine: foreign }), 'engine-unavailable', /build for \w+ does not have it/);
  await rejects(compute.load({ path, engine: 'abacus' }), 'unknown-engine', /onnxruntime\/cpu.*modelBlame\.engine/);
  await rejects(
    compute.attribute(request(path, { sample: textSample([1, 999, 2]) })),
    'index-out-of-range',
    /id 999.*0 … 49/,
  );
  await rejects(
    compute.predict({ model: { path, engine: null }, feeds: { ids: ids(TOKENS) }, labels: [] }),
    'missing-feed',
    /mask/,
  );
  const log = write(folder, 'log.onnx', logModel());
  const feeds = (x: readonly number[]) => ({ x: f32(x, [1, x.length]) });
  await rejects(
    compute.predict({ model: { path: log, engine: null }, feeds: feeds([-1, 2, 3, 4]), labels: [] }),
    'non-finite',
    /NaN.*node model\/logarithm_node \(Log\)/,
  );
  await rejects(
    compute.predict({ model: { path: log, engine: null }, feeds: feeds([0, 2, 3, 4]), labels: [] }),
    'non-finite',
    /node model\/logarithm_node \(Log\) gives infinity, which node .* makes NaN/,
  );
  await rejects(
    compute.predict({ model: { path: log, engine: null }, feeds: feeds([NaN, 2, 3, 4]), labels: [] }),
    'non-finite-input',
    /input x/,
  );
  await rejects(
    compute.predict({ model: { path: log, engine: null }, feeds: feeds([1, 2]), labels: [] }),
    'wrong-shape',
    /Input x.*2.*4/,
  );
  const small = localCompute({ threads: 1, memoryLimit: 100 });
  await assert.rejects(
    small.load({ path, engine: null }),
    (error) => error instanceof UserError && /memory/i.test(error.message),
  );
  await compute.dispose();
});

test('an exported program is a plain ONNX file that gives the panel’s numbers in a stock ONNX Runtime', async (t) => {
  const folder = scratch(t);
  const path = write(folder, 'text.onnx', textModel());
  const compute = localCompute({ threads: 1 });
  const out = join(folder, 'explainer.onnx');
  const target = { kind: 'class', class: 'fair' } as const;
  const size = await compute.exportProgram({ path, engine: null }, 'gradient', {}, target, LABELS, out);
  assert.equal(size, statSync(out).size);
  const { relevance } = await compute.attribute(request(path, { method: 'gradient', target }));
  const ort = await import('onnxruntime-node');
  const session = await ort.InferenceSession.create(out);
  assert.deepEqual([...session.inputNames].sort(), ['ids', 'mask']);
  const int64 = (values: readonly number[]) =>
    new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
  const results = await session.run({ ids: int64(TOKENS), mask: int64([1, 1, 1, 1, 1]) });
  const name = session.outputNames.find((output) => output.startsWith('relevance/')) ?? '';
  const all = results[name]?.data as Float32Array;
  const pooled = TOKENS.map((_, i) => all.slice(8 * i, 8 * i + 8).reduce((a, b) => a + b, 0));
  pooled.forEach((value, i) => assert.ok(Math.abs(value - (relevance[i] as number)) < 1e-6));
  assert.ok(readFileSync(out).includes('model-blame.method'));
  await session.release();
  const choices = await compute.methods({ path, engine: null });
  for (const method of METHODS) {
    const { id } = method.info;
    const written = compute.exportProgram({ path, engine: null }, id, {}, { kind: 'predicted' }, LABELS, out);
    const unfit = choices.find(({ info }) => info.id === id)?.unfit ?? null;
    // A file that holds another method than its name says would be worse than none.
    if (unfit !== null) await rejects(written, 'method-unfit', /cannot be exported/);
    else if (typeof method.exports === 'object') await rejects(written, 'no-export', /no single program/);
    else await written.then(async () => (await ort.InferenceSession.create(out)).release());
  }
  // Rules other than the gradient's are in the file.
  await compute.exportProgram({ path, engine: null }, 'lrp', {}, target, LABELS, out);
  assert.ok(readFileSync(out).includes('{"rules":"lrp"'), 'the file says which rules it was made with');
  const lrp = await compute.attribute(request(path, { method: 'lrp', target }));
  const own = await ort.InferenceSession.create(out);
  const found = (await own.run({ ids: int64(TOKENS), mask: int64([1, 1, 1, 1, 1]) }))[name]?.data as Float32Array;
  TOKENS.forEach((_, i) => {
    const token = found.slice(8 * i, 8 * i + 8).reduce((a, b) => a + b, 0);
    assert.ok(
      Math.abs(token - (lrp.relevance[i] as number)) < 1e-6,
      `token ${i}: ${token} for ${lrp.relevance[i]}, ${JSON.stringify(lrp.parameters)}`,
    );
  });
  await own.release();
  await compute.dispose();
});

test('engines: what is there, and why others are not', async () => {
  const { engines, chosen } = await localCompute().engines();
  assert.equal(chosen, 'onnxruntime/cpu');
  const cpu = engines.find((engine) => engine.name === chosen);
  assert.match(cpu?.detail ?? '', /^ONNX Runtime \d+\.\d+/);
  for (const name of ['tensorflow/wasm', 'tensorflow/cpu'])
    assert.equal(engines.find((engine) => engine.name === name)?.available, true, name);
  for (const { name, available, detail } of engines) assert.ok(detail.length > 10, `${name}: ${available} ${detail}`);
  // Its library exists for Windows only, and for Macs only: the reason names the machine.
  const other = process.platform === 'darwin' ? 'onnxruntime/directml' : 'onnxruntime/coreml';
  const foreign = engines.find((engine) => engine.name === other);
  assert.equal(foreign?.available, false);
  assert.match(foreign.detail, new RegExp(process.platform));
});
