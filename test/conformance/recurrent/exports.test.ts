/** Recurrent networks as PyTorch exports them: LRP compiles, runs in ONNX Runtime, and its sums fit. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { importModel } from '../../../server/model/import';
import { compileProgram } from '../../../server/program/compile';
import { absorptions, conservationColumns, names } from '../../../server/program/types';
import { array, interpret } from '../../support/interpreter';
import { runInEngine } from '../../support/interpreter/engine';
import { worst } from '../../support/interpreter/models';

const folder = fileURLToPath(new URL('../onnx/models/', import.meta.url));
const files = readdirSync(folder).filter((file) => /^(?:lstm|gru|rnn).*\.onnx$/u.test(file));

interface Reference {
  readonly feeds: Readonly<Record<string, { readonly dims: number[]; readonly data: number[] }>>;
}

test('every recurrent export is here', () => {
  assert.equal(files.length, 18);
});

for (const file of files)
  test(`${file}: with bias and ε spread, inputs and first states add up to the score`, async () => {
    const model = await importModel(`${folder}${file}`);
    const reference = JSON.parse(readFileSync(`${folder}${file.replace('.onnx', '.json')}`, 'utf8')) as Reference;
    const feeds = Object.fromEntries(
      Object.entries(reference.feeds).map(([name, { dims, data }]) => [name, array(dims, data)] as const),
    );
    const classes = model.output.classes!;
    const seed = array(
      [1, classes],
      Array.from({ length: classes }, (_, at) => (at === 0 ? 1 : 0)),
    );
    const program = compileProgram(model, {
      kind: 'relevance',
      head: 'linear',
      rules: 'lrp',
      options: { rule: { rule: 'epsilon', epsilon: 1e-3, bias: 'redistribute' } },
      conservation: true,
    });
    const given = { ...feeds, [names.seed]: seed };
    const results = interpret(program.graph, given);
    const entry = model.entries[0]!.value;
    const relevance = Array.from(results[names.relevance(entry)]!.data);
    const table = results[names.conservation]!.data;
    // PyTorch's newer exporter writes nn.RNN out, step by step: there the books of single operators count too.
    const written = !program.trace.some(({ op }) => op === 'LSTM' || op === 'GRU' || op === 'RNN');
    const columns = conservationColumns.flatMap((name, at) =>
      name === 'state' || (written && (absorptions as readonly string[]).includes(name)) ? [at] : [],
    );
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    const rest = sum(
      program.trace.flatMap((_, row) => columns.map((column) => table[row * conservationColumns.length + column]!)),
    );
    const score = sum(Array.from(results[names.score]!.data));
    const scale = Math.max(Math.abs(score), sum(relevance.map(Math.abs)));
    const error = Math.abs(sum(relevance) + rest - score) / scale;
    assert.ok(error < 1e-6, `${sum(relevance)} + ${rest} of ${score}`);
    const engine = await runInEngine(program, given);
    const off = worst(engine[names.relevance(entry)]!.data, relevance);
    assert.ok(off < 1e-4, `ONNX Runtime is off by ${off}`);
  });
