/**
 * One neuron with inputs and weights of either sign and a bias, worked out by hand: products are split by their own
 * sign, the bias by its own. Splitting weights alone, as for inputs ≥ 0, would give the first input nothing of α.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { f32 } from '../../../../server/graph/tensor';
import { BATCH } from '../../../../server/graph/types';
import { compileProgram } from '../../../../server/program/compile';
import { names } from '../../../../server/program/types';
import { array, interpret } from '../../../support/interpreter';
import { inputs, modelOf, worst } from '../../../support/interpreter/models';

/** a = (−1, 2, 1), w = (−3, 1, −2), b = 1: products 3, 2, −2, z = 4; with `sign` −1 all of it turned round. */
function relevance(rule: object, sign: 1 | -1, fold: boolean): Float64Array {
  const b = inputs({ x: [BATCH, 3] });
  const logits = b.op('Gemm', ['x', b.constant(f32([-3, 1, -2], [3, 1])), b.constant(f32([sign]))]);
  const model = modelOf({ b, entries: ['x'], logits });
  const program = compileProgram(model, { kind: 'relevance', head: 'linear', rules: 'lrp', options: { rule, fold } });
  const x = array([1, 3], [-sign, 2 * sign, sign]);
  return interpret(program.graph, { x, [names.seed]: array([1, 1], [1]) })[names.relevance('x')]!.data;
}

const cases: readonly (readonly [object, readonly number[]])[] = [
  [{ rule: 'zero' }, [3, 2, -2]],
  [{ rule: 'zero', bias: 'ignore' }, [4, 8 / 3, -8 / 3]],
  [{ rule: 'alphaBeta', alpha: 2, beta: 1 }, [(8 * 3) / 6, (8 * 2) / 6, -4]],
  [{ rule: 'alphaBeta', alpha: 2, beta: 1, bias: 'ignore' }, [(8 * 3) / 5, (8 * 2) / 5, -4]],
  [{ rule: 'zPlus' }, [(4 * 3) / 6, (4 * 2) / 6, 0]],
  [{ rule: 'gamma', gamma: 1 }, [(4 * 6) / 10, (4 * 4) / 10, (4 * -2) / 10]],
  [{ rule: 'wSquare' }, [(4 * 9) / 14, 4 / 14, (4 * 4) / 14]],
  [{ rule: 'wSquare', countBias: true }, [(4 * 9) / 15, 4 / 15, (4 * 4) / 15]],
  [{ rule: 'flat' }, [4 / 3, 4 / 3, 4 / 3]],
];

for (const [rule, expected] of cases)
  test(`one neuron by hand: ${JSON.stringify(rule)}`, () => {
    for (const fold of [true, false]) {
      assert.ok(worst(relevance(rule, 1, fold), expected) < 1e-7, String(relevance(rule, 1, fold)));
      if ('alpha' in rule || ('rule' in rule && rule.rule === 'zPlus')) continue;
      // A negative neuron: the same shares of −4.
      const turned = expected.map((value) => -value);
      assert.ok(worst(relevance(rule, -1, fold), turned) < 1e-7, String(relevance(rule, -1, fold)));
    }
  });
