/** Small networks with known answers, built by hand, and a compute-like context to run methods on them. */
import { GraphBuilder } from '../../../server/graph/builder';
import { f32, i64 } from '../../../server/graph/tensor';
import type { Tensor, Value } from '../../../server/graph/types';
import type { EntryPoint, Model, ModelOutput } from '../../../server/model/types';

export interface Parts {
  readonly output?: Partial<ModelOutput>;
  readonly entries?: readonly EntryPoint[];
}

/** A model of one input `x` [batch, width] and logits [batch, classes]; `build` returns the logits' value. */
export function denseModel(
  name: string,
  width: number,
  classes: number,
  build: (b: GraphBuilder, x: Value) => Value,
  parts: Parts = {},
): Model {
  const b = new GraphBuilder(name);
  const x = b.input('x', 'float32', ['batch', width]);
  b.scope('model');
  const raw = build(b, x);
  const logits = b.rename(raw, 'y');
  const type = { dtype: 'float32', shape: ['batch', classes] } as const;
  b.declare(logits, type);
  const entry: EntryPoint = {
    input: 'x',
    value: 'x',
    type: { dtype: 'float32', shape: ['batch', width] },
    kind: 'identity',
  };
  return {
    graph: b.build([logits]),
    inputs: [{ name: 'x', type: { dtype: 'float32', shape: ['batch', width] } }],
    outputs: ['y'],
    output: {
      logits: 'y',
      type,
      activation: 'none',
      onlyProbabilities: false,
      output: 'y',
      single: classes === 1,
      classes: classes === 1 ? 2 : classes,
      labels: null,
      positions: false,
      ...parts.output,
    },
    entries: parts.entries ?? [entry],
    hash: `test:${name}`,
    bytes: 0,
    notes: [],
    batchable: true,
  };
}

export const column = (b: GraphBuilder, x: Value, index: number): Value =>
  b.op('Slice', [x, b.constant(i64([index])), b.constant(i64([index + 1])), b.constant(i64([1]))]);

/** relu(relu(x₁ − 1) − relu(x₂)): a network with known values at (3, 1). */
export const reluOfRelus = (): Model =>
  denseModel('relu-of-relus', 2, 1, (b, x) =>
    b.op('Relu', [
      b.op('Sub', [b.op('Relu', [b.op('Sub', [column(b, x, 0), b.scalar(1)])]), b.op('Relu', [column(b, x, 1)])]),
    ]),
  );

/** min(x, 5) = 5 − relu(5 − x), with a second input nothing reads. */
export const minimumOfFive = (): Model =>
  denseModel('min-5', 2, 1, (b, x) =>
    b.op('Sub', [b.scalar(5), b.op('Relu', [b.op('Sub', [b.scalar(5), column(b, x, 0)])])]),
  );

/** Two dense layers, ReLU between, weights given row-major [in, out]. */
export function mlp(
  name: string,
  sizes: readonly [number, number, number],
  w1: ArrayLike<number>,
  b1: ArrayLike<number>,
  w2: ArrayLike<number>,
  b2: ArrayLike<number>,
  activation: 'Relu' | 'Tanh' = 'Relu',
): Model {
  const [inputs, hidden, classes] = sizes;
  return denseModel(name, inputs, classes, (b, x) => {
    const h = b.op(activation, [
      b.op('Add', [b.op('MatMul', [x, b.constant(f32(w1, [inputs, hidden]))]), b.constant(f32(b1, [hidden]))]),
    ]);
    return b.op('Add', [b.op('MatMul', [h, b.constant(f32(w2, [hidden, classes]))]), b.constant(f32(b2, [classes]))]);
  });
}

export const row = (values: readonly number[]): Tensor => f32(values, [1, values.length]);
