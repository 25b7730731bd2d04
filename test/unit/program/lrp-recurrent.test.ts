/** LRP through LSTM, GRU and RNN against a slow implementation of the formulas, and its sums. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { int, subgraph, text } from '../../../server/graph/attributes';
import { GraphBuilder } from '../../../server/graph/builder';
import { canDifferentiate, compileProgram } from '../../../server/program/compile';
import { conservationColumns, names } from '../../../server/program/types';
import type { RuleOptions } from '../../../server/program/types';
import { array, interpret } from '../../support/interpreter';
import { runInEngine } from '../../support/interpreter/engine';
import { modelOf, worst } from '../../support/interpreter/models';
import { vary, weights } from '../../conformance/gradient/cases/types';
import { compileCell } from './lrp-recurrent/cells';
import type { Setup } from './lrp-recurrent/cells';

const cells: readonly Pick<Setup, 'op' | 'linearBeforeReset'>[] = [
  { op: 'LSTM' },
  { op: 'GRU', linearBeforeReset: false },
  { op: 'GRU', linearBeforeReset: true },
  { op: 'RNN' },
];
const shapes: readonly (Omit<Setup, 'op'> & { readonly name: string })[] = [
  { name: 'forward', direction: 'forward', used: [0, 1] },
  { name: 'last state', direction: 'forward', used: [1] },
  { name: 'no bias', direction: 'forward', used: [0], bias: false },
  { name: 'reverse', direction: 'reverse', used: [0, 1] },
  { name: 'bidirectional, initial states', direction: 'bidirectional', used: [0, 1], initial: true },
  { name: 'lengths', direction: 'forward', used: [0, 1], lengths: [4, 2], initial: true },
  { name: 'lengths, bidirectional', direction: 'bidirectional', used: [0, 1], lengths: [3, 1] },
];
const rules = [
  { epsilon: 1e-3, bias: 'absorb' },
  { epsilon: 0.2, bias: 'ignore' },
  { epsilon: 0.1, bias: 'redistribute' },
  { epsilon: 0, bias: 'absorb' },
] as const;

const optionsOf = ({ epsilon, bias }: (typeof rules)[number]): RuleOptions => ({
  rule: { rule: 'epsilon', epsilon: 1e-6, bias },
  recurrentEpsilon: epsilon,
});
const total = (data: ArrayLike<number>): number => Array.from(data).reduce((sum, value) => sum + value, 0);

for (const cell of cells) {
  const title = cell.op === 'GRU' ? `GRU (linear_before_reset ${cell.linearBeforeReset === true ? 1 : 0})` : cell.op;
  const more: typeof shapes =
    cell.op === 'LSTM' ? [{ name: 'cell state', direction: 'bidirectional', used: [0, 1, 2], initial: true }] : [];
  for (const { name, ...shape } of [...shapes, ...more])
    test(`${title}: ${name}`, async () => {
      for (const rule of rules) {
        const { program, feeds, slow } = compileCell({ ...cell, ...shape }, optionsOf(rule));
        const results = interpret(program.graph, feeds);
        const expected = slow(rule);
        const engine = rule.bias === 'redistribute' ? await runInEngine(program, feeds) : null;
        for (const [entry, relevance] of Object.entries(expected)) {
          const own = results[names.relevance(entry)]!.data;
          const text = `${entry}, ε ${rule.epsilon}, ${rule.bias}`;
          assert.ok(worst(own, relevance) < 1e-6, `${text}: ${own.join(' ')} against ${relevance.join(' ')}`);
          if (engine === null) continue;
          const error = worst(engine[names.relevance(entry)]!.data, relevance);
          assert.ok(error < 1e-4, `${text} in ONNX Runtime: off by ${error}`);
        }
      }
    });

  test(`${title}: with bias and ε spread, relevance of inputs and first states adds up to the score`, () => {
    for (const { name, ...shape } of [...shapes, ...more]) {
      const setup: Setup = { ...cell, ...shape, initial: true };
      const { program, feeds } = compileCell(setup, optionsOf({ epsilon: 0.1, bias: 'redistribute' }));
      const results = interpret(program.graph, feeds);
      const relevances = Object.entries(results).flatMap(([output, { data }]) =>
        output.startsWith('relevance/') ? Array.from(data) : [],
      );
      const score = total(results[names.score]!.data);
      const scale = Math.max(Math.abs(score), total(relevances.map(Math.abs)));
      assert.ok(Math.abs(total(relevances) - score) < 1e-6 * scale, `${name}: ${total(relevances)} of ${score}`);
    }
  });

  test(`${title}: the books balance`, () => {
    for (const { name, ...shape } of [...shapes, ...more]) {
      for (const rule of rules.slice(0, 3)) {
        const { program, feeds } = compileCell({ ...cell, ...shape }, optionsOf(rule), true);
        const table = interpret(program.graph, feeds)[names.conservation]!;
        const at = program.trace.findIndex(({ op }) => op === cell.op);
        const entry = (column: (typeof conservationColumns)[number]): number =>
          table.data[at * conservationColumns.length + conservationColumns.indexOf(column)]!;
        const booked = conservationColumns.slice(3).map(entry);
        const rest = entry('arrived') - entry('passedOn') - total(booked);
        assert.ok(Math.abs(rest) < 1e-9, `${name}, ${rule.bias}: ${rest} is missing; booked ${booked.join(' ')}`);
      }
    }
  });
}

test('relevance left in initial states that are constant or absent is booked', () => {
  const { program, feeds } = compileCell(
    { op: 'LSTM', direction: 'forward', used: [0] },
    optionsOf({ epsilon: 0.1, bias: 'redistribute' }),
    true,
  );
  const table = interpret(program.graph, feeds)[names.conservation]!;
  const at = program.trace.findIndex(({ op }) => op === 'LSTM');
  const state = table.data[at * conservationColumns.length + conservationColumns.indexOf('state')]!;
  assert.notEqual(state, 0);
});

test('padding gets nothing', () => {
  for (const cell of cells) {
    const { program, feeds } = compileCell(
      { ...cell, direction: 'bidirectional', used: [0, 1], lengths: [3, 1] },
      optionsOf({ epsilon: 0.1, bias: 'redistribute' }),
    );
    const { data } = interpret(program.graph, feeds)[names.relevance('x')]!;
    // [steps, batch, inputs]: step 3 of the first sequence, steps 1 to 3 of the second.
    for (const at of [
      [3, 0],
      [1, 1],
      [2, 1],
      [3, 1],
    ] as const) {
      const start = (at[0] * 2 + at[1]) * 3;
      assert.deepEqual(Array.from(data.slice(start, start + 3)), [0, 0, 0]);
    }
    assert.ok(
      data.some((value) => value !== 0),
      'something gets relevance',
    );
  }
});

test('an LSTM written out as single operators gets what the operator gets', () => {
  const [size, hidden, steps] = [3, 2, 3];
  const [w, r, bias] = [weights([1, 8, size], -1, 1, 3), weights([1, 8, hidden], -1, 1, 4), weights([1, 16], -1, 1, 5)];
  const x = vary([steps, 1, size]);
  const epsilon = 1e-9;
  const options = { rule: { rule: 'epsilon', epsilon }, recurrentEpsilon: epsilon };
  const run = (unrolled: boolean) => {
    const b = new GraphBuilder('lstm');
    const input = b.input('x', 'float32', x.dims);
    const logits = unrolled ? written(b, input) : operator(b, input);
    const model = modelOf({ b, entries: ['x'], logits });
    const program = compileProgram(model, { kind: 'relevance', head: 'linear', rules: 'lrp', options });
    return interpret(program.graph, { x: array(x.dims, x.data), [names.seed]: array([1, 2], [1, -0.5]) });
  };
  function operator(b: GraphBuilder, input: string): string {
    const parameters = [w, r, bias].map((tensor) => b.constant(tensor));
    const outputs = b.ops('LSTM', [input, ...parameters], 2, { hidden_size: int(hidden), direction: text('forward') });
    return b.op('Reshape', [outputs[1]!, b.indices([1, hidden])]);
  }
  function written(b: GraphBuilder, input: string): string {
    const matrix = (data: Float32Array, columns: number) =>
      b.constant({
        dtype: 'float32',
        dims: [columns, 8],
        data: Float32Array.from({ length: columns * 8 }, (_, at) => data[(at % 8) * columns + Math.floor(at / 8)]!),
      });
    const [wt, rt] = [matrix(w.data as Float32Array, size), matrix(r.data as Float32Array, hidden)];
    const both = bias.data as Float32Array;
    const sum = b.constant({
      dtype: 'float32',
      dims: [8],
      data: both.slice(0, 8).map((one, at) => one + both[8 + at]!),
    });
    const first = b.constant({ dtype: 'float32', dims: [1, hidden], data: new Float32Array(hidden) });
    let [h, c] = [first, first];
    for (let step = 0; step < steps; step += 1) {
      const row = b.op(
        'Gather',
        [input, b.constant({ dtype: 'int64', dims: [], data: BigInt64Array.of(BigInt(step)) })],
        { axis: int(0) },
      );
      const affine = b.op('Add', [b.op('Add', [b.op('MatMul', [row, wt]), b.op('MatMul', [h, rt])]), sum]);
      const [zi, zo, zf, zc] = b.ops('Split', [affine], 4, { axis: int(1), num_outputs: int(4) }) as [
        string,
        string,
        string,
        string,
      ];
      const [i, o, f] = [zi, zo, zf].map((z) => b.op('Sigmoid', [z])) as [string, string, string];
      c = b.op('Add', [b.op('Mul', [f, c]), b.op('Mul', [i, b.op('Tanh', [zc])])]);
      h = b.op('Mul', [o, b.op('Tanh', [c])]);
    }
    return h;
  }
  const [one, other] = [run(false), run(true)];
  for (const output of [names.logits, names.relevance('x')]) {
    const error = worst(other[output]!.data, one[output]!.data);
    assert.ok(error < 1e-6, `${output} is off by ${error}`);
  }
});

test('a loop of the model itself is refused, with the way out', () => {
  const body = new GraphBuilder('body');
  const [state, row] = [body.input('state', 'float32', [1, 2]), body.input('row', 'float32', [1, 2])];
  const next = body.op('Tanh', [body.op('Add', [state, row])]);
  const b = new GraphBuilder('loop');
  const x = b.input('x', 'float32', [3, 1, 2]);
  const start = b.constant({ dtype: 'float32', dims: [1, 2], data: new Float32Array(2) });
  const [last] = b.ops('Scan', [start, x], 1, { body: subgraph(body.build([next])), num_scan_inputs: int(1) });
  const reason = canDifferentiate(modelOf({ b, entries: ['x'], logits: last! }), 'lrp');
  assert.match(reason ?? '', /Scan/);
  assert.match(reason ?? '', /export it as one LSTM, GRU or RNN node/);
});
