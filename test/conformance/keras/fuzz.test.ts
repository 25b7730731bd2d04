/** Files of Keras and TensorFlow with bytes changed or cut off: an error made for people, or a model; never a hang. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { unzipSync } from 'fflate';
import { UserError } from '../../../server/errors';
import { importModel } from '../../../server/model/import';

const here = fileURLToPath(new URL('./', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
after(() => rmSync(folder, { recursive: true }));

for (const [file, bytes] of Object.entries(unzipSync(readFileSync(join(here, 'formats/mobile.zip'))))) {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), bytes);
}
for (const name of ['text/keras3-tf_idf', 'models/keras3-masks', 'models/keras3-further']) {
  mkdirSync(join(folder, name), { recursive: true });
  cpSync(join(here, `${name}.keras`), join(folder, name, 'model.keras'));
}

const files = [
  ...['keras2-h5/model.h5', 'keras3-h5/model.h5', 'keras2-keras/model.keras', 'keras3-keras/model.keras'],
  ...['keras2-saved/saved_model.pb', 'keras2-export/variables/variables.index', 'tfjs-layers/model.json'],
  ...['tfjs-graph/model.json', 'tfjs-graph/group1-shard1of1.bin', 'text/keras3-tf_idf/model.keras'],
  ...['models/keras3-masks/model.keras', 'models/keras3-further/model.keras'],
];
const edits = fc.record({
  changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
  // Three of four files keep their length.
  cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 3 }),
});

/** The model that a file belongs to. */
function modelOf(path: string): string {
  if (/saved_model|variables/.test(path)) {
    const at = path.includes('/variables/') ? dirname(dirname(path)) : dirname(path);
    return join(at, 'saved_model.pb');
  }
  const json = join(dirname(path), 'model.json');
  return existsSync(json) ? json : path;
}

for (const name of files) {
  const path = join(folder, name);
  test(`${name}, damaged`, async () => {
    const original = readFileSync(path);
    await fc.assert(
      fc.asyncProperty(edits, async ({ changes, cut }) => {
        const bytes = Uint8Array.from(original.subarray(0, cut === null ? original.length : cut * original.length));
        for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
        writeFileSync(path, bytes);
        const began = performance.now();
        await importModel(modelOf(path)).catch((error: unknown) => {
          assert.ok(error instanceof UserError, String(error));
          assert.ok(error.next !== undefined && error.where !== undefined, error.message);
          // A defect of ours would show as one of these in the message.
          assert.doesNotMatch(error.message, /undefined|is not a function|Cannot read|call stack|not iterable/);
        });
        assert.ok(performance.now() - began < 10_000, 'took too long');
      }),
      { numRuns: 40 },
    );
    writeFileSync(path, original);
  });
}
