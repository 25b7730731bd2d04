/** NaN is followed to who made it: an operator of the model, or a rule at an operator. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEngine } from '../../../server/engine';
import { nonFiniteError } from '../../../server/engine/finite';
import type { UserError } from '../../../server/errors';
import { int } from '../../../server/graph/attributes';
import { GraphBuilder } from '../../../server/graph/builder';
import { f32 } from '../../../server/graph/tensor';
import type { Graph, Node } from '../../../server/graph/types';
import type { Program } from '../../../server/program/types';

const programOf = (graph: Graph, rules = 'gradient', trace: Program['trace'] = []): Program => ({
  graph,
  key: `finite ${rules}`,
  spec: { kind: 'forward', head: 'linear', rules },
  trace,
  twins: [],
});

test('Lists of tensors on the way (TorchScript’s chunks) do not end the search', async () => {
  const b = new GraphBuilder('listed');
  const x = b.input('x', 'float32', ['batch', 2]);
  const list = b.op('SplitToSequence', [x], { axis: int(1) });
  const second = b.op('SequenceAt', [list, b.indices([1])]);
  b.declare(second, { dtype: 'float32', shape: ['batch', 1] });
  const y = b.rename(b.op('Log', [second], {}, 'logarithm'), 'y');
  const engine = await openEngine('onnxruntime/cpu', { threads: 1 });
  const executable = await engine.compile(programOf(b.build([y])));
  await assert.rejects(executable.run({ x: f32([1, -1], [1, 2]) }), (error: UserError) => {
    assert.equal(error.code, 'non-finite');
    assert.match(error.where ?? '', /^node .*\(Log\)$/);
    return true;
  });
  executable.dispose();
});

test('NaN from a rule names the operator it is for, not the sample', async () => {
  const b = new GraphBuilder('ruled');
  const x = b.input('x', 'float32', ['batch', 2]);
  b.scope('lrp/encoder/Add_5');
  const y = b.rename(b.op('Log', [x]), 'y');
  const trace = [
    { node: 'encoder/Add', op: 'Add', rule: 'pass' },
    { node: 'encoder/Add_5', op: 'Add', rule: 'sum' },
  ];
  const engine = await openEngine('onnxruntime/cpu', { threads: 1 });
  const executable = await engine.compile(programOf(b.build([y]), 'lrp', trace));
  await assert.rejects(executable.run({ x: f32([1, -1], [1, 2]) }), (error: UserError) => {
    assert.equal(error.code, 'non-finite');
    assert.match(error.what, /^The rule for Add gives NaN/);
    assert.equal(error.where, 'node encoder/Add_5 (Add, lrp: sum)');
    return true;
  });
  executable.dispose();
});

test('An infinity of the model that a rule makes NaN is the rule’s', () => {
  const node = (name: string, op: string): Node => ({ name, op, domain: '', inputs: [], outputs: [], attributes: {} });
  const nodes = [node('encoder/mask', 'ConstantOfShape'), node('lrp/encoder/Add_5/Mul_node', 'Mul')];
  const trace = [{ node: 'encoder/Add_5', op: 'Add', rule: 'sum' }];
  const found = { what: 'NaN', nodes, where: '', next: '' };
  const program = { spec: { kind: 'relevance', head: 'linear', rules: 'lrp' }, trace } as const;
  assert.match(nonFiniteError(program, 'y', found).where ?? '', /^node encoder\/Add_5 /);
  assert.match(nonFiniteError(program, 'y', null).where ?? '', /^output y$/);
});
