/** Laws of whole networks, in float64, on random ones: LRP-0 is gradient × input, redistribution loses nothing. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ints } from '../../../../server/graph/attributes';
import { f32 } from '../../../../server/graph/tensor';
import { BATCH } from '../../../../server/graph/types';
import type { Model } from '../../../../server/model/types';
import { compileProgram } from '../../../../server/program/compile';
import { names } from '../../../../server/program/types';
import type { RuleOptions } from '../../../../server/program/types';
import { array, interpret } from '../../../support/interpreter';
import { inputs, modelOf, worst } from '../../../support/interpreter/models';

const [classes, length] = [3, 2 * 6 * 6];
const number = fc.integer({ min: -8, max: 8 }).map((x) => x / 8);
const many = (count: number) => fc.array(number, { minLength: count, maxLength: count });

/** Conv, ReLU, max pooling, residual Conv, average pooling, dense, ReLU, dense; biases where `biased`. */
function network(seeds: readonly number[], biased: boolean): Model {
  let at = 0;
  const b = inputs({ x: [BATCH, 2, 6, 6] });
  const tensor = (...dims: number[]) => {
    const size = dims.reduce((one, other) => one * other, 1);
    const data = Float32Array.from({ length: size }, () => {
      at += 1;
      return seeds[(at * 7919 + Math.floor(at / 31)) % seeds.length]!;
    });
    return b.constant(f32(data, dims), 'w');
  };
  const bias = (size: number) => (biased ? [tensor(size)] : []);
  const first = b.op('Relu', [b.op('Conv', ['x', tensor(4, 2, 3, 3), ...bias(4)], { pads: ints([1, 1, 1, 1]) })]);
  const pooled = b.op('MaxPool', [first], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) });
  const inner = b.op('Relu', [b.op('Conv', [pooled, tensor(4, 4, 3, 3), ...bias(4)], { pads: ints([1, 1, 1, 1]) })]);
  const sum = b.op('Add', [inner, pooled]);
  const flat = b.op('Flatten', [b.op('AveragePool', [sum], { kernel_shape: ints([2, 2]) })]);
  const hidden = b.op('Relu', [b.op('Gemm', [flat, tensor(16, 5), ...bias(5)])]);
  return modelOf({ b, entries: ['x'], logits: b.op('Gemm', [hidden, tensor(5, classes), ...bias(classes)]) });
}

function run(model: Model, x: readonly number[], rules: string, options: RuleOptions = {}) {
  const program = compileProgram(model, { kind: 'relevance', head: 'linear', rules, options });
  const results = interpret(program.graph, {
    x: array([1, 2, 6, 6], x),
    [names.seed]: array([1, classes], [1, -1, 0]),
  });
  return {
    relevance: results[names.relevance('x')]!.data,
    score: results[names.score]!.data[0]!,
    start: results[names.start]?.data[0],
  };
}

const given = fc.record({ x: many(length), seeds: many(31), biased: fc.boolean() });

test('LRP-0 is gradient × input on ReLU networks, with absorbed biases too', () => {
  fc.assert(
    fc.property(given, ({ x, seeds, biased }) => {
      const model = network(seeds, biased);
      const gradient = run(model, x, 'gradient').relevance.map((slope, j) => slope * x[j]!);
      const { relevance } = run(model, x, 'lrp', { rule: { rule: 'zero' } });
      assert.ok(worst(relevance, gradient) < 1e-5 || Math.max(...gradient.map(Math.abs)) < 1e-9);
    }),
    { numRuns: 6, seed: 4, endOnFailure: true },
  );
});

test('without biases every rule that conserves hands the whole score to the input', () => {
  fc.assert(
    fc.property(given, ({ x, seeds }) => {
      const model = network(seeds, false);
      for (const rule of ['zero', 'gamma'] as const) {
        const { relevance, score } = run(model, x, 'lrp', { rule: { rule } });
        const total = relevance.reduce((sum, one) => sum + one, 0);
        const size = relevance.reduce((sum, one) => sum + Math.abs(one), 0);
        assert.ok(Math.abs(total - score) <= 1e-6 * Math.max(Math.abs(score), size), `${rule}: ${total} of ${score}`);
      }
    }),
    { numRuns: 4, seed: 5, endOnFailure: true },
  );
});

test('with bias and ε redistributed the relevance sums to the score', () => {
  fc.assert(
    fc.property(given, ({ x, seeds }) => {
      const model = network(seeds, true);
      const rule = { rule: 'epsilon', epsilon: 0.01, bias: 'redistribute' };
      const { relevance, score } = run(model, x, 'lrp', { rule });
      const total = relevance.reduce((sum, one) => sum + one, 0);
      const size = relevance.reduce((sum, one) => sum + Math.abs(one), 0);
      assert.ok(Math.abs(total - score) <= 1e-6 * Math.max(Math.abs(score), size), `${total} of ${score}`);
    }),
    { numRuns: 6, seed: 6, endOnFailure: true },
  );
});
