/** Which inner values are layers, which one a method takes, and where their units are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../../../server/errors';
import { defaultConvolution, defaultLayer, layerByName, layersOf } from '../../../../server/explain/layers';
import { nearNames } from '../../../../server/explain/near';
import { bypassed, layoutOf, sliceOf } from '../../../../server/explain/methods/layers/slice';
import { ints } from '../../../../server/graph/attributes';
import type { GraphBuilder } from '../../../../server/graph/builder';
import { f32, i64 } from '../../../../server/graph/tensor';
import type { Value } from '../../../../server/graph/types';
import { importModel } from '../../../../server/model/import';
import { denseModel, mlp } from '../networks';

const file = (path: string): string => fileURLToPath(new URL(`../../../conformance/${path}`, import.meta.url));
const residual = await importModel(file('layers/residual.onnx'));
const text = await importModel(file('layers/text.onnx'));
const bent = await importModel(file('layers/bent.onnx'));

const ops = (model: typeof residual): string[] => layersOf(model).map(({ op }) => op);

test('layers in the order of the model, without plumbing and without the logits', () => {
  assert.deepEqual(ops(residual), [
    ...['Conv', 'BatchNormalization', 'Relu', 'MaxPool'],
    ...['Conv', 'BatchNormalization', 'Relu'],
    ...['Conv', 'BatchNormalization', 'Relu', 'Conv', 'BatchNormalization', 'Add', 'Relu'],
    ...['Conv', 'Relu', 'GlobalAveragePool'],
  ]);
  assert.deepEqual(layersOf(residual).at(-1)?.shape, [10, 1, 1]);
  assert.deepEqual(ops(text), ['Conv', 'Relu', 'Conv', 'Relu']);
});

test('an activation in several nodes is one layer', () => {
  assert.deepEqual(ops(bent), [
    ...['Gemm', 'Clip', 'Gemm', 'Gelu', 'Gemm', 'Mul', 'Gemm', 'LeakyRelu'],
    ...['Gemm', 'Tanh', 'Gemm', 'HardSwish', 'Gemm', 'Elu'],
  ]);
});

test('recurrent layers compute with the time in front: the layer is where the batch is', async () => {
  const of = async (name: string) => layersOf(await importModel(file(name))).map(({ op, shape }) => [op, ...shape]);
  assert.deepEqual(await of('gradient/references/lstm.onnx'), [['Transpose', 5, 8]]);
  assert.deepEqual(await of('gradient/references/gru.onnx'), [['ReduceMean', 12]]);
  assert.deepEqual(await of('onnx/models/rnn.dynamo.onnx'), [['Transpose', 7, 6]]);
});

test('a dense layer is its sum with the bias', () => {
  const net = mlp('layers-mlp', [2, 3, 2], [1, 2, 3, 4, 5, 6], [0, 0, 0], [1, 2, 3, 4, 5, 6], [0, 0]);
  assert.deepEqual(ops(net), ['Add', 'Relu']);
});

test('default: the last convolution of at least 7 × 7, else the last with positions, else the last layer', () => {
  assert.equal(defaultConvolution(residual)?.value, '/conv4/Conv_output_0');
  // Its length is known to the run alone.
  assert.equal(defaultConvolution(text)?.value, '/conv2/Conv_output_0');
  assert.equal(defaultConvolution(bent), null);
  assert.equal(defaultLayer(bent)?.op, 'Elu');
  assert.equal(
    defaultLayer(denseModel('linear', 2, 2, (b, x) => b.op('MatMul', [x, b.constant(f32([1, 2, 3, 4], [2, 2]))]))),
    null,
  );
});

test('names: of the value, of the node, near ones for the others', () => {
  const { value, node } = layersOf(residual)[7] as { value: string; node: string };
  assert.equal(layerByName(residual, value).op, 'Conv');
  assert.equal(layerByName(residual, node).value, value);
  assert.throws(
    () => layerByName(residual, 'conv33'),
    (error: UserError) => error.code === 'unknown-layer' && /near names:.*conv3\/Conv/.test(error.next ?? ''),
  );
  assert.deepEqual(nearNames('layer4.conv2', ['/layer4/conv1/Conv', '/layer4/conv2/Conv', '/fc/Gemm'], 2), [
    '/layer4/conv2/Conv',
    '/layer4/conv1/Conv',
  ]);
});

test('a value that is no listed layer will do if relevance can reach it', () => {
  assert.equal(layerByName(residual, '/Flatten_output_0').op, 'Flatten');
  assert.throws(() => layerByName(residual, residual.output.logits.concat('x')), UserError);
});

test('what goes around a layer is named', () => {
  const around = (layer: string) => sliceOf(residual, { layer }, defaultLayer).bypasses.map(({ value }) => value);
  assert.deepEqual(around('/conv3/Conv_output_0'), ['/relu2/Relu_output_0']);
  assert.deepEqual(around('/relu2/Relu_output_0'), []);
  assert.deepEqual(around('/relu4/Relu_output_0'), []);
  const [warning] = bypassed(sliceOf(residual, { layer: '/conv3/Conv_output_0' }, defaultLayer));
  assert.deepEqual(warning?.action?.parameters, { layer: '/Add_output_0' });
});

test('units: second axis behind convolutions, followed through transpositions; last axis behind dense layers', () => {
  const model = denseModel('nhwc', 16, 3, (b: GraphBuilder, x: Value) => {
    const picture = b.op('Reshape', [x, b.constant(i64([-1, 1, 4, 4]))]);
    const conv = b.op('Conv', [picture, b.constant(f32(new Float32Array(5).fill(1), [5, 1, 1, 1]))], {}, 'conv');
    const last = b.op('Relu', [b.op('Transpose', [conv], { perm: ints([0, 2, 3, 1]) })], {}, 'last');
    const dense = b.op('MatMul', [last, b.constant(f32(new Float32Array(10), [5, 2]))], {}, 'dense');
    return b.op('MatMul', [
      b.op('Reshape', [dense, b.constant(i64([-1, 32]))]),
      b.constant(f32(new Float32Array(96), [32, 3])),
    ]);
  });
  const axes = layersOf(model).map((layer) => [
    layer.op,
    sliceOf(model, { layer: layer.value }, defaultLayer).unitAxis,
  ]);
  assert.deepEqual(axes, [
    ['Conv', 1],
    ['Relu', 3],
    ['MatMul', 3],
  ]);
});

test('layout: unit and position of every element', () => {
  const first = layoutOf({ unitAxis: 1 }, [1, 2, 3]);
  assert.deepEqual(
    Array.from({ length: 6 }, (_, i) => [first.unit(i), first.place(i)]),
    [
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 2],
    ],
  );
  const last = layoutOf({ unitAxis: 2 }, [1, 2, 3]);
  assert.deepEqual(
    Array.from({ length: 6 }, (_, i) => [last.unit(i), last.place(i)]),
    [
      [0, 0],
      [1, 0],
      [2, 0],
      [0, 1],
      [1, 1],
      [2, 1],
    ],
  );
});
