import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEngine } from '../../../server/engine';
import { bareGraph } from '../../../server/engine/onnxruntime/bare';
import type { UserError } from '../../../server/errors';
import { GraphBuilder } from '../../../server/graph/builder';
import { f32 } from '../../../server/graph/tensor';
import type { Graph } from '../../../server/graph/types';
import type { Program } from '../../../server/program/types';

/** y = |x| · 2, and the same again as a loop over rows: its body reads a value of the graph around it. */
function looped(): Graph {
  const b = new GraphBuilder('looped');
  const x = b.input('x', 'float32', ['batch', 3]);
  const doubled = b.op('Mul', [b.op('Abs', [x]), b.scalar(2)]);
  const factor = b.op('ReduceMax', [doubled], { keepdims: { type: 'int', value: 0 } });
  const body = new GraphBuilder('body', {
    name: '',
    inputs: [],
    outputs: [],
    nodes: [],
    constants: new Map(),
    types: new Map([[factor, { dtype: 'float32', shape: [] }]]),
  });
  const row = body.input('row', 'float32', [3]);
  const scaled = body.op('Mul', [row, factor], {}, 'row_times');
  const scan = b.op('Scan', [doubled], {
    num_scan_inputs: { type: 'int', value: 1 },
    body: { type: 'graph', value: body.build([body.rename(scaled, 'scaled')]) },
  });
  return b.build([b.rename(doubled, 'y'), b.rename(scan, 'z')]);
}

const program = (graph: Graph, derivesWeights: boolean): Program => ({
  graph,
  key: `bare ${String(derivesWeights)}`,
  spec: { kind: 'forward', head: 'linear', rules: 'gradient' },
  trace: [],
  twins: [],
  derivesWeights,
});

test('A bare graph keeps inputs, outputs, nodes, and what subgraphs read', () => {
  const graph = looped();
  const bare = bareGraph(graph);
  assert.deepEqual([bare.inputs, bare.outputs], [graph.inputs, graph.outputs]);
  assert.deepEqual(
    bare.nodes.map(({ name, op }) => [name, op]),
    graph.nodes.map(({ name, op }) => [name, op]),
  );
  assert.ok([...bare.types.values()].every(({ shape }) => shape === undefined));
  const made = new Set(bare.nodes.flatMap((node) => node.outputs));
  assert.ok(made.has(graph.nodes.find((node) => node.op === 'ReduceMax')?.outputs[0] ?? ''));
});

test('Programs that derive weights give the same numbers, loaded bare', async () => {
  const engine = await openEngine('onnxruntime/cpu', { threads: 1 });
  const x = f32([1, -2, 3, 0, 5, -6], [2, 3]);
  for (const derives of [false, true]) {
    const executable = await engine.compile(program(looped(), derives));
    const { y, z } = await executable.run({ x });
    assert.deepEqual([...(y?.data as Float32Array)], [2, 4, 6, 0, 10, 12]);
    assert.deepEqual([...(z?.data as Float32Array)], [24, 48, 72, 0, 120, 144]);
    await assert.rejects(
      executable.run({ x: f32([1, 2], [1, 2]) }),
      (error: UserError) =>
        error.code === 'wrong-shape' && error.message.includes('[1, 2] where the model expects [batch, 3]'),
    );
    executable.dispose();
  }
});
