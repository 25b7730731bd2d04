/** Runs a Program in ONNX Runtime as the file that `export` writes. */
import * as ort from 'onnxruntime-node';
import { writeOnnx } from '../../../server/graph/onnx/write';
import type { Tensor, Value } from '../../../server/graph/types';
import type { Program } from '../../../server/program/types';
import { array } from './array';
import type { Array64 } from './array';

/** Feeds of float64 numbers or tensors; float inputs are fed as float32. */
export async function runInEngine(
  program: Program,
  feeds: Readonly<Record<Value, Array64 | Tensor>>,
): Promise<Record<Value, Array64>> {
  const session = await ort.InferenceSession.create(writeOnnx(program.graph), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const own: Record<string, ort.Tensor> = {};
  for (const name of session.inputNames) own[name] = toOrt(feeds[name]!);
  const results = await session.run(own);
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, tensor]) => [
      name,
      array(tensor.dims, Array.from(tensor.data as Float32Array, Number)),
    ]),
  );
}

function toOrt(tensor: Array64 | Tensor): ort.Tensor {
  const numbers = Array.from(tensor.data as ArrayLike<number | bigint>, Number);
  if (tensor.dtype === 'int64') return new ort.Tensor('int64', BigInt64Array.from(numbers, BigInt), tensor.dims);
  if (tensor.dtype === 'int32') return new ort.Tensor('int32', Int32Array.from(numbers), tensor.dims);
  return new ort.Tensor('float32', Float32Array.from(numbers), tensor.dims);
}
