/**
 * SavedModels that split their text or look words up in their graph, as Keras exports them, against Keras
 * (`text_saved.py`): the encoder splits instead, and gives the same numbers.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import { looseText } from '../../../server/dataset/field';
import { UserError } from '../../../server/errors';
import { f32 } from '../../../server/graph/tensor';
import type { Tensor } from '../../../server/graph/types';
import { createTextEncoder } from '../../../server/input';
import { importModel } from '../../../server/model/import';
import { canDifferentiate } from '../../../server/program/compile';
import { runGraph } from '../onnx/run';

type Rows = readonly (readonly number[])[];
interface Reference {
  readonly texts: readonly string[];
  readonly people: readonly (readonly [string, number])[];
  readonly models: Readonly<Record<string, Rows>>;
  readonly tables: Readonly<Record<string, Rows>>;
}

const folder = fileURLToPath(new URL('./text-saved/', import.meta.url));
const reference = JSON.parse(readFileSync(join(folder, 'saved.json'), 'utf8')) as Reference;
const scratch = mkdtempSync(join(tmpdir(), 'text-saved-'));
after(() => rmSync(scratch, { recursive: true }));

/** @param change Made to the graph's bytes: names in them keep their length. */
function unpacked(name: string, change: (bytes: Buffer) => Buffer = (bytes) => bytes, as = name): string {
  for (const [file, bytes] of Object.entries(unzipSync(readFileSync(join(folder, `${name}.zip`))))) {
    mkdirSync(dirname(join(scratch, as, file)), { recursive: true });
    writeFileSync(join(scratch, as, file), file === 'saved_model.pb' ? change(Buffer.from(bytes)) : bytes);
  }
  return join(scratch, as, 'saved_model.pb');
}

function near(found: Tensor | undefined, wanted: readonly number[] | undefined): void {
  assert.equal(found?.data.length, wanted?.length);
  wanted?.forEach((value, at) => assert.ok(Math.abs(Number(found?.data[at]) - value) < 1e-5, `${found?.data[at]}`));
}

const files = { read: () => Promise.reject(new Error('no file')) };

for (const [name, outputs] of Object.entries(reference.models))
  test(name, async () => {
    const model = await importModel(unpacked(name));
    const [text] = model.texts ?? [];
    assert.ok(text !== undefined);
    const encoder = await createTextEncoder({ kind: 'text' }, model.inputs, files, { vectorization: text });
    for (const [at, sample] of reference.texts.entries()) {
      const { feeds } = await encoder.encode(looseText(sample));
      near((await runGraph(model.graph, feeds))[model.graph.outputs[0] ?? ''], outputs[at]);
    }
    // Relevance starts at the rows of the words.
    assert.deepEqual(
      model.entries.map(({ kind }) => kind),
      ['embedding'],
    );
    assert.equal(canDifferentiate(model), null);
  });

for (const [name, outputs] of Object.entries(reference.tables))
  test(name, async () => {
    const model = await importModel(unpacked(name));
    assert.equal(model.texts, undefined);
    for (const [at, [job, age]] of reference.people.entries()) {
      const word: Tensor = { dtype: 'string', dims: [1, 1], data: [job] };
      near(
        (await runGraph(model.graph, { job: word, age: f32([age], [1, 1]) }))[model.graph.outputs[0] ?? ''],
        outputs[at],
      );
    }
  });

test('text that is split in another way is refused, with what to do', () => {
  const other = (bytes: Buffer): Buffer => Buffer.from(bytes.toString('latin1').replaceAll('[!"#$', '[!"#%'), 'latin1');
  return assert.rejects(importModel(unpacked('keras3-int', other, 'other')), (error: unknown) => {
    assert.ok(error instanceof UserError);
    assert.match(
      error.message,
      /works on text in a way that is not read: RaggedTensorToTensor.*Save the Keras model as \.keras/,
    );
    return true;
  });
});
