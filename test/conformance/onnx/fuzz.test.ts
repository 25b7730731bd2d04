/** Real exports with bytes changed: an error made for people, or a model; never a hang or another error. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { UserError } from '../../../server/errors';
import { importModel } from '../../../server/model/import';
import { processorTime } from '../../support/processor-time';

const models = fileURLToPath(new URL('./models/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
after(() => rmSync(folder, { recursive: true }));

const names = [
  'class-token.script',
  'lstm-both.dynamo',
  'residual.qdq',
  'logistic-three-zipmap',
  'forest',
  'gru.script',
];
const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 });

for (const name of names) {
  const original = readFileSync(`${models}${name}.onnx`);
  test(`${name} with changed bytes`, async () => {
    await fc.assert(
      fc.asyncProperty(edits, async (changes) => {
        const bytes = Uint8Array.from(original);
        // Names and numbers are spread over the first part of a file; weights fill the rest.
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const path = join(folder, 'm.onnx');
        writeFileSync(path, bytes);
        const began = processorTime();
        await importModel(path).catch((error: unknown) => {
          assert.ok(error instanceof UserError, String(error));
          // A defect of ours would show as one of these in the message.
          assert.doesNotMatch(error.message, /undefined|is not a function|Cannot read|call stack/);
        });
        assert.ok(processorTime() - began < 5000, 'took too long');
      }),
      { numRuns: 150 },
    );
  });
}
