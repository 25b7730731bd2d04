/** The compiled gradient of every operator, against central differences in float64, and in ONNX Runtime. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { operators } from '../../../server/graph/operators';
import { gradient, gradientRules } from '../../../server/program/rules/gradient';
import { names } from '../../../server/program/types';
import { runInEngine } from '../../support/interpreter/engine';
import { interpret } from '../../support/interpreter';
import { centralDifferences, worst } from '../../support/interpreter/models';
import { cases } from './cases';
import { compileCase } from './cases/compile';

/** Operators without a rule, on purpose: the user's own control flow, integer arithmetic, strings, sampling of regions. */
const refused: readonly string[] = [
  ...['Scan', 'If', 'Loop'],
  ...['MatMulInteger', 'QLinearMatMul', 'ConvInteger', 'QLinearConv', 'DynamicQuantizeLinear'],
  ...['StringNormalizer', 'StringConcat', 'RegexFullMatch', 'TfIdfVectorizer'],
  // Its successor is ScatterElements.
  'Scatter',
  ...['DeformConv', 'GridSample', 'RoiAlign', 'MaxRoiPool'],
  // Made from constants alone.
  ...['Constant', 'HannWindow', 'HammingWindow', 'BlackmanWindow'],
];

for (const one of cases) {
  for (const freeSizes of one.fixedSizes === true ? [false] : [false, true]) {
    test(`${one.op}: ${one.name}${freeSizes ? ', free sizes' : ''}`, async () => {
      const { program, forward, feeds, entries } = compileCase(one, freeSizes);
      const results = interpret(program.graph, feeds);
      for (const entry of entries) {
        const own = results[names.relevance(entry)]!;
        assert.deepEqual(own.dims, feeds[entry]!.dims, 'shape');
        const expected = centralDifferences(forward.graph, feeds, entry);
        assert.ok(worst(own.data, expected) < 1e-6, `${entry}: ${own.data.join(' ')} against ${expected.join(' ')}`);
      }
      if (one.engineLacks !== undefined) return;
      const engine = await runInEngine(program, feeds);
      for (const [name, expected] of Object.entries(results)) {
        const error = worst(engine[name]!.data, expected.data);
        assert.ok(
          error < 1e-4,
          `${name} in ONNX Runtime: ${engine[name]!.data.join(' ')} against ${expected.data.join(' ')}`,
        );
      }
    });
  }
}

test('every operator of the gradient table has a case', () => {
  const covered = new Set(cases.map((one) => one.op));
  const straightThrough = ['QuantizeLinear', 'DequantizeLinear'];
  const missing = gradientRules
    .flatMap(({ ops }) => ops)
    .filter((op) => !covered.has(op) && !straightThrough.includes(op));
  assert.deepEqual(missing, []);
});

test('every operator of the graph is differentiated, stopped or refused knowingly', () => {
  const ruled = new Set(gradientRules.flatMap(({ ops }) => ops));
  const known = new Set([...ruled, ...gradient.stops, ...refused]);
  const all = operators.filter(({ domain }) => domain === '').flatMap(({ ops }) => ops);
  assert.deepEqual(
    all.filter((op) => !known.has(op)),
    [],
  );
});
