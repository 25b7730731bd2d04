/** Activations in primitive operators: known by what they compute, forward result unchanged. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf } from '../../../../server/graph/attributes';
import type { GraphBuilder } from '../../../../server/graph/builder';
import { f32 } from '../../../../server/graph/tensor';
import type { Value } from '../../../../server/graph/types';
import { recognizeActivations, selfGates } from '../../../../server/program/canonize/activations';
import { graphOf, rewritten } from './forms';
import type { Form } from './forms';

const c = (b: GraphBuilder, value: number): Value => b.scalar(value);
const op = (b: GraphBuilder, name: string, ...values: Value[]): Value => b.op(name, values);
const bell = (b: GraphBuilder, x: Value): Value =>
  op(b, 'Add', op(b, 'Erf', op(b, 'Div', x, c(b, Math.SQRT2))), c(b, 1));
const tanhGate = (b: GraphBuilder, x: Value, cube: Value): Value => {
  const inner = op(b, 'Add', x, op(b, 'Mul', cube, c(b, 0.044715)));
  return op(b, 'Add', c(b, 1), op(b, 'Tanh', op(b, 'Mul', inner, c(b, Math.sqrt(2 / Math.PI)))));
};

const geluForms: Readonly<Record<string, Form>> = {
  'x·(1 + erf)·½': (b, x) => op(b, 'Mul', op(b, 'Mul', x, bell(b, x)), c(b, 0.5)),
  '(½·x)·(1 + erf)': (b, x) => op(b, 'Mul', op(b, 'Mul', c(b, 0.5), x), bell(b, x)),
  '(1 + erf)·½·x': (b, x) => op(b, 'Mul', op(b, 'Mul', bell(b, x), c(b, 0.5)), x),
  'erf of x·0.7071': (b, x) => {
    const erf = op(b, 'Erf', op(b, 'Mul', x, c(b, Math.SQRT1_2)));
    return op(b, 'Div', op(b, 'Mul', x, op(b, 'Add', c(b, 1), erf)), c(b, 2));
  },
};

for (const [name, form] of Object.entries(geluForms))
  test(`GELU, ${name}`, () => {
    const { graph, output } = graphOf(form);
    assert.deepEqual(rewritten(graph, output, recognizeActivations), ['Gelu']);
  });

test('GELU in its tanh form, with a power or with products', () => {
  const forms: Form[] = [
    (b, x) => op(b, 'Mul', op(b, 'Mul', c(b, 0.5), x), tanhGate(b, x, op(b, 'Pow', x, c(b, 3)))),
    (b, x) => op(b, 'Mul', c(b, 0.5), op(b, 'Mul', x, tanhGate(b, x, op(b, 'Mul', x, op(b, 'Mul', x, x))))),
  ];
  for (const form of forms) {
    const { graph, output } = graphOf(form);
    assert.deepEqual(rewritten(graph, output, recognizeActivations), ['Gelu']);
    const after = recognizeActivations(graph, new Set());
    const gelu = after.nodes.find((node) => node.op === 'Gelu')!;
    assert.equal(textOf(gelu, 'approximate', ''), 'tanh');
  }
});

test('Mish, hard-swish, hard-sigmoid, and a logistic function written with exp', () => {
  const forms: Readonly<Record<string, Form>> = {
    Mish: (b, x) => op(b, 'Mul', x, op(b, 'Tanh', op(b, 'Softplus', x))),
    HardSwish: (b, x) => {
      const clipped = op(b, 'Clip', op(b, 'Add', x, c(b, 3)), c(b, 0), c(b, 6));
      return op(b, 'Div', op(b, 'Mul', x, clipped), c(b, 6));
    },
    HardSigmoid: (b, x) => op(b, 'Div', op(b, 'Clip', op(b, 'Add', x, c(b, 3)), c(b, 0), c(b, 6)), c(b, 6)),
    Sigmoid: (b, x) => op(b, 'Div', c(b, 1), op(b, 'Add', c(b, 1), op(b, 'Exp', op(b, 'Neg', x)))),
  };
  for (const [name, form] of Object.entries(forms)) {
    const { graph, output } = graphOf(form);
    assert.deepEqual(rewritten(graph, output, recognizeActivations), [name]);
  }
});

test('the pre-activation stays: GELU of a sum with a bias vector', () => {
  const { graph, output } = graphOf((b, x) => {
    const z = op(b, 'Add', x, b.constant(f32([0.1, -0.2, 0.3, 0.4, 0.5, -0.6])));
    return op(b, 'Mul', op(b, 'Mul', z, bell(b, z)), c(b, 0.5));
  });
  assert.deepEqual(rewritten(graph, output, recognizeActivations), ['Add', 'Gelu']);
});

test('what is only like an activation stays as it is', () => {
  const forms: Form[] = [
    (b, x) => op(b, 'Mul', op(b, 'Mul', x, bell(b, x)), c(b, 0.51)),
    (b, x) => op(b, 'Mul', x, op(b, 'Sigmoid', op(b, 'Mul', x, c(b, 1.702)))),
    (b, x) => op(b, 'Mul', x, op(b, 'Tanh', b.op('ReduceMean', [x, b.indices([-1])]))),
  ];
  for (const form of forms) {
    const { graph } = graphOf(form);
    assert.equal(recognizeActivations(graph, new Set()), graph);
  }
});

test('inner values that have to stay keep an activation in parts', () => {
  const { graph } = graphOf((b, x) => op(b, 'Mul', op(b, 'Mul', x, bell(b, x)), c(b, 0.5)));
  const inner = graph.nodes.find((node) => node.op === 'Erf')!.outputs[0]!;
  assert.equal(recognizeActivations(graph, new Set([inner])), graph);
});

const gateOf = (form: Form): (string | undefined)[] => {
  const { graph } = graphOf(form);
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node.op] as const)));
  return [...selfGates(graph.nodes, graph)].map(([node, input]) => producers.get(node.inputs[input]!));
};

test('x·g(x): the gate is marked, in either order and through constant factors', () => {
  assert.deepEqual(
    gateOf((b, x) => op(b, 'Mul', x, op(b, 'Sigmoid', x))),
    ['Sigmoid'],
  );
  assert.deepEqual(
    gateOf((b, x) => op(b, 'Mul', op(b, 'Sigmoid', x), x)),
    ['Sigmoid'],
  );
  const quick: Form = (b, x) => op(b, 'Mul', x, op(b, 'Sigmoid', op(b, 'Mul', x, c(b, 1.702))));
  assert.deepEqual(gateOf(quick), ['Sigmoid']);
  assert.deepEqual(
    gateOf((b, x) => op(b, 'Mul', op(b, 'Mul', x, c(b, 0.5)), bell(b, x))),
    ['Add'],
  );
});

test('softplus with a case of its own for large values; not where that case is another function', () => {
  const above =
    (limit: number, large: (b: GraphBuilder, x: Value) => Value): Form =>
    (b, x) =>
      op(b, 'Where', op(b, 'Greater', x, c(b, limit)), large(b, x), op(b, 'Softplus', x));
  const recognized = (form: Form): string[] => {
    const { graph, output } = graphOf(form);
    return rewritten(graph, output, recognizeActivations);
  };
  assert.deepEqual(recognized(above(20, (_, x) => x)), ['Softplus']);
  assert.ok(recognized(above(20, (b) => c(b, 0))).includes('Where'));
  assert.ok(recognized(above(10, (b, x) => op(b, 'Mul', x, c(b, 1.01)))).includes('Where'));
});

test('gates of something else, and squares, are no self-gates', () => {
  assert.deepEqual(
    gateOf((b, x) => op(b, 'Mul', op(b, 'Tanh', x), op(b, 'Sigmoid', x))),
    [],
  );
  assert.deepEqual(
    gateOf((b, x) => op(b, 'Mul', x, x)),
    [],
  );
  assert.deepEqual(
    gateOf((b, x) => op(b, 'Mul', op(b, 'Add', x, c(b, 1)), op(b, 'Sigmoid', x))),
    [],
  );
});
