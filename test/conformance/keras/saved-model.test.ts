/** SavedModels of TensorFlow 2, whose variables are captured by functions, against TensorFlow (`saved_model.py`). */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import { f32 } from '../../../server/graph/tensor';
import { importModel } from '../../../server/model/import';
import { runGraph } from '../onnx/run';

const folder = fileURLToPath(new URL('./saved/', import.meta.url));
const references = JSON.parse(readFileSync(join(folder, 'references.json'), 'utf8')) as Readonly<
  Record<string, { readonly input: readonly number[]; readonly output: readonly number[] }>
>;

function unpacked(name: string): string {
  const scratch = mkdtempSync(join(tmpdir(), 'saved-'));
  for (const [file, bytes] of Object.entries(unzipSync(readFileSync(join(folder, `${name}.zip`))))) {
    mkdirSync(dirname(join(scratch, file)), { recursive: true });
    writeFileSync(join(scratch, file), bytes);
  }
  return scratch;
}

for (const [name, { input, output }] of Object.entries(references))
  test(name, async () => {
    const scratch = unpacked(name);
    try {
      const model = await importModel(join(scratch, 'saved_model.pb'));
      assert.equal(model.output.activation, 'softmax');
      assert.equal(model.dataFiles?.length, 2);
      const [feed = ''] = model.graph.inputs;
      const results = await runGraph(model.graph, { [feed]: f32(input, [1, 9, 8, 3]) });
      const found = results[model.outputs[0] ?? '']?.data as Float32Array;
      output.forEach((value, at) => assert.ok(Math.abs(value - (found[at] ?? NaN)) < 1e-6, `${found[at] ?? NaN}`));
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });

test('which of several signatures is read is said where none is serving_default', async () => {
  const scratch = unpacked('keras3');
  try {
    const path = join(scratch, 'saved_model.pb');
    const read = async (): Promise<string> => (await importModel(path)).notes.join();
    assert.doesNotMatch(await read(), /signature/);
    const bytes = readFileSync(path, 'latin1').replaceAll('serving_default', 'serving_another');
    writeFileSync(path, bytes, 'latin1');
    assert.match(await read(), /no signature serving_default: serve is read, beside serving_another\./);
  } finally {
    rmSync(scratch, { recursive: true });
  }
});
