/** The compiled gradient of every operator, against central differences in float64, and in ONNX Runtime. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { GraphBuilder } from '../../../server/graph/builder';
import { operators } from '../../../server/graph/operators';
import type { Tensor, Value } from '../../../server/graph/types';
import { compileProgram } from '../../../server/program/compile';
import { gradient, gradientRules } from '../../../server/program/rules/gradient';
import { names } from '../../../server/program/types';
import type { Program } from '../../../server/program/types';
import { runInEngine } from '../../support/interpreter/engine';
import { array, interpret } from '../../support/interpreter';
import type { Array64 } from '../../support/interpreter';
import { centralDifferences, countLogits, modelOf, worst } from '../../support/interpreter/models';
import { cases } from './cases';
import type { Case } from './cases';
import { vary } from './cases/types';
import type { Varying } from './cases/types';

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

const isTensor = (input: Varying | Tensor): input is Tensor => 'dtype' in input;

interface Compiled {
  readonly program: Program;
  readonly forward: Program;
  readonly feeds: Record<Value, Array64>;
  readonly entries: readonly Value[];
}

/** One node whose used outputs, flattened, are the logits of a batch of one. */
function compile(one: Case, freeSizes: boolean): Compiled {
  const b = new GraphBuilder('case');
  const feeds: Record<Value, Array64> = {};
  const entries: Value[] = [];
  const inputs = one.inputs.map((input, index): Value => {
    if (input === null) return '';
    if (isTensor(input)) return b.constant(input, 'parameter');
    const name = `x${index}`;
    entries.push(name);
    feeds[name] = array(input.dims, input.data);
    return b.input(name, 'float32', freeSizes ? input.dims.map((_, axis) => `free${index}_${axis}`) : input.dims);
  });
  const outputs = b.ops(one.op, inputs, one.outputs ?? 1, one.attributes ?? {});
  const flat = (one.used ?? [0]).map((index) => b.op('Reshape', [asFloat(b, outputs[index]!), b.indices([1, -1])]));
  const logits = flat.length === 1 ? flat[0]! : b.op('Concat', flat, { axis: { type: 'int', value: 1 } });
  const model = modelOf({ b, entries, logits });
  const spec = { head: 'linear', rules: 'gradient' } as const;
  const forward = compileProgram(model, { ...spec, kind: 'forward' });
  const size = countLogits(forward, feeds);
  feeds[names.seed] = array([1, size], vary([1, size], -1, 1, 99).data);
  return { program: compileProgram(model, { ...spec, kind: 'relevance' }), forward, feeds, entries };
}

function asFloat(b: GraphBuilder, value: Value): Value {
  return b.type(value)?.dtype === 'float64' ? b.op('Cast', [value], { to: { type: 'int', value: 1 } }) : value;
}

for (const one of cases) {
  for (const freeSizes of one.fixedSizes === true ? [false] : [false, true]) {
    test(`${one.op}: ${one.name}${freeSizes ? ', free sizes' : ''}`, async () => {
      const { program, forward, feeds, entries } = compile(one, freeSizes);
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
