/** Files of Keras and TensorFlow with bytes changed or cut off: an error made for people, or a model; never a hang. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { unzipSync, zipSync } from 'fflate';
import { UserError } from '../../../server/errors';
import { importModel } from '../../../server/model/import';
import { processorTime } from '../../support/processor-time';

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
interface Edit {
  readonly changes: readonly (readonly [at: number, value: number])[];
  /** The part of the file that is left. */
  readonly cut: number | null;
}
const edits: fc.Arbitrary<Edit> = fc.record({
  changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
  // Three of four files keep their length.
  cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 3 }),
});

function damaged(original: Uint8Array, { changes, cut }: Edit): Uint8Array {
  const bytes = Uint8Array.from(original.subarray(0, cut === null ? original.length : cut * original.length));
  for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
  return bytes;
}

/** The weights of an archive whose checksums hold: what comes after those has to be careful too. */
function damagedInside(archive: Uint8Array, edit: Edit): Uint8Array {
  const weights = 'model.weights.h5';
  const parts = unzipSync(archive);
  return zipSync({ ...parts, [weights]: damaged(parts[weights] ?? new Uint8Array(0), edit) }, { level: 0 });
}

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
      fc.asyncProperty(edits, fc.boolean(), async (edit, inside) => {
        const within = inside && name.endsWith('.keras');
        writeFileSync(path, within ? damagedInside(original, edit) : damaged(original, edit));
        const began = processorTime();
        await importModel(modelOf(path)).catch((error: unknown) => {
          assert.ok(error instanceof UserError, String(error));
          assert.ok(error.next !== undefined && error.where !== undefined, error.message);
          // A defect of ours would show as one of these in the message.
          assert.doesNotMatch(
            error.message,
            /undefined|is not a function|Cannot read|call stack|not iterable|DIAG|\.c line/,
          );
        });
        assert.ok(processorTime() - began < 10_000, 'took too long');
      }),
      { numRuns: 25 },
    );
    writeFileSync(path, original);
  });
}

/** Values that no configuration has, in place of one that it has. */
const odd = ['null', '-1', '0', '1e300', '"x"', '[]', '{}', '[1e9,1e9]', 'true', '[[],[null]]', '{"class_name":"X"}'];

function replaced(text: string, place: number, value: number): string {
  const keys = Array.from(text.matchAll(/"\w+":\s*/g));
  const key = keys[place % keys.length];
  if (key === undefined) return text;
  const at = key.index + key[0].length;
  // What was there goes to a name that nobody reads.
  return `${text.slice(0, at)}${odd[value % odd.length] ?? ''},"_":${text.slice(at)}`;
}

for (const name of [
  'keras3-further',
  'keras2-further',
  'keras3-masks',
  'keras2-film',
  'keras3-categories',
  'keras3-attention',
])
  test(`${name}, configured strangely`, async () => {
    const archive = unzipSync(readFileSync(join(here, `models/${name}.keras`)));
    const config = Buffer.from(archive['config.json'] ?? []).toString();
    const path = join(folder, 'strange.keras');
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), async (place, value) => {
        const changed = Buffer.from(replaced(config, place, value));
        writeFileSync(path, zipSync({ ...archive, 'config.json': changed }, { level: 0 }));
        const began = processorTime();
        await importModel(path).catch((error: unknown) => {
          assert.ok(error instanceof UserError, String(error));
          assert.doesNotMatch(
            error.message,
            /undefined|is not a function|Cannot |call stack|not iterable|cannot be read: |Invalid|\[object/,
          );
        });
        assert.ok(processorTime() - began < 10_000, 'took too long');
      }),
      { numRuns: 25 },
    );
  });

/** The first value of a key replaced. */
function configured(name: string, key: string, value: string): string {
  const archive = unzipSync(readFileSync(join(here, `models/${name}.keras`)));
  const config = Buffer.from(archive['config.json'] ?? []).toString();
  const changed = config.replace(new RegExp(`"${key}":\\s*(\\[[^\\]]*\\]|[^,}]+)`), `"${key}": ${value}`);
  assert.notEqual(changed, config);
  const path = join(folder, 'configured.keras');
  writeFileSync(path, zipSync({ ...archive, 'config.json': Buffer.from(changed) }, { level: 0 }));
  return path;
}

test('sizes that no memory has: nothing is laid out for them', async () => {
  await assert.rejects(
    importModel(configured('keras3-attention', 'num_heads', '1000000000')),
    /query\/kernel is .* wants \[any, 1000000000, \d+\]/,
  );
  await importModel(configured('keras3-attention', 'batch_shape', '[1000000000, 1000000000]')).catch((error: unknown) =>
    assert.ok(error instanceof UserError, String(error)),
  );
});

test('steps of 0 are refused by their name', async () => {
  await assert.rejects(importModel(configured('keras2-film', 'strides', '[0, 0]')), (error) => {
    assert.ok(error instanceof UserError && error.message.includes('strides'), String(error));
    return true;
  });
});
