/**
 * Models of scikit-learn, LightGBM and XGBoost as their exporters write them, against the libraries themselves and ONNX
 * Runtime on the exported files (`make_models.py`): scores, names of classes, what every word adds.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { localCompute } from '../../../server/compute/local';
import { looseText } from '../../../server/dataset/field';
import type { Feeds } from '../../../server/engine/types';
import { probabilities } from '../../../server/explain/scores';
import { createTextEncoder } from '../../../server/input';
import { importModel } from '../../../server/model/import';
import type { Model } from '../../../server/model/types';
import { canDifferentiate } from '../../../server/program/compile';

type Numbers = readonly (readonly number[])[];
type Cells = readonly (readonly (number | null)[])[];

const folder = fileURLToPath(new URL('./', import.meta.url));
const {
  tests,
  explained: sentence,
  shares,
  texts,
  tables,
  columns,
} = JSON.parse(readFileSync(`${folder}references.json`, 'utf8')) as {
  readonly tests: readonly string[];
  readonly explained: string;
  readonly shares: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly texts: Readonly<Record<string, { labels: readonly string[]; runtime: Numbers; library: Numbers }>>;
  readonly tables: Readonly<Record<string, { labels: readonly string[] | null; rows: Cells; library: Numbers }>>;
  readonly columns: { readonly rows: Readonly<Record<string, number | string | null>>[]; readonly library: Numbers };
};
const files = { read: () => Promise.reject(new Error('no file')) };
const compute = localCompute();
const pathOf = (name: string): string => `${folder}models/${name}.onnx`;
const source = (name: string) => ({ path: pathOf(name), engine: 'onnxruntime/cpu' });

/** Probabilities as the library has them; scores themselves where it has no others. */
async function scores(name: string, model: Model, feeds: Feeds): Promise<readonly number[]> {
  const { output } = model;
  const { scores: found } = await compute.predict({ model: source(name), feeds, labels: [] });
  const logits = found
    .toSorted((a, b) => a.class - b.class)
    .map(({ logit, probability, value }) => value ?? logit ?? probability ?? NaN);
  const plain = output.activation === 'none' && !output.onlyProbabilities;
  if (plain) return output.single ? logits.slice(1) : logits;
  return probabilities(output.single ? logits.slice(1) : logits, output);
}

function near(found: readonly number[], wanted: readonly number[], tolerance: number, what: string): void {
  assert.equal(found.length, wanted.length, what);
  found.forEach((value, index) =>
    assert.ok(
      Math.abs(value - (wanted[index] ?? NaN)) <= tolerance * Math.max(1, Math.abs(value)),
      `${what}: ${found.join()} instead of ${wanted.join()}`,
    ),
  );
}

async function textEncoder(model: Model) {
  const [text] = model.texts ?? [];
  assert.ok(text !== undefined);
  return createTextEncoder({ kind: 'text' }, model.inputs, files, { vectorization: text });
}

for (const [name, { labels, runtime }] of Object.entries(texts))
  test(`text: ${name}`, async () => {
    const model = await importModel(pathOf(name));
    assert.deepEqual(
      model.inputs.map(({ type }) => type.dtype),
      ['int64'],
    );
    if (model.output.labels !== null) assert.deepEqual(model.output.labels, labels);
    const encoder = await textEncoder(model);
    for (const [index, text] of tests.entries()) {
      const { feeds } = await encoder.encode(looseText(text));
      near(await scores(name, model, feeds), runtime[index] ?? [], 2e-6, `${name}: ${text}`);
      assert.deepEqual((await encoder.feeds(looseText(text)))[model.inputs[0]?.name ?? ''], Object.values(feeds)[0]);
    }
  });

for (const [name, { labels, rows, library }] of Object.entries(tables))
  test(`rows: ${name}`, async () => {
    const model = await importModel(pathOf(name));
    if (model.output.labels !== null) assert.deepEqual(model.output.labels, labels);
    for (const [index, row] of rows.entries()) {
      const data = Float32Array.from(row, (cell) => cell ?? NaN);
      const feeds: Feeds = { [model.inputs[0]?.name ?? '']: { dtype: 'float32', dims: [1, row.length], data } };
      near(await scores(name, model, feeds), library[index] ?? [], 1e-5, `${name}: row ${index}`);
    }
  });

test('rows: one input a column, with missing numbers', async () => {
  const model = await importModel(pathOf('columns'));
  assert.equal(model.readsMissing, true);
  for (const [index, row] of columns.rows.entries()) {
    const feeds: Feeds = Object.fromEntries(
      model.inputs.map(({ name, type }) => [
        name,
        type.dtype === 'string'
          ? { dtype: 'string', dims: [1, 1], data: [String(row[name])] }
          : { dtype: 'float32', dims: [1, 1], data: Float32Array.of((row[name] as number | null) ?? NaN) },
      ]),
    );
    near(await scores('columns', model, feeds), columns.library[index] ?? [], 1e-5, `row ${index}`);
  }
});

test('what is probabilities is known to be, and what has a logit is explained at it', async () => {
  const read = async (name: string): Promise<string> => {
    const { activation, onlyProbabilities } = (await importModel(pathOf(name))).output;
    return onlyProbabilities ? 'probabilities' : activation;
  };
  const kinds = ['calibrated', 'one-vs-rest', 'bagging', 'neighbours', 'lightgbm', 'adaboost', 'counts', 'sublinear'];
  assert.deepEqual(await Promise.all(kinds.map(read)), [
    ...['probabilities', 'probabilities', 'probabilities', 'probabilities', 'probabilities'],
    ...['softmax', 'softmax', 'none'],
  ]);
});

test('trees have no gradient, and say so', async () => {
  for (const name of ['forest', 'boosting', 'lightgbm', 'xgboost', 'text-forest'])
    assert.match(canDifferentiate(await importModel(pathOf(name))) ?? '', /TreeEnsemble/);
});

/** Relevance of each token of a text by its characters. */
async function explained(name: string, method: string, text: string) {
  const model = await importModel(pathOf(name));
  const encoder = await textEncoder(model);
  const encoded = await encoder.encode(looseText(text));
  assert.ok(encoded.features.kind === 'tokens');
  const attribution = await compute.attribute({
    model: source(name),
    labels: model.output.labels ?? [],
    method,
    target: { kind: 'class', class: 1 },
    sample: { ...encoded, grid: null },
    baseline: encoder.baseline(encoded, 'zero'),
    parameters: {},
  });
  return { model, attribution, tokens: encoded.features.tokens };
}

test('of a linear model every token gets coefficient × its share of the number, whatever the method', async () => {
  for (const [name, own] of Object.entries(shares))
    for (const method of ['gradient-x-input', 'integrated-gradients', 'lrp', 'deeplift']) {
      const { attribution, tokens } = await explained(name, method, sentence);
      const known = new Map(Object.entries(own));
      // Of tokens that are in no vocabulary nothing comes.
      const wanted = tokens.map(({ token }) => known.get(token) ?? 0);
      near(Array.from(attribution.relevance), wanted, 2e-6, `${name}, ${method}`);
      if (method !== 'lrp') assert.ok(Math.abs(attribution.accounting.residual ?? NaN) < 1e-5, `${name}, ${method}`);
    }
});
