/**
 * Two LSTMs trained on mails (`train_lstm.py`): one of Keras 3 that reads raw text, one of Keras 2 with hard gates.
 * Their predictions are Keras' own, and relevance goes through them.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { looseText } from '../../../server/dataset/field';
import { f32 } from '../../../server/graph/tensor';
import type { Tensor } from '../../../server/graph/types';
import { createTextEncoder } from '../../../server/input';
import { importModel } from '../../../server/model/import';
import type { Model } from '../../../server/model/types';
import { compileProgram } from '../../../server/program/compile';
import { names } from '../../../server/program/types';
import { runGraph } from '../onnx/run';

interface Reference {
  readonly texts: readonly string[];
  readonly ids: readonly (readonly number[])[];
  readonly keras: readonly (readonly number[])[];
  readonly h5: readonly (readonly number[])[];
}

const folder = fileURLToPath(new URL('./trained/', import.meta.url));
const reference = JSON.parse(readFileSync(`${folder}lstm.json`, 'utf8')) as Reference;
const scratch = mkdtempSync(join(tmpdir(), 'trained-'));
after(() => rmSync(scratch, { recursive: true }));

type Feeds = Readonly<Record<string, Tensor>>;

async function check(model: Model, feeds: readonly Feeds[], wanted: readonly (readonly number[])[]): Promise<void> {
  assert.equal(feeds.length, wanted.length);
  for (const [at, feed] of feeds.entries()) {
    const found = (await runGraph(model.graph, feed))[model.outputs[0] ?? '']?.data as Float32Array;
    const error = Math.max(...(wanted[at] ?? [NaN]).map((value, place) => Math.abs(value - (found[place] ?? NaN))));
    assert.ok(error < 1e-6, `sample ${at} is off by ${error}`);
  }
}

/** LRP goes through. */
async function explained(model: Model, feeds: Feeds): Promise<void> {
  const [entry] = model.entries;
  assert.equal(entry?.kind, 'embedding');
  const options = { rule: { rule: 'epsilon', epsilon: 1e-6, bias: 'redistribute' }, recurrentEpsilon: 1e-6 };
  const entries = await runGraph(compileProgram(model, { kind: 'entries', head: 'linear', rules: 'lrp' }).graph, feeds);
  const program = compileProgram(model, { kind: 'relevance', head: 'linear', rules: 'lrp', options });
  const results = await runGraph(program.graph, { ...feeds, ...entries, [names.seed]: f32([-1, 1], [1, 2]) });
  const relevance = results[names.relevance(entry.value)]?.data as Float32Array;
  assert.ok(relevance.every(Number.isFinite));
  assert.ok(relevance.some((value) => Math.abs(value) > 1e-3));
}

test('Keras 3, raw text to prediction', async () => {
  const model = await importModel(`${folder}lstm.keras`);
  const [text] = model.texts ?? [];
  assert.ok(text !== undefined);
  const files = { read: () => Promise.reject(new Error('no file')) };
  const encoder = await createTextEncoder({ kind: 'text' }, model.inputs, files, { vectorization: text });
  const feeds = await Promise.all(reference.texts.map(async (text) => (await encoder.encode(looseText(text))).feeds));
  await check(model, feeds, reference.keras);
  await explained(model, feeds[0] ?? {});
});

test('Keras 2 with hard gates', async () => {
  const path = join(scratch, 'lstm.h5');
  writeFileSync(path, gunzipSync(readFileSync(`${folder}lstm.h5.gz`)));
  const model = await importModel(path);
  const feeds = reference.ids.map((ids): Feeds => {
    const data = Int32Array.from(ids);
    return { ids: { dtype: 'int32', dims: [1, ids.length], data } };
  });
  await check(model, feeds, reference.h5);
  await explained(model, feeds[0] ?? {});
});
