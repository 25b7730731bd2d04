/**
 * Texts beside numbers and categories, and unions of vectorizers, as skl2onnx exports them, against scikit-learn itself
 * (`make_columns.py`): scores, what every word and every column adds, every word with its characters in the cell.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { shareOn } from '../../../server/checks/share';
import { localCompute } from '../../../server/compute/local';
import { readSample } from '../../../server/dataset';
import type { RecordSample } from '../../../server/dataset';
import { looseText } from '../../../server/dataset/field';
import type { Feeds } from '../../../server/engine/types';
import { probabilities } from '../../../server/explain/scores';
import { createTableEncoder, createTextEncoder } from '../../../server/input';
import type { TableInputEncoder } from '../../../server/input';
import { importModel } from '../../../server/model/import';
import type { Model } from '../../../server/model/types';
import type { ColumnFeatures } from '../../../server/protocol';
import { rowColumns } from '../../../server/protocol/features';
import type { ColumnConfig } from '../../../server/workspace/types';
import { memoryFiles } from '../../unit/dataset/support';

type Row = Readonly<Record<string, string | number>>;
interface Reference {
  readonly labels: readonly string[];
  readonly library: readonly (readonly number[])[];
  readonly linear?: readonly number[];
  readonly integrated?: readonly number[];
  readonly occlusion?: readonly number[];
  readonly shapley?: readonly number[];
}

const folder = fileURLToPath(new URL('./', import.meta.url));
const reference = JSON.parse(readFileSync(`${folder}columns.json`, 'utf8')) as {
  readonly tests: readonly Row[];
  readonly typical: Readonly<Record<string, number | string>>;
  readonly pieces: readonly (readonly [string, number | null])[];
  readonly rows: Readonly<Record<string, Reference>>;
  readonly heads: {
    readonly text: string;
    readonly labels: readonly (readonly string[])[];
    readonly library: readonly (readonly number[])[];
  };
  readonly texts: Readonly<Record<string, Reference & { readonly texts: readonly string[] }>>;
};
const names = Object.keys(reference.tests[0] ?? {});
const quoted = (cell: unknown): string => `"${String(cell).replaceAll('"', '""')}"`;
const csv = [names, ...reference.tests.map((row) => names.map((name) => row[name]))]
  .map((cells) => cells.map(quoted).join(','))
  .join('\n');
const files = memoryFiles({ 'mem:/rows.csv': csv });
const columns: readonly ColumnConfig[] = [
  { name: 'title', type: 'text' },
  { name: 'body', type: 'text' },
  ...['stars', 'age'].map((name): ColumnConfig => ({ name, type: 'number' })),
  { name: 'shop', type: 'category' },
];
const compute = localCompute();
const source = (name: string) => ({ path: `${folder}models/${name}.onnx`, engine: 'onnxruntime/cpu' });

async function row(record: number): Promise<RecordSample> {
  const sample = await readSample({ kind: 'record', uri: 'mem:/rows.csv', record }, files);
  assert.ok(sample.kind === 'record');
  return sample;
}
const explainedRow = reference.tests.length;

async function opened(name: string): Promise<{ readonly model: Model; readonly encoder: TableInputEncoder }> {
  const model = await importModel(source(name).path);
  const { texts = [] } = model;
  const config = { kind: 'table', columns } as const;
  return { model, encoder: createTableEncoder(config, model.inputs, { texts, typical: reference.typical }) };
}

async function predicted(name: string, { output }: Model, feeds: Feeds): Promise<readonly number[]> {
  const { scores } = await compute.predict({ model: source(name), feeds, labels: [] });
  const sorted = scores.toSorted((a, b) => a.class - b.class);
  const logits = sorted.map(({ logit, probability }) => logit ?? probability ?? NaN);
  return probabilities(logits, output);
}

function near(found: ArrayLike<number>, wanted: readonly number[], tolerance: number, what: string): void {
  assert.equal(found.length, wanted.length, what);
  wanted.forEach((value, index) =>
    assert.ok(
      Math.abs((found[index] ?? NaN) - value) <= tolerance * Math.max(1, Math.abs(value)),
      `${what}: ${Array.from(found).join()} instead of ${wanted.join()}`,
    ),
  );
}

for (const [name, { labels, library }] of Object.entries(reference.rows))
  test(`scores: ${name}`, async () => {
    const { model, encoder } = await opened(name);
    assert.deepEqual(
      model.inputs.map(({ name: input, type }) => `${input} ${type.dtype}`),
      ['title int64', 'body int64', 'stars float32', 'age float32', 'shop string'],
    );
    if (model.output.labels !== null) assert.deepEqual(model.output.labels, labels);
    for (const [index, wanted] of library.entries()) {
      const { feeds } = encoder.encode(await row(index + 1));
      near(await predicted(name, model, feeds), wanted, 2e-6, `${name}, row ${index + 1}`);
    }
  });

for (const [name, { texts, library }] of Object.entries(reference.texts))
  test(`scores: ${name}`, async () => {
    const model = await importModel(source(name).path);
    const [vectorization] = model.texts ?? [];
    assert.ok(vectorization !== undefined);
    const encoder = await createTextEncoder({ kind: 'text' }, model.inputs, files, { vectorization });
    for (const [index, text] of texts.entries()) {
      const { feeds } = await encoder.encode(looseText(text));
      near(await predicted(name, model, feeds), library[index] ?? [], 2e-6, `${name}: ${text}`);
    }
  });

test('several heads: each is an output, by its name', async () => {
  const { text, labels, library } = reference.heads;
  const { path } = source('heads');
  const { outputs } = await importModel(path);
  const heads = outputs.filter((output) => output.startsWith('prob'));
  assert.equal(heads.length, 2);
  for (const [index, output] of heads.entries()) {
    const model = await importModel(path, { output });
    assert.deepEqual(model.output.labels, labels[index]);
    const [vectorization] = model.texts ?? [];
    assert.ok(vectorization !== undefined);
    const encoder = await createTextEncoder({ kind: 'text' }, model.inputs, files, { vectorization });
    const { feeds } = await encoder.encode(looseText(text));
    const { scores } = await compute.predict({ model: { ...source('heads'), output }, feeds, labels: [] });
    const sorted = scores.toSorted((a, b) => a.class - b.class).map(({ logit }) => logit ?? NaN);
    near(probabilities(sorted, model.output), library[index] ?? [], 2e-6, output);
  }
});

async function explained(name: string, method: string, baseline: string, parameters = {}) {
  const { model, encoder } = await opened(name);
  const encoded = encoder.encode(await row(explainedRow));
  const attribution = await compute.attribute({
    model: source(name),
    labels: model.output.labels ?? [],
    method,
    target: { kind: 'class', class: 0 },
    sample: { ...encoded, grid: null },
    baseline: encoder.baseline(encoded, baseline),
    parameters,
  });
  return { attribution, features: encoded.features as ColumnFeatures };
}

test('every word and every column is a feature, with its characters in the cell', async () => {
  const { encoder } = await opened('row-union');
  const { features, count, featureOf } = encoder.encode(await row(explainedRow));
  assert.ok(features.kind === 'columns');
  assert.equal(count, reference.pieces.length);
  assert.deepEqual(
    features.columns.map(({ name }) => name),
    reference.pieces.map(([name]) => name),
  );
  for (const { text, source: place } of features.columns)
    assert.equal(csv.slice(place?.startOffset, place?.endOffset), text);
  // Runs of characters have no features of their own.
  assert.ok((featureOf['title'] ?? []).length > 2);
  assert.deepEqual([...new Set(featureOf['title'])], [0, 1]);
  const [title, body] = rowColumns(features);
  assert.deepEqual(
    [title?.features, body?.features],
    [
      [0, 1],
      [2, 3, 4, 5, 6],
    ],
  );
  assert.equal(csv.slice(body?.source?.startOffset, body?.source?.endOffset), 'late late parcel thank you');
});

test('of a linear model every word gets coefficient × its share of the number, whatever the method', async () => {
  for (const [name, { linear }] of Object.entries(reference.rows))
    for (const method of linear === undefined ? [] : ['gradient-x-input', 'integrated-gradients', 'lrp', 'deeplift']) {
      const { attribution } = await explained(name, method, 'zero');
      // LRP starts from the number as it is scaled: the mean, a constant that is taken off, gets nothing.
      const same = reference.pieces.flatMap(([column], at) =>
        method === 'lrp' && ['stars', 'age'].includes(column) ? [] : [at],
      );
      const picked = (values: ArrayLike<number>): readonly number[] => same.map((at) => values[at] ?? NaN);
      near(picked(attribution.relevance), picked(linear ?? []), 1e-5, `${name}, ${method}`);
      if (method !== 'lrp') assert.ok(Math.abs(attribution.accounting.residual ?? NaN) < 1e-5, `${name}, ${method}`);
    }
});

test('integrated gradients of a network go from nothing to the row', async () => {
  const { attribution } = await explained('row-network', 'integrated-gradients', 'zero', { steps: 2048 });
  near(attribution.relevance, reference.rows['row-network']?.integrated ?? [], 2e-3, 'row-network');
});

test('taken away one by one and in all coalitions, words and columns count what the library says', async () => {
  for (const name of ['row-linear', 'row-forest']) {
    const { occlusion = [], shapley = [] } = reference.rows[name] ?? {};
    assert.ok(occlusion.some((value) => Math.abs(value) > 0.01));
    near((await explained(name, 'occlusion', 'typical')).attribution.relevance, occlusion, 1e-5, `${name}, occlusion`);
    const kernel = await explained(name, 'kernel-shap', 'typical', { samples: 2 ** reference.pieces.length });
    near(kernel.attribution.relevance, shapley, 1e-5, `${name}, Kernel SHAP`);
  }
});

test('checks look at words of any text of the row, and at columns with all their words', async () => {
  const { attribution, features } = await explained('row-linear', 'gradient-x-input', 'zero');
  const all = reference.rows['row-linear']?.linear ?? [];
  const total = all.reduce((sum, value) => sum + Math.abs(value), 0);
  const given = { features, relevance: attribution.relevance, sample: { title: 'row' } as never };
  const of = (...places: number[]): number => places.reduce((sum, at) => sum + Math.abs(all[at] ?? NaN), 0) / total;
  const share = (on: object): number => shareOn(given, on, 'absolute', null) ?? NaN;
  near([share({ words: ['LATE'] }), share({ words: ['box', 'parcel'] })], [of(2, 3), of(1, 4)], 1e-5, 'words');
  near([share({ columns: ['body'] }), share({ columns: ['stars'] })], [of(2, 3, 4, 5, 6), of(7)], 1e-5, 'columns');
  assert.equal(shareOn(given, { words: ['zebra'] }, 'absolute', null), null);
});
