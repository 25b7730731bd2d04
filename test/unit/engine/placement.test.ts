/** Nodes that a device's provider would take and fail at are left to the processor. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leftToProcessor } from '../../../server/engine/onnxruntime/placement';
import { int, ints, strings } from '../../../server/graph/attributes';
import { GraphBuilder } from '../../../server/graph/builder';
import { f32 } from '../../../server/graph/tensor';
import type { Node, Value } from '../../../server/graph/types';

function graph() {
  const b = new GraphBuilder('g');
  const x = b.input('x', 'float32', [1, 2, 8, 8]);
  const volume = b.input('volume', 'float32', [1, 2, 4, 4, 4]);
  const pool = { kernel_shape: ints([2, 2]), strides: ints([2, 2]) };
  const weights = (dims: readonly number[]) => b.constant(f32(new Float32Array(dims.reduce((a, c) => a * c, 1)), dims));
  const made: Value[] = [];
  const op = (name: string, inputs: Value[], outputs: number, attributes: Node['attributes'], hint: string): void =>
    void made.push(...b.ops(name, inputs, outputs, attributes, hint));
  op('MaxPool', [x], 1, pool, 'plain');
  op('MaxPool', [x], 2, pool, 'indexed');
  op('ConvTranspose', [x, weights([2, 2, 3, 3])], 1, {}, 'flat');
  op('ConvTranspose', [volume, weights([2, 2, 3, 3, 3])], 1, {}, 'deep');
  op('ReduceL2', [x], 1, { noop_with_empty_axes: int(1) }, 'noop');
  op('ReduceL2', [x], 1, {}, 'whole');
  const [sequence, w, r] = [b.input('s', 'float32', [3, 1, 2]), weights([1, 8, 2]), weights([1, 8, 2])];
  op('LSTM', [sequence, w, r], 3, { hidden_size: int(2) }, 'lstm');
  const activations = strings(['HardSigmoid', 'Tanh', 'Tanh']);
  op('LSTM', [sequence, w, r], 3, { hidden_size: int(2), activations }, 'other');
  return b.build(made);
}

test('WebGPU: what it refuses or gets wrong, and nothing else', () => {
  const kept = leftToProcessor(graph(), 'webgpu').map((name) => name.replace(/_node.*/, ''));
  assert.deepEqual(kept, ['indexed', 'deep', 'noop', 'other']);
});

test('the processor and other devices: nothing', () => {
  assert.deepEqual(leftToProcessor(graph(), undefined), []);
  assert.deepEqual(leftToProcessor(graph(), 'cuda'), []);
});
