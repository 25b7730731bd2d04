/** Real picture models in the formats of TensorFlow.js and Keras. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { f32 } from '../../../server/graph/tensor';
import { createImageEncoder } from '../../../server/input';
import { importModel } from '../../../server/model/import';
import type { Model } from '../../../server/model/types';
import { needs, referenceData } from '../../support/shared';
import { runGraph } from '../onnx/run';

const vgg = referenceData('tiny-vgg') ?? '';
const lenet = referenceData('mnist-lenet') ?? '';

/** Class and probability that Keras gives (`tiny_vgg.py`); five of them are not what the picture shows. */
const predicted: Readonly<Record<string, readonly [number, number]>> = {
  'boat_1.jpeg': [0, 0.8208],
  'bug_1.jpeg': [1, 0.9842],
  'bug_3.jpeg': [1, 0.382],
  'bus_1.jpeg': [4, 0.9948],
  'bus_2.jpeg': [0, 0.6277],
  'car_1.jpeg': [9, 0.9655],
  'espresso_1.jpeg': [6, 0.8798],
  'koala_1.jpeg': [5, 0.953],
  'koala_2.jpeg': [1, 0.2777],
  'koala_3.jpeg': [5, 0.9878],
  'orange_1.jpeg': [8, 0.9854],
  'orange_3.jpeg': [8, 0.9047],
  'panda_1.jpeg': [7, 0.957],
  'panda_2.jpeg': [7, 0.4923],
  'panda_5.jpeg': [6, 0.9846],
  'pepper_1.jpeg': [3, 0.7857],
  'pepper_2.jpeg': [8, 0.5894],
  'pizza_1.jpeg': [2, 0.9907],
  'pizza_2.jpeg': [7, 0.6479],
};

async function logitsOf(model: Model, feed: ReturnType<typeof f32>): Promise<readonly number[]> {
  const [input = ''] = model.graph.inputs;
  const results = await runGraph({ ...model.graph, outputs: [model.output.logits] }, { [input]: feed });
  return Array.from(results[model.output.logits]?.data as Float32Array);
}

test('tiny-vgg: the pictures get the classes that Keras gives them', needs('tiny-vgg'), async () => {
  const model = await importModel(join(vgg, 'model.json'));
  assert.deepEqual(model.inputs, [{ name: 'conv_1_1_input', type: { dtype: 'float32', shape: ['batch', 64, 64, 3] } }]);
  assert.equal(model.output.activation, 'softmax');
  const encoder = await createImageEncoder({ kind: 'image' }, model.inputs, {
    read: () => Promise.reject(new Error('no file')),
  });
  for (const [name, [label, wanted]] of Object.entries(predicted)) {
    const { feeds } = await encoder.encode(readFileSync(join(vgg, 'images', name)), null);
    const logits = await logitsOf(model, feeds['conv_1_1_input'] as ReturnType<typeof f32>);
    const sum = logits.reduce((all, logit) => all + Math.exp(logit), 0);
    const found = Math.exp(logits[label] ?? NaN) / sum;
    assert.ok(Math.abs(found - wanted) < 0.001, `${name}: ${found} instead of ${wanted}`);
  }
});

test('one transpose where a convolutional stretch begins and one where it ends', needs('tiny-vgg'), async () => {
  const { graph } = await importModel(join(vgg, 'model.json'));
  assert.equal(graph.nodes.filter(({ op }) => op === 'Transpose').length, 2);
});

const digit = f32(
  Float32Array.from({ length: 784 }, (_, index) => ((index * 37) % 255) / 255),
  [1, 28, 28],
);

test('mnist-lenet: all formats give one result', needs('mnist-lenet'), async () => {
  const files = ['layers/model.json', 'keras/tf_keras_model.h5'];
  const all = await Promise.all(files.map(async (file) => logitsOf(await importModel(join(lenet, file)), digit)));
  const [first = []] = all;
  assert.equal(first.length, 10);
  all.forEach((logits, index) =>
    logits.forEach((value, at) =>
      assert.ok(Math.abs(value - (first[at] ?? NaN)) < 1e-4, `${files[index] ?? ''}: ${value}`),
    ),
  );
});

test('the hash changes with a shard', needs('tiny-vgg'), async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shards-'));
  try {
    for (const name of ['model.json', 'group1-shard1of1.bin'])
      writeFileSync(join(folder, name), readFileSync(join(vgg, name)));
    const before = await importModel(join(folder, 'model.json'));
    const shard = join(folder, 'group1-shard1of1.bin');
    const bytes = readFileSync(shard);
    bytes[2] = (bytes[2] ?? 0) ^ 1;
    writeFileSync(shard, bytes);
    const after = await importModel(join(folder, 'model.json'));
    assert.notEqual(before.hash, after.hash);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
