/** Models that predict at every position, against PyTorch's gradients in float64 (`make_references.py`). */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { localCompute } from '../../../server/compute/local';
import type { AttributeRequest } from '../../../server/compute/types';
import { f32, i64 } from '../../../server/graph/tensor';
import { importModel } from '../../../server/model/import';
import { atPosition, POSITION } from '../../../server/model/positions';
import type { Model } from '../../../server/model/types';
import { compileProgram } from '../../../server/program/compile';
import { names } from '../../../server/program/types';
import type { Head } from '../../../server/program/types';
import { runInEngine } from '../../support/interpreter/engine';
import { worst } from '../../support/interpreter/models';

const folder = fileURLToPath(new URL('.', import.meta.url));

interface Reference {
  readonly feeds: Readonly<Record<string, { readonly dims: readonly number[]; readonly data: readonly number[] }>>;
  readonly cases: readonly {
    readonly position: number;
    readonly head: Head;
    readonly logits: readonly number[];
    readonly seed: readonly number[];
    readonly score: readonly number[];
    readonly gradient: readonly number[];
  }[];
}

const referenceOf = (name: string): Reference => JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')) as Reference;
const feedsOf = ({ feeds }: Reference) =>
  Object.fromEntries(Object.entries(feeds).map(([input, { dims, data }]) => [input, i64(data, dims)]));
const modelOf = async (name: string): Promise<Model> => atPosition(await importModel(`${folder}${name}.onnx`));

for (const name of ['tagger', 'bert', 'gpt2']) {
  test(`${name}: logits, scores and gradients at single positions, every head, two samples at once`, async () => {
    const model = await modelOf(name);
    const reference = referenceOf(name);
    const feeds = feedsOf(reference);
    const entry = model.entries.find(({ input }) => input === 'ids')!.value;
    assert.ok(model.batchable, model.notes.join());
    const entries = await runInEngine(
      compileProgram(model, { kind: 'entries', head: 'linear', rules: 'gradient' }),
      feeds,
    );
    for (const { position, head, seed, ...expected } of reference.cases) {
      const program = compileProgram(model, { kind: 'relevance', head, rules: 'gradient' });
      const results = await runInEngine(program, {
        ...feeds,
        ...entries,
        [POSITION]: i64([position], []),
        [names.seed]: f32(seed, [1, seed.length]),
      });
      assert.ok(worst(results[names.logits]!.data, expected.logits) < 1e-4, `${position} ${head}: logits`);
      assert.ok(worst(results[names.score]!.data, expected.score) < 1e-4, `${position} ${head}: score`);
      const error = worst(results[names.relevance(entry)]!.data, expected.gradient);
      assert.ok(error < 1e-4, `${position} ${head}: gradient is off by ${error}`);
    }
  });
}

test('the softmax of every position is stepped over', async () => {
  const { output } = await modelOf('tagger');
  assert.deepEqual([output.activation, output.onlyProbabilities, output.positions, output.classes], ['softmax', false, true, 4]); // prettier-ignore
});

/** The first sample of a reference, read at a position. */
function requestFor(name: string, position: number, more: Partial<AttributeRequest>): AttributeRequest {
  const feeds = Object.fromEntries(
    Object.entries(feedsOf(referenceOf(name))).map(([input, { data, dims }]) => [
      input,
      i64(Array.from(data.slice(0, dims[1]) as ArrayLike<bigint>, Number), [1, dims[1]!]),
    ]),
  );
  const count = feeds['ids']!.dims[1]!;
  return {
    model: { path: `${folder}${name}.onnx`, engine: null },
    labels: [],
    method: 'gradient-x-input',
    target: { kind: 'predicted' },
    sample: {
      feeds: { ...feeds, [POSITION]: i64([position], []) },
      count,
      featureOf: { ids: Int32Array.from({ length: count }, (_, index) => index) },
      fixed: new Set(),
      grid: null,
    },
    baseline: { kind: 'zero-entries', id: 'zero', label: 'zero embedding' },
    parameters: {},
    ...more,
  };
}

test('integrated gradients are complete at a position, and sum to another score at another', async () => {
  const compute = localCompute({ threads: 1 });
  const [one, two] = await Promise.all(
    [1, 3].map((position) =>
      compute.attribute(requestFor('bert', position, { method: 'integrated-gradients', parameters: { steps: 256 } })),
    ),
  );
  for (const result of [one!, two!]) {
    const { sum, expected, residual } = result.accounting;
    assert.ok(Math.abs(residual!) < 0.01 * Math.abs(expected!), `${sum} ${expected}`);
  }
  assert.notEqual(one!.accounting.score, two!.accounting.score);
  await compute.dispose();
});

test('a causal model owes nothing to the tokens after the position, by every family of methods', async () => {
  const compute = localCompute({ threads: 1 });
  for (const method of ['gradient', 'integrated-gradients', 'occlusion', 'lrp', 'attnlrp', 'deeplift', 'smoothgrad']) {
    const { relevance } = await compute.attribute(requestFor('gpt2', 2, { method }));
    const largest = Math.max(...relevance.map(Math.abs));
    assert.ok(largest > 0, method);
    // float32 of masked attention: exp(−1e38) is 0, not small.
    assert.ok(Math.max(...relevance.slice(3).map(Math.abs)) <= 1e-6 * largest, `${method}: ${relevance.join(' ')}`);
  }
  await compute.dispose();
});

test('what is said everywhere is what is said at each', async () => {
  const compute = localCompute({ threads: 1 });
  const { model, labels, sample } = requestFor('bert', 0, {});
  const { everywhere } = await compute.predict({ model, labels, feeds: sample.feeds, everywhere: true });
  assert.equal(everywhere?.length, sample.count);
  for (const [position, top] of everywhere.entries()) {
    const feeds = { ...sample.feeds, [POSITION]: i64([position], []) };
    const [best] = (await compute.predict({ model, labels, feeds })).scores;
    assert.deepEqual([best?.class, best?.probability], [top.class, top.probability]);
  }
  await compute.dispose();
});
