/** Models that split their text themselves, against Keras (`text_models.py`): tokens, places in the text, outputs. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readSample } from '../../../server/dataset';
import { looseText } from '../../../server/dataset/field';
import { localCompute } from '../../../server/compute/local';
import { createTableEncoder, createTextEncoder } from '../../../server/input';
import type { TextInputEncoder } from '../../../server/input';
import { importModel } from '../../../server/model/import';
import type { Model } from '../../../server/model/types';
import { createServices } from '../../../server/services';
import type { ColumnConfig } from '../../../server/workspace/types';
import { memoryFiles } from '../../unit/dataset/support';
import { runGraph } from '../onnx/run';

interface Reference {
  readonly texts: readonly string[];
  readonly models: Readonly<
    Record<string, { readonly tokens: readonly (readonly number[])[] | null; readonly outputs: readonly number[][] }>
  >;
}

const folder = fileURLToPath(new URL('./text/', import.meta.url));
const { texts, models } = JSON.parse(readFileSync(`${folder}text.json`, 'utf8')) as Reference;
const files = { read: () => Promise.reject(new Error('no file')) };

async function opened(name: string): Promise<{ readonly model: Model; readonly encoder: TextInputEncoder }> {
  const model = await importModel(`${folder}${name}.keras`);
  const [text] = model.texts ?? [];
  assert.ok(text !== undefined);
  return { model, encoder: await createTextEncoder({ kind: 'text' }, model.inputs, files, { vectorization: text }) };
}

for (const [name, { tokens, outputs }] of Object.entries(models))
  test(name, async () => {
    const { model, encoder } = await opened(name);
    const [input = ''] = model.graph.inputs;
    for (const [at, text] of texts.entries()) {
      const { feeds } = await encoder.encode(looseText(text));
      const ids = Array.from(feeds[input]?.data as BigInt64Array, Number);
      // Keras fills up to the longest text of its batch.
      if (tokens !== null) assert.deepEqual(ids, (tokens[at] ?? []).slice(0, ids.length), text);
      if (tokens !== null) assert.ok((tokens[at] ?? []).slice(ids.length).every((id) => id === 0));
      const found = (await runGraph(model.graph, feeds))[model.graph.outputs[0] ?? '']?.data as Float32Array;
      (outputs[at] ?? []).forEach((wanted, index) =>
        assert.ok(Math.abs((found[index] ?? NaN) - wanted) < 1e-5, `${text}: ${found[index]} instead of ${wanted}`),
      );
    }
  });

async function slices(name: string, text: string): Promise<readonly string[]> {
  const { features } = await (await opened(name)).encoder.encode(looseText(text));
  assert.ok(features.kind === 'tokens');
  return features.tokens.map((token) => token.text);
}

test('every token has its characters, with what was taken out of it', async () => {
  assert.deepEqual(await slices('keras3-int', texts[0] ?? ''), ['Free', 'MONEY', 'now', 'click', "Don't", 'wait']);
  assert.deepEqual(await slices('keras3-multi_hot', '(a) "b-c", --'), ['a', 'b-c']);
  assert.deepEqual(await slices('keras3-ngrams', 'one, two three'), [
    ...['one', 'two', 'three', 'one, two', 'two three'],
  ]);
  assert.deepEqual(await slices('keras3-character', 'aé\u{1F600}'), ['a', 'é', '\u{1F600}']);
});

test('that the model splits its text stands on its card, and is no warning of an explanation', async () => {
  assert.deepEqual((await opened('keras3-int')).model.notes, []);
  const services = createServices({ folders: [folder], compute: localCompute() });
  const { notes } = await services.card({ model: `${folder}keras3-int.keras` });
  assert.match(notes.join(), /^Text is split as the model says \(\d+ words\)/);
});

const beside = JSON.parse(readFileSync(`${folder}beside.json`, 'utf8')) as {
  readonly numbers: readonly (readonly number[])[];
  readonly models: Readonly<Record<string, readonly (readonly number[])[]>>;
};
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const rows = beside.numbers.map((numbers, at) => [quoted(texts[at] ?? ''), ...numbers].join(','));
const table = memoryFiles({ 'mem:/rows.csv': ['message,a,b', ...rows].join('\n') });

for (const [name, wanted] of Object.entries(beside.models))
  test(`a text beside numbers: ${name}`, async () => {
    const model = await importModel(`${folder}${name}.keras`);
    const columns: readonly ColumnConfig[] = [
      { name: 'message', type: 'text' },
      ...['a', 'b'].map((column): ColumnConfig => ({ name: column, type: 'number' })),
    ];
    const encoder = createTableEncoder({ kind: 'table', columns }, model.inputs, { texts: model.texts ?? [] });
    for (const [at, logits] of wanted.entries()) {
      const sample = await readSample({ kind: 'record', uri: 'mem:/rows.csv', record: at + 1 }, table);
      assert.ok(sample.kind === 'record');
      const { feeds } = encoder.encode(sample);
      const found = (await runGraph(model.graph, feeds))[model.graph.outputs[0] ?? '']?.data as Float32Array;
      assert.equal(found.length, logits.length);
      logits.forEach((logit, index) =>
        assert.ok(Math.abs((found[index] ?? NaN) - logit) < 1e-5, `row ${at}: ${found.join()} not ${logits.join()}`),
      );
    }
  });
