/**
 * Resident memory over many explanations in a row, on one engine:
 *
 *     npx tsx test/bench/growth.ts tensorflow/wasm [1000]
 */
import { fileURLToPath } from 'node:url';
import { localCompute } from '../../server/compute/local';
import { f32 } from '../../server/graph/tensor';

const [engine = 'tensorflow/wasm', count = '1000'] = process.argv.slice(2);
const path = fileURLToPath(new URL('../conformance/zennit/mobilenet.onnx', import.meta.url));
const dims = [1, 3, 12, 12];
const compute = localCompute({ threads: 1 });
for (let run = 0; run <= Number(count); run += 1) {
  const image = f32(
    Float32Array.from({ length: 432 }, (_, at) => Math.sin(at + run)),
    dims,
  );
  await compute.attribute({
    model: { path, engine },
    labels: [],
    method: 'gradient-x-input',
    target: { kind: 'class', class: 0 },
    sample: {
      feeds: { image },
      count: 432,
      featureOf: { image: Int32Array.from({ length: 432 }, (_, at) => at) },
      fixed: new Set(),
      grid: null,
    },
    baseline: { id: 'zero', label: '0', kind: 'feeds', feeds: [{ image: f32(new Float32Array(432), dims) }] },
    parameters: {},
  });
  if (run % Math.ceil(Number(count) / 10) === 0)
    console.log(`${engine}: after ${run}: ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`);
}
