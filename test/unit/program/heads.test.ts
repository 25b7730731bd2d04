/** Every head's score by its definition, and its derivative by central differences. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { f32 } from '../../../server/graph/tensor';
import { BATCH } from '../../../server/graph/types';
import type { Dim } from '../../../server/graph/types';
import type { ModelOutput } from '../../../server/model/types';
import { compileProgram } from '../../../server/program/compile';
import { names } from '../../../server/program/types';
import type { Head } from '../../../server/program/types';
import { runInEngine } from '../../support/interpreter/engine';
import { array, interpret } from '../../support/interpreter';
import { centralDifferences, inputs, modelOf, worst } from '../../support/interpreter/models';

const heads: readonly Head[] = ['linear', 'probability', 'logProbability', 'contrastToRest'];
const sum = (values: readonly number[]): number => values.reduce((a, c) => a + c, 0);
const logSumExp = (values: readonly number[]): number => {
  const top = Math.max(...values);
  return top + Math.log(sum(values.map((value) => Math.exp(value - top))));
};
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** What S says about class c, from the formulas. */
const softmaxTerm: Record<Head, (f: readonly number[], c: number) => number> = {
  linear: (f, c) => f[c]!,
  probability: (f, c) => Math.exp(f[c]! - logSumExp(f)),
  logProbability: (f, c) => f[c]! - logSumExp(f),
  contrastToRest: (f, c) => f[c]! - logSumExp(f.filter((_, d) => d !== c)),
};

async function check(
  head: Head,
  shape: readonly Dim[],
  output: Partial<ModelOutput>,
  f: readonly number[],
  dims: readonly number[],
  seed: readonly number[],
  score: readonly number[],
): Promise<void> {
  const b = inputs({ f: shape });
  // Two nodes, so that the logits are not an input themselves.
  const model = modelOf({ b, entries: ['f'], logits: b.op('Add', ['f', b.scalar(0)]), output });
  const feeds = { f: array(dims, f), [names.seed]: array([1, seed.length], seed) };
  const program = compileProgram(model, { kind: 'relevance', head, rules: 'gradient' });
  const exact = interpret(program.graph, feeds);
  assert.ok(
    worst(exact[names.score]!.data, score) < 1e-9,
    `score ${exact[names.score]!.data.join()}, not ${score.join()}`,
  );
  const forward = compileProgram(model, { kind: 'forward', head, rules: 'gradient' });
  const slopes = centralDifferences(forward.graph, feeds, 'f', 1e-5);
  assert.ok(
    worst(exact[names.relevance('f')]!.data, slopes) < 1e-5,
    `${exact[names.relevance('f')]!.data.join()} not ${slopes.join()}`,
  );
  const engine = await runInEngine(program, { f: f32(f, dims), [names.seed]: f32(seed, [1, seed.length]) });
  for (const name of program.graph.outputs) {
    assert.deepEqual(engine[name]!.dims, exact[name]!.dims);
    assert.ok(worst(engine[name]!.data, exact[name]!.data) < 1e-4, `${name} in ONNX Runtime`);
  }
}

const f = [1.2, -0.4, 0.7, 0.1];

for (const head of heads) {
  test(`${head}: softmax classes`, async () => {
    for (const seed of [
      [0, 0, 1, 0],
      [1, 0, 0, 0],
      [0.5, -1, 0, 2],
    ]) {
      const score = sum(seed.map((v, c) => v * softmaxTerm[head](f, c)));
      await check(head, [BATCH, 4], { activation: 'softmax' }, f, [1, 4], seed, [score]);
    }
  });

  test(`${head}: a sequence, positions and classes flattened`, async () => {
    const rows = [f.slice(0, 2), f.slice(2)];
    const score = softmaxTerm[head](rows[1]!, 0) - 2 * softmaxTerm[head](rows[0]!, 1);
    await check(head, [BATCH, 2, 2], { positions: true }, f, [1, 2, 2], [0, -2, 1, 0], [score]);
  });

  test(`${head}: one logit, either side`, async () => {
    for (const side of [1, -1]) {
      const x = side * 0.8;
      const expected = { linear: x, contrastToRest: x, probability: sigmoid(x), logProbability: Math.log(sigmoid(x)) }[
        head
      ];
      for (const [shape, dims] of [
        [
          [BATCH, 1],
          [1, 1],
        ],
        [[BATCH], [1]],
      ] as const) {
        await check(head, shape, { single: true, activation: 'sigmoid' }, [0.8], dims, [side], [expected]);
      }
    }
  });

  test(`${head}: one probability without a logit`, async () => {
    for (const side of [1, -1]) {
      const p = side === 1 ? 0.3 : 0.7;
      const odds = Math.log(p / (1 - p));
      const expected = { linear: side * 0.3, contrastToRest: odds, probability: p, logProbability: Math.log(p) }[head];
      await check(head, [BATCH, 1], { single: true, onlyProbabilities: true }, [0.3], [1, 1], [side], [expected]);
    }
  });

  test(`${head}: probabilities without logits`, async () => {
    const p = [0.1, 0.6, 0.3];
    const expected = {
      linear: 0.6,
      probability: 0.6,
      logProbability: Math.log(0.6),
      contrastToRest: Math.log(0.6 / 0.4),
    }[head];
    await check(head, [BATCH, 3], { onlyProbabilities: true }, p, [1, 3], [0, 1, 0], [expected]);
  });
}

test('contrastToRest of a certain class: nothing is lost where 1 − p rounds to 0', async () => {
  const sure = [60, -3, -1, 2];
  const score = softmaxTerm.contrastToRest(sure, 0);
  await check('contrastToRest', [BATCH, 4], {}, sure, [1, 4], [1, 0, 0, 0], [score]);
});

for (const head of ['linear', 'probability', 'logProbability'] as const) {
  test(`${head}: classes that do not exclude each other`, async () => {
    const term = {
      linear: (x: number) => x,
      probability: sigmoid,
      logProbability: (x: number) => Math.log(sigmoid(x)),
    }[head];
    const score = term(f[0]!) - 0.5 * term(f[2]!);
    await check(head, [BATCH, 4], { activation: 'sigmoid' }, f, [1, 4], [1, 0, -0.5, 0], [score]);
  });
}

test('classes that do not exclude each other have no rest to contrast', () => {
  const b = inputs({ f: [BATCH, 3] });
  const model = modelOf({ b, entries: ['f'], logits: b.op('Neg', ['f']), output: { activation: 'sigmoid' } });
  assert.throws(
    () => compileProgram(model, { kind: 'forward', head: 'contrastToRest', rules: 'gradient' }),
    /exclude each other/,
  );
});
