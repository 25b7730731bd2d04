/** Layer norm in primitive operators becomes the operator; RMS norm's deviation is marked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int, numberOf } from '../../../../server/graph/attributes';
import type { GraphBuilder } from '../../../../server/graph/builder';
import { f32, i64 } from '../../../../server/graph/tensor';
import type { Value } from '../../../../server/graph/types';
import { deviations } from '../../../../server/program/canonize/deviations';
import { recognizeLayerNorm } from '../../../../server/program/canonize/layer-norm';
import { graphOf, rewritten, width } from './forms';
import type { Form } from './forms';

const op = (b: GraphBuilder, name: string, ...values: Value[]): Value => b.op(name, values);
const mean = (b: GraphBuilder, x: Value, axes = [-1], keepdims = 1): Value =>
  b.op('ReduceMean', [x, b.indices(axes)], { keepdims: int(keepdims) });
const scale = (b: GraphBuilder, dims = [width]): Value =>
  b.constant(f32(Array.from({ length: width }, (_, at) => 0.5 + 0.3 * at), dims)); // prettier-ignore
const shift = (b: GraphBuilder): Value => b.constant(f32(Array.from({ length: width }, (_, at) => 0.2 * at - 0.5)));
const centred = (b: GraphBuilder, x: Value): Value => op(b, 'Sub', x, mean(b, x));
const variance = (b: GraphBuilder, d: Value): Value =>
  op(b, 'Add', mean(b, op(b, 'Pow', d, b.scalar(2))), b.scalar(1e-5));
const standard = (b: GraphBuilder, x: Value): Value => {
  const d = centred(b, x);
  return op(b, 'Div', d, op(b, 'Sqrt', variance(b, d)));
};

const forms: Readonly<Record<string, Form>> = {
  'division by the root, scale, shift': (b, x) => op(b, 'Add', op(b, 'Mul', standard(b, x), scale(b)), shift(b)),
  'scale on the left, shift on the left': (b, x) => op(b, 'Add', shift(b), op(b, 'Mul', scale(b), standard(b, x))),
  'a reciprocal, a product for the square': (b, x) => {
    const d = centred(b, x);
    const root = op(b, 'Sqrt', op(b, 'Add', b.scalar(1e-5), mean(b, op(b, 'Mul', d, d))));
    return op(b, 'Add', op(b, 'Mul', op(b, 'Mul', d, op(b, 'Reciprocal', root)), scale(b)), shift(b));
  },
  'power −½, mean subtracted twice, scale with leading ones': (b, x) => {
    const power = op(b, 'Pow', variance(b, centred(b, x)), b.scalar(-0.5));
    return op(b, 'Mul', op(b, 'Mul', centred(b, x), power), scale(b, [1, 1, width]));
  },
  'without scale and shift': standard,
  'scale 1 + γ': (b, x) => op(b, 'Add', op(b, 'Mul', standard(b, x), scale(b)), standard(b, x)),
  'Flax: mean of squares less square of the mean, scale into the reciprocal': (b, x) => {
    const m = mean(b, x);
    const spread = op(b, 'Sub', mean(b, op(b, 'Mul', x, x)), op(b, 'Mul', m, m));
    const root = op(b, 'Sqrt', op(b, 'Add', op(b, 'Max', b.scalar(0), spread), b.scalar(1e-6)));
    const factor = op(b, 'Mul', op(b, 'Reciprocal', root), scale(b, [1, 1, width]));
    return op(b, 'Add', op(b, 'Mul', op(b, 'Sub', x, m), factor), shift(b));
  },
  'JAX as TensorFlow operations: sums over the count, axes dropped, reshaped and broadcast': (b, x) => {
    const over = (value: Value): Value =>
      op(b, 'Div', b.op('ReduceSum', [value, b.indices([2])], { keepdims: int(0) }), b.scalar(width));
    const spread = (value: Value): Value => {
      const column = op(b, 'Reshape', value, b.constant(i64([0, 3, 1])));
      return op(b, 'Expand', column, b.constant(i64([1, 3, width])));
    };
    const m = over(x);
    const variance_ = op(b, 'Sub', over(op(b, 'Mul', x, x)), op(b, 'Mul', m, m));
    const inverse = op(b, 'Pow', op(b, 'Add', variance_, b.scalar(1e-6)), b.scalar(-0.5));
    const factor = op(b, 'Mul', spread(inverse), scale(b, [1, 1, width]));
    return op(b, 'Add', op(b, 'Mul', op(b, 'Sub', x, spread(m)), factor), shift(b));
  },
  'Keras: x·i + (β − mean·i), i = γ/√(var + ε)': (b, x) => {
    const m = mean(b, x);
    const d = op(b, 'Sub', x, m);
    const root = op(b, 'Sqrt', op(b, 'Add', mean(b, op(b, 'Mul', d, d)), b.scalar(1e-3)));
    const inverse = op(b, 'Mul', op(b, 'Reciprocal', root), scale(b));
    return op(b, 'Add', op(b, 'Mul', x, inverse), op(b, 'Sub', shift(b), op(b, 'Mul', m, inverse)));
  },
};

for (const [name, form] of Object.entries(forms))
  test(`layer norm: ${name}`, () => {
    const { graph, output } = graphOf(form);
    assert.deepEqual(rewritten(graph, output, recognizeLayerNorm), ['LayerNormalization']);
  });

test('layer norm over two axes', () => {
  const { graph, output } = graphOf((b, x) => {
    const d = op(b, 'Sub', x, mean(b, x, [-2, -1]));
    const spread = op(b, 'Add', mean(b, op(b, 'Mul', d, d), [1, 2]), b.scalar(1e-5));
    return op(b, 'Div', d, op(b, 'Sqrt', spread));
  });
  assert.deepEqual(rewritten(graph, output, recognizeLayerNorm), ['LayerNormalization']);
  const node = recognizeLayerNorm(graph, new Set()).nodes.find(({ op: name }) => name === 'LayerNormalization')!;
  assert.equal(numberOf(node, 'axis'), -2);
});

test('a shift of other sizes, and a scale that something else reads, stay outside', () => {
  const { graph, output } = graphOf((b, x) => op(b, 'Add', standard(b, x), b.constant(f32([1, 2, 3], [3, 1]))));
  assert.deepEqual(rewritten(graph, output, recognizeLayerNorm), ['LayerNormalization', 'Add']);
  const shared = graphOf((b, x) => {
    const hat = standard(b, x);
    return op(b, 'Add', op(b, 'Mul', hat, scale(b)), op(b, 'Tanh', hat));
  });
  const apart = ['LayerNormalization', 'Mul', 'Tanh', 'Add'];
  assert.deepEqual(rewritten(shared.graph, shared.output, recognizeLayerNorm), apart);
});

test('other axes, other centres and values that have to stay are left alone', () => {
  const others: Form[] = [
    (b, x) => {
      const d = op(b, 'Sub', x, mean(b, x, [1]));
      return op(b, 'Div', d, op(b, 'Sqrt', variance(b, d)));
    },
    (b, x) => op(b, 'Div', centred(b, x), op(b, 'Sqrt', variance(b, x))),
    // Nearly one: the variance has n − 1 below, or no less than a number.
    (b, x) => {
      const d = centred(b, x);
      const sum = b.op('ReduceSum', [op(b, 'Mul', d, d), b.indices([-1])], { keepdims: int(1) });
      return op(b, 'Div', d, op(b, 'Sqrt', op(b, 'Add', op(b, 'Div', sum, b.scalar(width - 1)), b.scalar(1e-5))));
    },
    (b, x) => op(b, 'Div', centred(b, x), op(b, 'Sqrt', op(b, 'Max', variance(b, centred(b, x)), b.scalar(1e-4)))),
  ];
  for (const form of others) {
    const { graph } = graphOf(form);
    assert.equal(recognizeLayerNorm(graph, new Set()), graph);
  }
  const { graph } = graphOf(standard);
  const inner = graph.nodes.find((node) => node.op === 'Sub')!.outputs[0]!;
  assert.equal(recognizeLayerNorm(graph, new Set([inner])), graph);
});

test('a graph’s norms are fitted once; which values have to stay is asked every time', (t) => {
  const { graph, output } = graphOf(standard);
  const inner = graph.nodes.find((node) => node.op === 'Sub')!.outputs[0]!;
  const evaluated = t.mock.method(Math, 'sqrt');
  const first = recognizeLayerNorm(graph, new Set([output]));
  const calls = evaluated.mock.callCount();
  assert.ok(calls > 0);
  assert.deepEqual(recognizeLayerNorm(graph, new Set([output])), first);
  assert.equal(evaluated.mock.callCount(), calls);
  assert.equal(recognizeLayerNorm(graph, new Set([inner])), graph);
});

const markOf = (form: Form): number[] => {
  const { graph } = graphOf(form);
  return [...deviations(graph.nodes, graph).values()];
};

test('RMS norm: the factor that is a norm of the other one is marked', () => {
  const inverse = (b: GraphBuilder, x: Value): Value => op(b, 'Reciprocal', op(b, 'Sqrt', variance(b, x)));
  assert.deepEqual(
    markOf((b, x) => op(b, 'Mul', x, inverse(b, x))),
    [1],
  );
  assert.deepEqual(
    markOf((b, x) => op(b, 'Mul', inverse(b, x), x)),
    [0],
  );
  assert.deepEqual(
    markOf((b, x) => op(b, 'Mul', x, op(b, 'Pow', variance(b, x), b.scalar(-0.5)))),
    [1],
  );
});

test('the norm of x counts for x − mean x and for x·γ, of another value for neither', () => {
  const inverse = (b: GraphBuilder, x: Value): Value => {
    const m = mean(b, x, [1]);
    const spread = op(b, 'Sub', mean(b, op(b, 'Mul', x, x), [1]), op(b, 'Mul', m, m));
    return op(b, 'Mul', op(b, 'Reciprocal', op(b, 'Sqrt', spread)), scale(b));
  };
  assert.deepEqual(
    markOf((b, x) => op(b, 'Mul', op(b, 'Sub', x, mean(b, x, [1])), inverse(b, x))),
    [1],
  );
  assert.deepEqual(
    markOf((b, x) => op(b, 'Mul', inverse(b, x), op(b, 'Mul', x, scale(b)))),
    [0],
  );
  assert.deepEqual(
    markOf((b, x) => op(b, 'Mul', op(b, 'Tanh', x), inverse(b, x))),
    [],
  );
});

test('a mean is no norm, and neither is a norm of something else', () => {
  assert.deepEqual(
    markOf((b, x) => op(b, 'Mul', x, mean(b, x))),
    [],
  );
  const other: Form = (b, x) => op(b, 'Mul', op(b, 'Tanh', op(b, 'Softmax', x)), op(b, 'Sqrt', variance(b, x)));
  assert.deepEqual(markOf(other), []);
});
