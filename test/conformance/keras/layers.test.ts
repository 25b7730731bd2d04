/** Every layer, in `.keras` and `.h5` files of Keras 3 and Keras 2, against what Keras computed (`make_models.py`). */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { f32, sizeOf } from '../../../server/graph/tensor';
import type { Tensor } from '../../../server/graph/types';
import { formatOf } from '../../../server/model/formats';
import { canonicalGraph } from '../../../server/model/import';
import { runGraph } from '../onnx/run';

const folder = fileURLToPath(new URL('./models/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'keras-'));
after(() => rmSync(scratch, { recursive: true }));

interface Listed {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}
interface Reference {
  readonly inputs: Readonly<Record<string, Listed>>;
  readonly outputs: readonly Listed[];
}

/** The plain file; HDF5 is kept gzipped. */
function unpacked(name: string): string {
  if (!name.endsWith('.gz')) return join(folder, name);
  const path = join(scratch, name.slice(0, -3));
  writeFileSync(path, gunzipSync(readFileSync(join(folder, name))));
  return path;
}

for (const name of readdirSync(folder).filter((file) => !file.endsWith('.json')))
  test(name, async () => {
    const reference = JSON.parse(readFileSync(join(folder, `${name.split('.')[0] ?? ''}.json`), 'utf8')) as Reference;
    const path = unpacked(name);
    const graph = canonicalGraph(await formatOf(path).read(path));
    const feeds = Object.fromEntries(
      graph.inputs.map((input): [string, Tensor] => {
        const { dims, data } = reference.inputs[input] as Listed;
        const dtype = graph.types.get(input)?.dtype;
        if (dtype === 'string') return [input, { dtype, dims, data: data.map(String) }];
        if (dtype === 'bool') return [input, { dtype, dims, data: Uint8Array.from(data) }];
        const isIds = dtype === 'int32';
        return [input, isIds ? { dtype: 'int32', dims, data: Int32Array.from(data) } : f32(data, dims)];
      }),
    );
    const results = await runGraph(graph, feeds);
    const wrong: string[] = [];
    reference.outputs.forEach(({ dims, data }, index) => {
      const output = results[graph.outputs[index] ?? ''];
      const declared = graph.types.get(graph.outputs[index] ?? '')?.shape;
      if (output?.dims.join() !== dims.join() || sizeOf(dims) !== data.length) {
        wrong.push(`${index}: [${output?.dims.join() ?? ''}] instead of [${dims.join()}]`);
        return;
      }
      if (
        declared?.length !== dims.length ||
        declared.some((dim, axis) => typeof dim === 'number' && dim !== dims[axis])
      )
        wrong.push(`${index}: declared as [${declared?.join() ?? ''}]`);
      const largest = Math.max(1, ...data.map(Math.abs));
      const error = Math.max(...data.map((value, at) => Math.abs(value - (output.data[at] as number)))) / largest;
      if (!(error < 1e-5)) wrong.push(`${index}: off by ${error}`);
    });
    assert.deepEqual(wrong, []);
    assert.equal(graph.outputs.length, reference.outputs.length);
  });
