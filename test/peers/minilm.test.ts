/**
 * A real encoder transformer through its own tokenizer, against PyTorch and Captum. On demand (`npm run test:peers`):
 * the model is other people's, so `MODEL_BLAME_MINILM` names the folder that
 * `test/conformance/transformer/export_minilm.py` wrote.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, test } from 'node:test';
import { localCompute } from '../../server/compute/local';
import { createServices } from '../../server/services';
import type { ExplainRequest, TokenFeatures } from '../../server/protocol';

interface Reference {
  readonly record: number;
  readonly ids: readonly number[];
  readonly logits: readonly number[];
  readonly target: number;
  /** Captum's integrated gradients at the word embeddings, summed per token, midpoint rule. */
  readonly ig32: readonly number[];
  readonly ig1000: readonly number[];
}

const folder = process.env['MODEL_BLAME_MINILM'] ?? '';
const there = existsSync(join(folder, 'reference.json'));
const skip = there ? false : 'MODEL_BLAME_MINILM names no folder written by export_minilm.py';
const references = there
  ? (JSON.parse(readFileSync(join(folder, 'reference.json'), 'utf8')) as readonly Reference[])
  : [];
const compute = localCompute({});
const services = createServices({ folders: [], compute });
after(() => services.dispose());

async function explain(record: number, parameters: ExplainRequest['parameters']) {
  const uri = pathToFileURL(join(folder, 'sentences.csv')).href;
  return services.explain({
    address: { kind: 'record', uri, record },
    model: folder,
    method: 'integrated-gradients',
    target: { kind: 'predicted' },
    baseline: 'pad',
    parameters,
  });
}

/** Largest difference, relative to the largest relevance. */
function error(own: Float32Array, reference: readonly number[]): number {
  const largest = Math.max(...reference.map(Math.abs));
  return Math.max(...reference.map((value, index) => Math.abs(value - (own[index] ?? Number.NaN)))) / largest;
}

test('MiniLM: ids, logits, and integrated gradients at equal nodes as Captum has them', { skip }, async () => {
  for (const reference of references) {
    const result = await explain(reference.record, { quadrature: 'midpoint', steps: 32 });
    const { tokens } = result.features as TokenFeatures;
    assert.deepEqual(
      tokens.map(({ id }) => id),
      reference.ids,
    );
    for (const { class: index, logit } of result.prediction)
      assert.ok(Math.abs((logit ?? Number.NaN) - (reference.logits[index] ?? Number.NaN)) < 1e-4);
    assert.equal(result.prediction[0]?.class, reference.target);
    assert.ok(error(result.relevance, reference.ig32) < 1e-3, `error ${error(result.relevance, reference.ig32)}`);
  }
});

test('MiniLM: many nodes agree with a thousand of Captum', { skip }, async () => {
  for (const reference of references) {
    const result = await explain(reference.record, { quadrature: 'midpoint', steps: 512 });
    assert.ok(error(result.relevance, reference.ig1000) < 1e-3, `error ${error(result.relevance, reference.ig1000)}`);
  }
});
