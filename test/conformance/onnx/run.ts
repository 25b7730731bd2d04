/** Runs a Graph in stock ONNX Runtime, for tests. */
import assert from 'node:assert/strict';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { writeOnnx } from '../../../server/graph/onnx/write';
import type { WriteOptions } from '../../../server/graph/onnx/write';
import type { Graph, Tensor } from '../../../server/graph/types';

/** Outputs by name; values that are not tensors are left out. */
export async function runGraph(
  graph: Graph,
  feeds: Readonly<Record<string, Tensor>>,
  options: WriteOptions = {},
): Promise<Record<string, Tensor>> {
  return runFile(writeOnnx(graph, options), feeds);
}

/** The same for the bytes of a model file, as they are. */
export async function runFile(
  model: Uint8Array,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Tensor>> {
  const session = await InferenceSession.create(model, {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  try {
    const given = Object.fromEntries(
      Object.entries(feeds).map(([name, { dtype, data, dims }]) => [
        name,
        new OrtTensor(dtype as 'float32', data as Float32Array, [...dims]),
      ]),
    );
    const results = await session.run(given);
    return Object.fromEntries(
      Object.entries(results).map(([name, { type, dims, data }]) => [
        name,
        { dtype: type as 'float32', dims, data: data as Float32Array },
      ]),
    );
  } finally {
    await session.release();
  }
}

/** |actual − expected| ≤ absolute + relative·|expected|, element by element; exact for integers and strings. */
export function assertClose(actual: Tensor | undefined, expected: Tensor, relative = 1e-3, absolute = 1e-5): void {
  assert.ok(actual !== undefined, 'no such output');
  assert.deepEqual(actual.dims, expected.dims);
  const float = expected.dtype.startsWith('float');
  for (let index = 0; index < expected.data.length; index += 1) {
    const found = actual.data[index] as number;
    const wanted = expected.data[index] as number;
    if (!float) assert.equal(String(found), String(wanted), `element ${index}`);
    else {
      const [x, y] = [found, wanted];
      const close =
        Object.is(x, y) || Math.abs(x - y) <= absolute + relative * Math.abs(y) || (Number.isNaN(x) && Number.isNaN(y));
      assert.ok(close, `element ${index}: ${x} instead of ${y}`);
    }
  }
}
