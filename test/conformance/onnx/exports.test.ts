/** Models as PyTorch, scikit-learn and ONNX Runtime's quantiser export them (made by `make_models.py`). */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { DType, Tensor } from '../../../server/graph/types';
import { importModel } from '../../../server/model/import';
import type { EntryPoint, Model } from '../../../server/model/types';
import { assertShapes } from './shapes';
import { assertClose, runFile, runGraph } from './run';

const folder = fileURLToPath(new URL('./models/', import.meta.url));

interface Packed {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly data: readonly (number | string)[];
}

function unpack({ dtype, dims, data }: Packed): Tensor {
  if (dtype === 'string') return { dtype, dims, data: data.map(String) };
  if (dtype === 'int64') return { dtype, dims, data: BigInt64Array.from(data, (item) => BigInt(item)) };
  return { dtype: 'float32', dims, data: Float32Array.from(data, Number) };
}

/** Rows [from, to) of every feed. */
function rows(feeds: Readonly<Record<string, Tensor>>, from: number, to: number): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => {
      const [count = 1, ...rest] = tensor.dims;
      const width = tensor.data.length / count;
      return [name, { ...tensor, dims: [to - from, ...rest], data: tensor.data.slice(from * width, to * width) }];
    }),
  );
}

const scores = (model: Model, outputs: Readonly<Record<string, Tensor>>): Tensor => outputs[model.output.output]!;

for (const file of readdirSync(folder).filter((name) => name.endsWith('.onnx'))) {
  test(`${file}: same numbers as its maker, in a batch and one by one`, async () => {
    const model = await importModel(folder + file);
    const record = JSON.parse(readFileSync(folder + file.replace('.onnx', '.json'), 'utf8')) as {
      feeds: Record<string, Packed>;
      outputs: Packed[];
    };
    const feeds = Object.fromEntries(Object.entries(record.feeds).map(([name, packed]) => [name, unpack(packed)]));
    const expected = quantised.has(file)
      ? await asItIs(folder + file, feeds, model.batchable)
      : unpack(record.outputs.at(-1)!);
    const tolerance = file.includes('.half') ? 1e-4 : 1e-5;
    if (model.batchable) {
      assertClose(scores(model, await runGraph(model.graph, feeds)), expected, 1e-4, tolerance);
      await assertShapes(model.graph, feeds);
    }
    for (let row = 0; row < expected.dims[0]!; row += 1) {
      const one = scores(model, await runGraph(model.graph, rows(feeds, row, row + 1)));
      assertClose(one, rows({ expected }, row, row + 1)['expected']!, 1e-4, tolerance);
    }
    assert.equal(model.batchable, !unbatchable.has(file), model.notes.join('; '));
  });
}

/**
 * ONNX Runtime's integer kernels differ between processors (without VNNI their sums saturate), by a quantisation step and
 * more: such a file is held against stock ONNX Runtime on this machine, not against its maker's.
 */
const quantised = new Set(['residual.qdq.onnx', 'residual.qoperator.onnx', 'mlp.dynamic.onnx']);

async function asItIs(path: string, feeds: Readonly<Record<string, Tensor>>, batch: boolean): Promise<Tensor> {
  const file = readFileSync(path);
  const last = async (given: Readonly<Record<string, Tensor>>) => Object.values(await runFile(file, given)).at(-1)!;
  if (batch) return last(feeds);
  const count = Object.values(feeds)[0]!.dims[0]!;
  const single = await Promise.all(Array.from({ length: count }, (_, row) => last(rows(feeds, row, row + 1))));
  const data = Float32Array.from(single.flatMap((tensor) => Array.from(tensor.data as Float32Array)));
  return { dtype: 'float32', dims: [count, ...single[0]!.dims.slice(1)], data };
}

/** Dynamic quantisation takes its range over the batch. */
const unbatchable = new Set(['mlp.dynamic.onnx']);

/** What is known of each model's end: activation, one logit, labels. */
const ends: Readonly<Record<string, readonly [string, boolean, readonly string[] | null]>> = {
  'mlp.script.onnx': ['none', false, null],
  'residual.script.onnx': ['softmax', false, null],
  'residual.dynamo.onnx': ['softmax', false, null],
  'residual.qdq.onnx': ['softmax', false, null],
  'cnn-baked.script.onnx': ['softmax', false, null],
  'logistic-binary.onnx': ['sigmoid', true, ['old', 'young']],
  'logistic-binary-zipmap.onnx': ['sigmoid', true, ['old', 'young']],
  'logistic-three-zipmap.onnx': ['softmax', false, ['a', 'b', 'c']],
  'normalizer-logistic.onnx': ['softmax', false, ['0', '1', '2']],
};

for (const [file, [activation, single, labels]] of Object.entries(ends)) {
  test(`${file}: logits before ${activation}`, async () => {
    const { output, graph } = await importModel(folder + file);
    assert.deepEqual([output.activation, output.single, output.labels], [activation, single, labels]);
    assert.equal(output.onlyProbabilities, false);
    assert.notEqual(output.type.shape, undefined);
    assert.equal(output.activation === 'none', graph.outputs.includes(output.logits));
  });
}

test('trees give probabilities only', async () => {
  const { output } = await importModel(`${folder}forest.onnx`);
  assert.equal(output.onlyProbabilities, true);
  assert.deepEqual(output.labels, ['0', '1', '2']);
});

test('fused attention is taken apart: no operator of com.microsoft is left, words are entries', async () => {
  const { graph, entries } = await importModel(`${folder}bert.fused.onnx`);
  assert.deepEqual(graph.nodes.filter(({ domain }) => domain !== '').map(({ op }) => op), []); // prettier-ignore
  assert.deepEqual(kinds(entries), ['input_ids embedding', 'token_type_ids embedding']);
});

const kinds = (entries: readonly EntryPoint[]): string[] => entries.map((entry) => `${entry.input} ${entry.kind}`);

test('entry points: embeddings of token ids, slots of categories', async () => {
  const { entries } = await importModel(`${folder}bert.script.onnx`);
  assert.deepEqual(kinds(entries), ['input_ids embedding', 'token_type_ids embedding']);
  const table = await importModel(`${folder}logistic-three.onnx`);
  assert.deepEqual(kinds(table.entries), ['age identity', 'income identity', 'city slots']);
  assert.deepEqual(table.entries[2]?.slots, [0, 0, 0]);
});
