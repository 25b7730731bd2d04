/** Softmax in primitive operators becomes the operator; attention weights are told from other softmaxes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int } from '../../../../server/graph/attributes';
import type { GraphBuilder } from '../../../../server/graph/builder';
import type { Value } from '../../../../server/graph/types';
import { attentionWeights, recognizeSoftmax } from '../../../../server/program/canonize/attention';
import { graphOf, rewritten } from './forms';
import type { Form } from './forms';

const op = (b: GraphBuilder, name: string, ...values: Value[]): Value => b.op(name, values);
const over = (b: GraphBuilder, name: string, x: Value, axis: number): Value =>
  b.op(name, [x, b.indices([axis])], { keepdims: int(1) });

const forms: Readonly<Record<string, Form>> = {
  plain: (b, x) => {
    const exp = op(b, 'Exp', x);
    return op(b, 'Div', exp, over(b, 'ReduceSum', exp, -1));
  },
  'with the largest subtracted, over the middle axis': (b, x) => {
    const exp = op(b, 'Exp', op(b, 'Sub', x, over(b, 'ReduceMax', x, 1)));
    return op(b, 'Div', exp, over(b, 'ReduceSum', exp, -2));
  },
};

for (const [name, form] of Object.entries(forms))
  test(`softmax, ${name}`, () => {
    const { graph, output } = graphOf(form);
    assert.deepEqual(rewritten(graph, output, recognizeSoftmax), ['Softmax']);
  });

test('other quotients stay: another sum, another axis, values that have to stay', () => {
  const others: Form[] = [
    (b, x) => op(b, 'Div', op(b, 'Exp', x), over(b, 'ReduceSum', x, -1)),
    (b, x) => {
      const exp = op(b, 'Exp', x);
      return op(b, 'Div', exp, b.op('ReduceSum', [exp, b.indices([1, 2])], { keepdims: int(1) }));
    },
  ];
  for (const form of others) {
    const { graph } = graphOf(form);
    assert.equal(recognizeSoftmax(graph, new Set()), graph);
  }
  const { graph } = graphOf(forms['plain']!);
  const exp = graph.nodes.find((node) => node.op === 'Exp')!.outputs[0]!;
  assert.equal(recognizeSoftmax(graph, new Set([exp])), graph);
});

test('attention weights: softmaxes that weigh a signal, through guards and layout; not the last one', () => {
  const { graph, output } = graphOf((b, x) => {
    const scores = op(b, 'MatMul', x, b.op('Transpose', [x], { perm: { type: 'ints', value: [0, 2, 1] } }));
    const weights = b.op('Softmax', [scores], { axis: int(-1) }, 'weights');
    const guarded = op(b, 'Where', op(b, 'IsNaN', weights), b.scalar(0), weights);
    return b.op('Softmax', [op(b, 'MatMul', guarded, x)], { axis: int(-1) });
  });
  const [, ...made] = ['x', ...graph.nodes.flatMap((node) => node.outputs)];
  const needed = (value: Value): boolean => value === 'x' || made.includes(value);
  assert.deepEqual([...attentionWeights({ nodes: graph.nodes, needed })], ['weights']);
  assert.notEqual(output, 'weights');
});
