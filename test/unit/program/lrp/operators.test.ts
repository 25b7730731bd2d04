/**
 * Every operator that the gradient knows is carried by LRP, with books that balance, or refused knowingly: over all
 * cases of the gradient's own test.
 */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { GraphBuilder } from '../../../../server/graph/builder';
import { operators } from '../../../../server/graph/operators';
import type { Tensor, Value } from '../../../../server/graph/types';
import { canDifferentiate, compileProgram } from '../../../../server/program/compile';
import { gradient, gradientRules } from '../../../../server/program/rules/gradient';
import { conservationColumns, names } from '../../../../server/program/types';
import { cases } from '../../../conformance/gradient/cases';
import type { Case } from '../../../conformance/gradient/cases';
import { vary } from '../../../conformance/gradient/cases/types';
import { array, interpret } from '../../../support/interpreter';
import type { Array64 } from '../../../support/interpreter';
import { countLogits, modelOf } from '../../../support/interpreter/models';

/** Configurations that are refused: operator, and what makes it so where others of it are carried. */
const refused: readonly (readonly [op: string, which?: RegExp])[] = [
  ['Log'],
  ['Reciprocal'],
  ['Acosh'],
  ['Mod'],
  ['LogSoftmax'],
  ['ReduceProd'],
  ['ReduceLogSum'],
  ['ReduceLogSumExp'],
  ['MeanVarianceNormalization'],
  ['Pow', /negative exponent|exponents vary/],
  ['Einsum', /bi,ijk,bk/],
  ['Conv', /bias varies/],
];

function model({ op, inputs, outputs, used, attributes }: Case) {
  const b = new GraphBuilder('case');
  const feeds: Record<Value, Array64> = {};
  const entries: Value[] = [];
  const given = inputs.map((input, index): Value => {
    if (input === null) return '';
    if ('dtype' in input) return b.constant(input satisfies Tensor, 'parameter');
    const name = `x${index}`;
    entries.push(name);
    feeds[name] = array(input.dims, input.data);
    return b.input(name, 'float32', input.dims);
  });
  const results = b.ops(op, given, outputs ?? 1, attributes ?? {});
  const flat = (used ?? [0]).map((index) => b.op('Reshape', [results[index]!, b.indices([1, -1])]));
  const logits = flat.length === 1 ? flat[0]! : b.op('Concat', flat, { axis: { type: 'int', value: 1 } });
  return { model: modelOf({ b, entries, logits }), feeds, entries };
}

for (const one of cases)
  test(`${one.op}: ${one.name}`, () => {
    const { model: whole, feeds, entries } = model(one);
    const reason = canDifferentiate(whole, 'lrp');
    if (refused.some(([op, which]) => op === one.op && which?.test(one.name) !== false)) {
      assert.match(reason ?? 'carried', new RegExp(`no lrp rule for operator ${one.op} \\(.+\\) — node .* — use a`));
      return;
    }
    assert.equal(reason, null);
    const spec = { head: 'linear', rules: 'lrp', options: { fold: false } } as const;
    const size = countLogits(compileProgram(whole, { ...spec, kind: 'forward' }), feeds);
    feeds[names.seed] = array([1, size], vary([1, size], -1, 1, 99).data);
    const program = compileProgram(whole, { ...spec, kind: 'relevance', conservation: true });
    const results = interpret(program.graph, feeds);
    for (const entry of entries) {
      assert.deepEqual(results[names.relevance(entry)]!.dims, feeds[entry]!.dims, 'shape');
      assert.ok(results[names.relevance(entry)]!.data.every(Number.isFinite), 'finite');
    }
    const width = conservationColumns.length;
    program.trace.forEach(({ op, rule }, row) => {
      const cells = Array.from(results[names.conservation]!.data.subarray(row * width, (row + 1) * width));
      const [arrived = 0, passedOn = 0, , ...absorbed] = cells;
      const missing = arrived - passedOn - absorbed.reduce((sum, amount) => sum + amount, 0);
      const scale = Math.max(1e-3, ...cells.map(Math.abs));
      assert.ok(Math.abs(missing) < 1e-6 * scale, `${op} by ${rule}: ${missing} of ${arrived} is in no book`);
    });
  });

test('every operator of the graph has a case here, stops relevance, or has no gradient either', () => {
  const known = new Set([...cases.map(({ op }) => op), ...gradient.stops]);
  const ruled = new Set(gradientRules.flatMap(({ ops }) => ops));
  const straightThrough = ['QuantizeLinear', 'DequantizeLinear'];
  const all = operators.filter(({ domain }) => domain === '').flatMap(({ ops }) => ops);
  const missing = all.filter((op) => ruled.has(op) && !known.has(op) && !straightThrough.includes(op));
  assert.deepEqual(missing, []);
});
