/**
 * What stays behind after many explanations in a row, on one engine or through the services (`services`: every sample
 * another one, results kept in 64 KiB):
 *
 *     npx tsx test/bench/growth.ts tensorflow/wasm [1000 [10]]
 *
 * One line of JSON after half as many to warm up, and ten more while they go on. Tests run it too.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { localCompute } from '../../server/compute/local';
import { int } from '../../server/graph/attributes';
import { GraphBuilder } from '../../server/graph/builder';
import { writeOnnx } from '../../server/graph/onnx/write';
import { f32 } from '../../server/graph/tensor';
import { createServices } from '../../server/services';
import { toUri } from '../../server/workspace/uris';
import { alive } from '../support/alive';

type Explain = (run: number) => Promise<unknown>;

/** Gradient × input of a small MobileNet, straight from the compute process's own functions. */
function onEngine(engine: string): Explain {
  const path = fileURLToPath(new URL('../conformance/zennit/mobilenet.onnx', import.meta.url));
  const dims = [1, 3, 12, 12];
  const compute = localCompute({ threads: 1 });
  return (run) =>
    compute.attribute(
      {
        model: { path, engine },
        labels: [],
        method: 'gradient-x-input',
        target: { kind: 'class', class: 0 },
        sample: {
          feeds: {
            image: f32(
              Float32Array.from({ length: 432 }, (_, at) => Math.sin(at + run)),
              dims,
            ),
          },
          count: 432,
          featureOf: { image: Int32Array.from({ length: 432 }, (_, at) => at) },
          fixed: new Set(),
          grid: null,
        },
        baseline: { id: 'zero', label: 'zero', kind: 'feeds', feeds: [{ image: f32(new Float32Array(432), dims) }] },
        parameters: {},
      },
      { signal: new AbortController().signal, progress: () => undefined },
    );
}

/** Integrated gradients of a row of a table, from the file's line to features, one row after the other. */
function throughServices(rows: number): Explain {
  const folder = mkdtempSync(join(tmpdir(), 'model-blame-growth-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const b = new GraphBuilder('table');
  const row = b.input('row', 'float32', ['batch', 3]);
  const logits = b.op('MatMul', [row, b.constant(f32([2, -1, 0, 0, 1, 3], [3, 2]), 'weights')]);
  const graph = b.build([b.rename(b.op('Softmax', [logits], { axis: int(-1) }), 'probabilities')]);
  const write = (name: string, content: string | Uint8Array): void => writeFileSync(join(folder, name), content);
  write('table.onnx', writeOnnx(graph));
  write('table.csv', `a,b,c\n${Array.from({ length: rows }, (_, at) => `${at},${at % 7},1\n`).join('')}`);
  const input = { kind: 'table', columns: ['a', 'b', 'c'].map((name) => ({ name, type: 'number' })) };
  const models = { table: { path: 'table.onnx', input } };
  write('model-blame.json', JSON.stringify({ models, datasets: [{ files: 'table.csv', model: 'table' }] }));
  const compute = localCompute({ threads: 1 });
  const services = createServices({ folders: [folder], compute, cacheBytes: 2 ** 16 });
  return async (run) => {
    const address = { kind: 'line', uri: toUri(join(folder, 'table.csv')), line: 2 + (run % rows) } as const;
    const request = { address, model: null, method: null, target: { kind: 'predicted' }, parameters: {} } as const;
    await services.predict({ address, model: null });
    await services.explain({ ...request, baseline: null });
  };
}

const [what = 'tensorflow/wasm', count = '1000', looks = '10'] = process.argv.slice(2);
const step = Math.ceil(Number(count) / Number(looks));
const warmUp = Math.ceil(Number(count) / 2);
const explain = what === 'services' ? throughServices(warmUp + Number(count)) : onEngine(what);
let done = 0;
for (let look = 0; look <= Number(looks); look += 1) {
  for (const end = warmUp + look * step; done < end; done += 1) await explain(done);
  console.log(JSON.stringify({ after: done, ...(await alive()) }));
}
