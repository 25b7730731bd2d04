/** Models for tests of the compiler, built node by node, and the central differences of their score. */
import { GraphBuilder } from '../../../server/graph/builder';
import { BATCH } from '../../../server/graph/types';
import type { Dim, Graph, Value } from '../../../server/graph/types';
import type { EntryPoint, Model, ModelOutput } from '../../../server/model/types';
import { names } from '../../../server/program/types';
import type { Program } from '../../../server/program/types';
import { array, interpret } from './index';
import type { Array64 } from './index';

export interface ModelParts {
  readonly b: GraphBuilder;
  readonly entries: readonly Value[];
  readonly logits: Value;
  readonly output?: Partial<ModelOutput>;
}

/** A Model whose entries are graph inputs (or values) of the builder. */
export function modelOf({ b, entries, logits, output }: ModelParts): Model {
  const graph = b.build([logits], { inputs: false });
  const type = b.type(logits) ?? { dtype: 'float32', shape: [BATCH, 'classes'] };
  const classes = type.shape?.at(-1);
  return {
    graph,
    inputs: graph.inputs.map((name) => ({ name, type: b.type(name)! })),
    outputs: [logits],
    output: {
      logits,
      type,
      activation: 'none',
      onlyProbabilities: false,
      output: logits,
      single: false,
      classes: typeof classes === 'number' ? classes : null,
      labels: null,
      positions: (type.shape?.length ?? 2) > 2,
      ...output,
    },
    entries: entries.map((value): EntryPoint => ({ input: value, value, type: b.type(value)!, kind: 'identity' })),
    hash: 'test',
    bytes: 0,
    notes: [],
    batchable: true,
  };
}

/** A builder with float inputs of the given sizes. */
export function inputs(sizes: Readonly<Record<Value, readonly Dim[]>>): GraphBuilder {
  const b = new GraphBuilder('model');
  for (const [name, dims] of Object.entries(sizes)) b.input(name, 'float32', dims);
  return b;
}

type Feeds = Readonly<Record<Value, Array64>>;

/** How many logits a forward Program has per sample, from the nodes that need no seed. */
export function countLogits(forward: Program, feeds: Feeds): number {
  const after = new Set<Value>([names.seed]);
  const nodes = forward.graph.nodes.filter((node) => {
    const depends = node.inputs.some((input) => after.has(input));
    if (depends) node.outputs.forEach((output) => after.add(output));
    return !depends;
  });
  const logits = interpret({ ...forward.graph, nodes }, feeds)[names.logits]!;
  return logits.data.length / logits.dims[0]!;
}

/** ∂score/∂feed by central differences in float64; `graph` has an output `score` of one element. */
export function centralDifferences(graph: Graph, feeds: Feeds, wanted: Value, step = 1e-5): Float64Array {
  const point = feeds[wanted]!;
  const scoreAt = (at: number, delta: number): number => {
    const data = Float64Array.from(point.data);
    data[at]! += delta;
    const moved = array(point.dims, data, point.dtype);
    return interpret(graph, { ...feeds, [wanted]: moved })[names.score]!.data.reduce((sum, value) => sum + value, 0);
  };
  return point.data.map((_, at) => (scoreAt(at, step) - scoreAt(at, -step)) / (2 * step));
}

/** Largest difference of two arrays relative to the largest number of the second; NaN counts as infinite. */
export function worst(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let [error, scale] = [0, 1e-12];
  for (let at = 0; at < expected.length; at += 1) {
    error = Math.max(error, Math.abs(actual[at]! - expected[at]!));
    scale = Math.max(scale, Math.abs(expected[at]!));
    if (!Number.isFinite(actual[at]!)) return Infinity;
  }
  return error / scale;
}
