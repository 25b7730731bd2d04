/** What a propagation starts with: targets folded into the last layer, and targets that are not linear. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { int } from '../../../../server/graph/attributes';
import { f32 } from '../../../../server/graph/tensor';
import { BATCH } from '../../../../server/graph/types';
import type { ModelOutput } from '../../../../server/model/types';
import { compileProgram } from '../../../../server/program/compile';
import { conservationColumns, names } from '../../../../server/program/types';
import type { Head, RuleOptions } from '../../../../server/program/types';
import { array, interpret } from '../../../support/interpreter';
import { inputs, modelOf } from '../../../support/interpreter/models';

const [a, weights] = [
  [2, 1],
  [
    [3, 1, -1],
    [1, 2, 2],
  ],
] as const;
/** f = (7, 4, 0). */
const logits = [7, 4, 0] as const;

interface Asked {
  readonly seed: readonly number[];
  readonly head?: Head;
  readonly options?: RuleOptions;
  readonly bias?: readonly number[];
  /** The bias as a node of its own, and weights the other way round. */
  readonly spelled?: boolean;
  readonly output?: Partial<ModelOutput>;
  /** Only this class of the network. */
  readonly only?: number;
}

function explained({ seed, head = 'linear', options = {}, bias, spelled, output, only }: Asked) {
  const b = inputs({ x: [BATCH, 2] });
  const columns = only === undefined ? [0, 1, 2] : [only];
  const rows = weights.map((row) => columns.map((column) => row[column]!));
  const width = columns.length;
  const turned = columns.map((_, k) => rows.map((row) => row[k]!));
  const w = b.constant(f32(Float32Array.from(rows.flat()), [2, width]), 'w');
  const wt = b.constant(f32(Float32Array.from(turned.flat()), [width, 2]), 'wt');
  const given = bias === undefined ? [] : [b.constant(f32(Float32Array.from(bias), [width]), 'bias')];
  const y =
    spelled === true && given.length > 0
      ? b.op('Add', [b.op('MatMul', ['x', w]), given[0]!])
      : b.op('Gemm', ['x', spelled === true ? wt : w, ...given], { transB: int(spelled === true ? 1 : 0) });
  const program = compileProgram(
    modelOf({ b, entries: ['x'], logits: y, ...(output === undefined ? {} : { output }) }),
    { kind: 'relevance', head, rules: 'lrp', options: { rule: { rule: 'zero' }, ...options }, conservation: true },
  );
  const results = interpret(program.graph, { x: array([1, 2], a), [names.seed]: array([1, width], seed) });
  return {
    relevance: Array.from(results[names.relevance('x')]!.data),
    start: results[names.start]!.data[0]!,
    score: results[names.score]!.data[0]!,
    trace: program.trace,
    table: Array.from(results[names.conservation]!.data).slice(0, conservationColumns.length),
  };
}

function close(actual: readonly number[], expected: readonly number[], what = ''): void {
  assert.equal(actual.length, expected.length);
  for (const [at, value] of expected.entries())
    assert.ok(Math.abs(actual[at]! - value) < 1e-9, `${what} ${actual.join(' ')} against ${expected.join(' ')}`);
}

const zPlus = { rule: { rule: 'zPlus' } };

test('a contrast is folded before z⁺: (3, 1) − (1, 2) = (2, −1), only 2 · 2 speaks for it', () => {
  for (const spelled of [false, true]) {
    const { relevance, start } = explained({ seed: [1, -1, 0], options: zPlus, spelled });
    close(relevance, [3, 0]);
    close([start], [3]);
  }
});

test('unfolded, each class is explained by itself: another answer', () => {
  const { relevance } = explained({ seed: [1, -1, 0], options: { ...zPlus, fold: false } });
  // 7 · (6, 1)/7 − 4 · (2, 2)/4
  close(relevance, [4, -1]);
  const cosine = (4 * 3 + -1 * 0) / (Math.hypot(4, -1) * 3);
  assert.ok(cosine < 0.98);
});

test('folded αβ splits the products of the difference', () => {
  const options = { rule: { rule: 'alphaBeta', alpha: 2, beta: 1 } };
  // products 4 and −1, S = 3: 2 · 4/4 · 3 and −1 · 1 · 3
  close(explained({ seed: [1, -1, 0], options }).relevance, [6, -3]);
});

test('biases are folded with the weights, and booked at the last layer', () => {
  for (const spelled of [false, true]) {
    const { relevance, start, table, trace } = explained({
      seed: [1, -1, 0],
      bias: [2, 1, 5],
      options: zPlus,
      spelled,
    });
    // S = 9 − 5 = 4; z⁺ = 4 of (4 + 1)
    close(relevance, [(4 / 5) * 4, 0]);
    close([start], [4]);
    const [arrived = 0, passedOn = 0, , bias = 0] = table;
    close([arrived, passedOn, bias], [4, 3.2, 0.8], 'books');
    const [first] = trace;
    assert.deepEqual([first?.op, first?.rule], [spelled ? 'MatMul' : 'Gemm', 'zPlus']);
  }
});

test('one logit has two sides', () => {
  const single = { single: true, activation: 'sigmoid' } as const;
  close(explained({ seed: [1], only: 1, output: single }).relevance, [2, 2]);
  const against = explained({ seed: [-1], only: 1, output: single });
  close(against.relevance, [-2, -2]);
  close([against.start, against.score], [-4, -4]);
  close(explained({ seed: [-1], only: 1, output: single, options: zPlus }).relevance, [0, 0], 'nothing speaks for it:');
});

const softmax = (list: readonly number[]): number[] => {
  const all = list.map(Math.exp);
  const sum = all.reduce((one, other) => one + other, 0);
  return all.map((one) => one / sum);
};

test('a class against the rest starts from f_c − Σ q f over the rest; the constant is −H(q)', () => {
  const q = softmax([4, 0]);
  const expected = 7 - (q[0]! * 4 + q[1]! * 0);
  const { relevance, start, score } = explained({ seed: [1, 0, 0], head: 'contrastToRest' });
  close([start], [expected]);
  close([score - start], [q.reduce((sum, p) => sum + p * Math.log(p), 0)], 'target constant');
  close(
    relevance,
    a.map((x, j) => x * (weights[j]![0] - q[0]! * weights[j]![1] - q[1]! * weights[j]![2])),
  );
});

test('a log probability starts from f_c − Σ p f over all classes, a probability from p_c times that', () => {
  const p = softmax(logits);
  const mean = p.reduce((sum, one, at) => sum + one * logits[at]!, 0);
  close([explained({ seed: [0, 1, 0], head: 'logProbability' }).start], [4 - mean]);
  const { start, relevance } = explained({ seed: [0, 1, 0], head: 'probability' });
  close([start], [p[1]! * (4 - mean)]);
  close([relevance.reduce((sum, one) => sum + one, 0)], [start]);
  // p_c (1 − p_c) times the contrast to the rest, which is the same
  const q = softmax([7, 0]);
  close([start], [p[1]! * (1 - p[1]!) * (4 - q[0]! * 7)]);
});
