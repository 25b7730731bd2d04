/** What tests of recognisers share: a graph in one form, and whether a rewrite leaves its result as it is. */
import assert from 'node:assert/strict';
import type { GraphBuilder } from '../../../../server/graph/builder';
import { BATCH } from '../../../../server/graph/types';
import type { Graph, Value } from '../../../../server/graph/types';
import { array, interpret } from '../../../support/interpreter';
import { inputs } from '../../../support/interpreter/models';

export type Form = (b: GraphBuilder, x: Value) => Value;

export const width = 6;

/** A graph with one input `x` [batch, 3, 6] and the form's result as output. */
export function graphOf(form: Form): { readonly graph: Graph; readonly output: Value } {
  const b = inputs({ x: [BATCH, 3, width] });
  const output = form(b, 'x');
  return { graph: b.build([output]), output };
}

/** Values of both signs, large and small, and 0. */
export const sample = array(
  [2, 3, width],
  Array.from({ length: 2 * 3 * width }, (_, at) => (at === 7 ? 0 : Math.sin(3 * at + 1) * (at % 5) * 1.3)),
);

/** @returns Operators of the rewritten graph that its output still needs, in order. */
export function rewritten(graph: Graph, output: Value, rewrite: (graph: Graph, keep: ReadonlySet<Value>) => Graph) {
  const after = rewrite(graph, new Set([output]));
  const [before, now] = [graph, after].map((each) => interpret(each, { x: sample })[output]!);
  assert.deepEqual(now!.dims, before!.dims);
  now!.data.forEach((value, at) => assert.ok(Math.abs(value - before!.data[at]!) < 2e-6, `element ${at}`));
  return needed(after, output);
}

function needed(graph: Graph, output: Value): string[] {
  const wanted = new Set([output]);
  return graph.nodes
    .toReversed()
    .filter((node) => {
      const used = node.outputs.some((value) => wanted.has(value));
      if (used) node.inputs.forEach((input) => wanted.add(input));
      return used;
    })
    .map(({ op }) => op)
    .reverse();
}
