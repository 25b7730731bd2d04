/** SavedModels of TensorFlow 2, whose variables are captured by functions, against TensorFlow (`saved_model.py`). */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import { UserError } from '../../../server/errors';
import { f32 } from '../../../server/graph/tensor';
import { importModel } from '../../../server/model/import';
import { inspectFile } from '../../../server/model/open';
import { crc32c } from '../../../server/model/savedmodel/checksum';
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

// `crc32c` of RFC 3720, B.4; TensorFlow's mask of it is in the files that it wrote.
test('sums of known bytes', () => {
  assert.equal(crc32c(new TextEncoder().encode('123456789')), 0xe3069283);
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, at) => at)), 0x46dd794e);
});

test('a bit that is another one is an error, in the weights and in their index', async () => {
  const scratch = unpacked('keras2');
  try {
    const names = readdirSync(join(scratch, 'variables'));
    const flipped = async (ending: RegExp, at: number): Promise<unknown> => {
      const path = join(scratch, 'variables', names.find((name) => ending.test(name)) ?? '');
      const bytes = readFileSync(path);
      writeFileSync(
        path,
        bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)),
      );
      try {
        return await importModel(join(scratch, 'saved_model.pb')).catch((error: unknown) => error);
      } finally {
        writeFileSync(path, bytes);
      }
    };
    for (const [ending, says] of [
      [/\.data-/, /^The variable \S+ is damaged: its checksum is another one\.$/],
      [/\.index$/, /^The index of the variables is damaged or cut off\.$/],
    ] as const) {
      const error = await flipped(ending, 60);
      assert.ok(error instanceof UserError, String(error));
      assert.match(error.what, says);
      assert.ok(error.next !== undefined && error.where !== undefined);
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
});

test('the folder in place of its file', () => {
  const scratch = unpacked('keras3');
  try {
    assert.throws(
      () => inspectFile(scratch),
      (error: unknown) => error instanceof UserError && error.next === 'Name the saved_model.pb in it.',
    );
  } finally {
    rmSync(scratch, { recursive: true });
  }
});
