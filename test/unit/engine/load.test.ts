/** Programs that a rewrite of ONNX Runtime fails on are loaded without rewrites. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InferenceSession } from 'onnxruntime-node';
import type { Ort } from '../../../server/engine/onnxruntime/library';
import { loadGraph, sessionOptions } from '../../../server/engine/onnxruntime/load';
import { BATCH } from '../../../server/graph/types';
import { inputs } from '../../support/interpreter/models';

/** A library that cannot load programs at all levels but `disabled`. */
function failing(message: string): { readonly ort: Ort; readonly levels: unknown[] } {
  const levels: unknown[] = [];
  const create = (_bytes: Uint8Array, { graphOptimizationLevel }: InferenceSession.SessionOptions) => {
    levels.push(graphOptimizationLevel);
    return graphOptimizationLevel === 'disabled'
      ? Promise.resolve({ release: () => Promise.resolve() })
      : Promise.reject(new Error(message));
  };
  return { ort: { InferenceSession: { create } } as unknown as Ort, levels };
}

const graph = (() => {
  const b = inputs({ x: [BATCH, 2] });
  return b.build([b.op('Relu', ['x'])]);
})();
const load = (ort: Ort) =>
  loadGraph(ort, graph, 'key', (folder) => sessionOptions({ threads: 1 }, folder, 'all', graph));

test('a value that a rewrite lost: loaded as it is', async () => {
  const { ort, levels } = failing(
    'Exception during initialization: core/graph/graph_utils.cc:30 int onnxruntime::graph_utils::GetIndexFromName(…)',
  );
  (await load(ort)).release();
  assert.deepEqual(levels, ['all', 'disabled']);
});

test('other errors are not tried again', async () => {
  const { ort, levels } = failing('Node (n) Op (MatMul) [ShapeInferenceError] Incompatible dimensions');
  await assert.rejects(load(ort), { code: 'compile-failed' });
  assert.deepEqual(levels, ['all']);
});
