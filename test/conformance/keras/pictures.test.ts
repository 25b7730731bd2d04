/** Real picture models in the formats of TensorFlow.js and Keras. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { f32, sizeOf } from '../../../server/graph/tensor';
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

/** Logits that TensorFlow gives for a made-up digit (`lenet.py`): the graph model and the SavedModel are trainings of their own. */
const keras = [7.54324, 7.43688, -11.8495, -17.3101, 3.82904, -7.38992, -4.25646, -2.27723, -6.07769, -4.92309];
const lenets: Readonly<Record<string, readonly number[]>> = {
  'layers/model.json': keras,
  'keras/tf_keras_model.h5': keras,
  'graph/model.json': [
    2.27125, -6.31383, -0.54456, -5.10257, 0.560598, -3.54591, 0.592626, -5.49609, 4.32934, -2.19631,
  ],
  'saved_model/saved_model.pb': [
    -2.20903, -5.23153, 0.550095, 4.94276, -7.96237, 3.92148, -5.56491, -3.7531, 2.72536, -0.744705,
  ],
};

for (const [file, wanted] of Object.entries(lenets))
  test(`mnist-lenet: ${file}`, needs('mnist-lenet'), async () => {
    const model = await importModel(join(lenet, file));
    assert.equal(model.output.activation, 'softmax');
    const dims = (model.inputs[0]?.type.shape ?? []).map((dim) => (typeof dim === 'number' ? dim : 1));
    const digit = Float32Array.from({ length: sizeOf(dims) }, (_, index) => ((index * 37) % 255) / 255);
    const logits = await logitsOf(model, f32(digit, dims));
    const largest = Math.max(...wanted.map(Math.abs));
    logits.forEach((value, at) => assert.ok(Math.abs(value - (wanted[at] ?? NaN)) < 1e-5 * largest, `${value}`));
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
