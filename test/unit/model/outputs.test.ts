/** Where the logits are: every way exporters end a classifier. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int } from '../../../server/graph/attributes';
import { GraphBuilder } from '../../../server/graph/builder';
import type { Graph } from '../../../server/graph/types';
import { analyseOutput } from '../../../server/model/outputs';
import type { ModelOutput } from '../../../server/model/types';

type Finish = (b: GraphBuilder, logits: string) => string;

/** Logits called `f` of shape [batch, …], then an ending. */
function end(finish: Finish, shape: readonly (number | string)[] = ['batch', 5]): ModelOutput {
  const b = new GraphBuilder('g');
  const x = b.input('x', 'float32', shape);
  b.add({ name: 'head', op: 'Relu', domain: '', inputs: [x], outputs: ['f'], attributes: {} });
  const graph = b.build([b.rename(finish(b, 'f'), 'scores')]);
  const output = analyseOutput(graph, new Map(), undefined);
  assert.ok(output);
  return output;
}

const softmax = (b: GraphBuilder, x: string): string => b.op('Softmax', [x], { axis: int(-1) });

const spelled = (shift: boolean): Finish => {
  return (b, x) => {
    const axes = b.indices([1]);
    const from = shift ? b.op('Sub', [x, b.op('ReduceMax', [x, axes], { keepdims: int(1) })]) : x;
    const exp = b.op('Exp', [from]);
    return b.op('Div', [exp, b.op('ReduceSum', [exp, axes], { keepdims: int(1) })]);
  };
};

/** As exporters of JAX write it: sums reshaped and repeated by hand, the maximum held above −∞. */
const byHand = (axis: number): Finish => {
  return (b, x) => {
    const axes = b.indices([axis]);
    const back = (y: string): string => b.op('Expand', [b.op('Reshape', [y, b.indices([-1, 1])]), b.indices([1, 5])]);
    const most = b.op('Max', [b.scalar(-Infinity), b.op('ReduceMax', [x, axes], { keepdims: int(0) })]);
    const exp = b.op('Exp', [b.op('Sub', [x, back(most)])]);
    return b.op('Div', [exp, back(b.op('ReduceSum', [exp, axes], { keepdims: int(0) }))]);
  };
};

const found: readonly (readonly [string, Finish, ModelOutput['activation']])[] = [
  ['softmax', softmax, 'softmax'],
  ['log-softmax', (b, x) => b.op('LogSoftmax', [x], { axis: int(1) }), 'softmax'],
  ['sigmoid', (b, x) => b.op('Sigmoid', [x]), 'sigmoid'],
  ['softmax behind Identity and Reshape', (b, x) => b.op('Reshape', [softmax(b, x), b.indices([0, 5])]), 'softmax'],
  ['softmax behind Unsqueeze', (b, x) => b.op('Unsqueeze', [softmax(b, x), b.indices([2])]), 'softmax'],
  ['softmax spelled out', spelled(false), 'softmax'],
  ['softmax spelled out with its maximum', spelled(true), 'softmax'],
  ['softmax spelled out by hand', byHand(-1), 'softmax'],
];

for (const [name, finish, activation] of found) {
  test(`${name}: the value before it`, () => {
    const output = end(finish);
    assert.equal(output.logits, 'f');
    assert.equal(output.activation, activation);
    assert.equal(output.classes, 5);
    assert.equal(output.onlyProbabilities, false);
  });
}

test('nothing to step over: the output itself', () => {
  const output = end((b, x) => b.op('Neg', [x]));
  assert.deepEqual([output.logits, output.activation], ['scores', 'none']);
});

test('softmax over another axis than the classes is part of the network', () => {
  const output = end((b, x) => b.op('Softmax', [x], { axis: int(1) }), ['batch', 4, 5]);
  assert.deepEqual([output.logits, output.activation], ['scores', 'none']);
});

test('a share of the whole batch is no softmax over classes', () => {
  assert.equal(end(byHand(0)).activation, 'none');
});

test('a reshape that mixes classes is not stepped over', () => {
  const output = end((b, x) => b.op('Reshape', [softmax(b, x), b.indices([0, 2, 3])]), ['batch', 6]);
  assert.equal(output.activation, 'none');
});

test('one logit: [1 − p, p], [batch, 1] and [batch]', () => {
  const binary: Finish = (b, x) => {
    const p = b.op('Sigmoid', [x]);
    return b.op('Concat', [b.op('Sub', [b.scalar(1), p]), p], { axis: int(1) });
  };
  const output = end(binary, ['batch', 1]);
  assert.deepEqual([output.logits, output.activation, output.single, output.classes], ['f', 'sigmoid', true, 2]);
  for (const shape of [['batch', 1], ['batch']]) {
    const plain = end((b, x) => b.op('Sigmoid', [x]), shape);
    assert.deepEqual([plain.logits, plain.single, plain.classes], ['f', true, 2]);
  }
  // 2 − p is no complement.
  const other = end(
    (b, x) => {
      const p = b.op('Sigmoid', [x]);
      return b.op('Concat', [b.op('Sub', [b.scalar(2), p]), p], { axis: int(1) });
    },
    ['batch', 1],
  );
  assert.equal(other.activation, 'none');
});

test('a sequence of scores has positions', () => {
  const output = end(softmax, ['batch', 'sequence', 5]);
  assert.deepEqual([output.positions, output.classes, output.single], [true, 5, false]);
});

test('among several outputs the one with scores, or the one asked for', () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', 'float32', ['batch', 5]);
  const label = b.rename(b.op('ArgMax', [x], { axis: int(1) }), 'label');
  const hidden = b.rename(b.op('Expand', [x, b.indices([3, 1, 1])]), 'hidden_states');
  const logits = b.rename(b.op('Neg', [x]), 'logits');
  const graph: Graph = b.build([label, hidden, logits]);
  assert.equal(analyseOutput(graph, new Map(), undefined)?.output, 'logits');
  assert.equal(analyseOutput(graph, new Map(), 'hidden_states')?.output, 'hidden_states');
});

test('names of classes that the graph looks up itself', () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', 'float32', ['batch', 2]);
  const scores = b.rename(b.op('Neg', [x]), 'probabilities');
  const best = b.op('ArgMax', [scores], { axis: int(1), keepdims: int(0) });
  const table = b.constant({ dtype: 'string', dims: [2], data: ['ham', 'spam'] });
  const label = b.rename(b.op('Gather', [table, best]), 'label');
  assert.deepEqual(analyseOutput(b.build([label, scores]), new Map(), undefined)?.labels, ['ham', 'spam']);
});
