import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int, ints } from '../../../server/graph/attributes';
import { GraphBuilder } from '../../../server/graph/builder';
import { inferNode } from '../../../server/graph/infer';
import type { Dim } from '../../../server/graph/types';

function builder(shape: readonly Dim[]): { b: GraphBuilder; x: string } {
  const b = new GraphBuilder('test');
  return { b, x: b.input('x', 'float32', shape) };
}

const shapeOf = (b: GraphBuilder, value: string): readonly Dim[] | undefined => b.type(value)?.shape;

test('broadcasting of names', () => {
  const { b, x } = builder(['batch', 'sequence', 8]);
  const y = b.input('y', 'float32', ['sequence', 1]);
  const z = b.input('z', 'float32', ['batch', 1, 'other']);
  assert.deepEqual(shapeOf(b, b.op('Add', [x, y])), ['batch', 'sequence', 8]);
  assert.deepEqual(shapeOf(b, b.op('Mul', [x, z])), ['batch', 'sequence', 8]);
});

test('Reshape divides symbolic sizes, 0 copies', () => {
  const { b, x } = builder(['batch', 'sequence', 12]);
  assert.deepEqual(shapeOf(b, b.op('Reshape', [x, b.indices([0, 0, 3, -1])])), ['batch', 'sequence', 3, 4]);
  const flat = b.op('Reshape', [x, b.indices([-1, 12])]);
  assert.deepEqual(shapeOf(b, flat), ['batch*sequence', 12]);
});

test('Shape → Gather → Concat → Reshape follows sizes', () => {
  const { b, x } = builder(['batch', 'sequence', 12]);
  const sizes = b.op('Shape', [x]);
  const batch = b.op('Gather', [sizes, b.indices([0])]);
  const sequence = b.op('Slice', [sizes, b.indices([1]), b.indices([2]), b.indices([0])]);
  const target = b.op('Concat', [b.op('Mul', [batch, sequence]), b.indices([-1])], { axis: int(0) });
  assert.deepEqual(shapeOf(b, b.op('Reshape', [x, target])), ['batch*sequence', 12]);
  const back = b.op('Concat', [batch, sequence, b.indices([3, 4])], { axis: int(0) });
  assert.deepEqual(shapeOf(b, b.op('Reshape', [b.op('Reshape', [x, target]), back])), ['batch', 'sequence', 3, 4]);
});

test('an axis that is not there makes nothing known', () => {
  const { b, x } = builder(['batch', 'sequence', 12]);
  const size = b.op('Slice', [b.op('Shape', [x]), b.indices([0]), b.indices([2]), b.indices([0])]);
  const target = b.op('Concat', [size, b.indices([-1])], { axis: int(1) });
  assert.equal(b.type(target)?.contents, undefined);
  assert.equal(
    shapeOf(b, b.op('Reshape', [x, target]))?.every((dim) => typeof dim === 'string'),
    true,
  );
});

test('large tensors made from sizes are not written out', () => {
  const { b } = builder([1]);
  const wide = b.op('Expand', [b.indices([7]), b.indices([2 ** 20, 2 ** 20])]);
  assert.deepEqual([shapeOf(b, wide), b.type(wide)?.contents], [[2 ** 20, 2 ** 20], undefined]);
  const tiled = b.op('Tile', [b.indices([7, 8]), b.indices([2 ** 40])]);
  assert.deepEqual([shapeOf(b, tiled), b.type(tiled)?.contents], [[2 ** 41], undefined]);
});

test('windows: Conv, MaxPool, ConvTranspose', () => {
  const { b, x } = builder(['batch', 3, 32, 'width']);
  const w = b.input('w', 'float32', [16, 3, 3, 3]);
  const conv = b.op('Conv', [x, w], { strides: ints([2, 1]), pads: ints([1, 1, 1, 1]) });
  assert.deepEqual(shapeOf(b, conv), ['batch', 16, 16, 'width']);
  const [pool, indices] = b.ops('MaxPool', [conv], 2, { kernel_shape: ints([2, 2]), strides: ints([2, 2]) });
  assert.deepEqual(b.type(indices!)?.dtype, 'int64');
  assert.deepEqual(shapeOf(b, pool!)?.slice(0, 3), ['batch', 16, 8]);
  const up = b.input('up', 'float32', [16, 4, 2, 2]);
  const back = b.op('ConvTranspose', [pool!, up], { strides: ints([2, 2]) });
  assert.deepEqual(shapeOf(b, back)?.slice(0, 3), ['batch', 4, 16]);
});

test('LSTM, reductions, matrix products, TopK', () => {
  const { b, x } = builder(['sequence', 'batch', 5]);
  const w = b.input('w', 'float32', [2, 28, 5]);
  const r = b.input('r', 'float32', [2, 28, 7]);
  const [y, h] = b.ops('LSTM', [x, w, r], 3, {
    hidden_size: int(7),
    direction: { type: 'string', value: 'bidirectional' },
  });
  assert.deepEqual(shapeOf(b, y!), ['sequence', 2, 'batch', 7]);
  assert.deepEqual(shapeOf(b, h!), [2, 'batch', 7]);
  assert.deepEqual(shapeOf(b, b.op('ReduceMean', [x, b.indices([-1])], { keepdims: int(0) })), ['sequence', 'batch']);
  const m = b.input('m', 'float32', [5, 9]);
  assert.deepEqual(shapeOf(b, b.op('MatMul', [x, m])), ['sequence', 'batch', 9]);
  assert.deepEqual(shapeOf(b, b.ops('TopK', [x, b.indices([2])], 2)[0]!), ['sequence', 'batch', 2]);
});

test('Scan: body types, sequence axis of scanned outputs', () => {
  const body = new GraphBuilder('body');
  const state = body.input('s', 'float32', ['batch', 4]);
  const step = body.input('t', 'float32', ['batch', 4]);
  const sum = body.op('Add', [state, step]);
  const graph = body.build([sum, body.op('Neg', [sum])]);
  const { b, x } = builder(['sequence', 'batch', 4]);
  const start = b.input('start', 'float32', ['batch', 4]);
  const [last, all] = b.ops('Scan', [start, x], 2, { body: { type: 'graph', value: graph }, num_scan_inputs: int(1) });
  assert.deepEqual(shapeOf(b, last!), ['batch', 4]);
  assert.deepEqual(shapeOf(b, all!), ['sequence', 'batch', 4]);
});

test('an unknown operator infers nothing', () => {
  const node = { name: 'n', op: 'Whatever', domain: 'my.own', inputs: ['x'], outputs: ['y'], attributes: {} };
  assert.deepEqual(inferNode(node, new Map(), new Map()), []);
});
