/** Perturbation methods against Captum, SHAP, LIME and the masks of RISE (`make_references.py`). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { localFit } from '../../../server/explain/perturbation/local-fit';
import { enlarged } from '../../../server/explain/perturbation/soft-masks';
import { importModel } from '../../../server/model/import';
import { baselineRow, explainRow } from '../../unit/explain/explain';

interface References {
  readonly class: number;
  readonly samples: readonly {
    readonly x: number[];
    readonly baseline: number[];
    readonly shapley: number[];
    readonly kernel: number[];
    readonly owen: number[];
    readonly score: number;
    readonly baselineScore: number;
  }[];
  readonly local: readonly {
    readonly masks: number[][];
    readonly scores: number[];
    readonly kernel: number[];
    readonly most: number;
    readonly weights: Readonly<Record<string, number>>;
    readonly fit: number;
  }[];
  readonly masks: readonly {
    readonly width: number;
    readonly height: number;
    readonly cells: number[];
    readonly shift: { readonly x: number; readonly y: number };
    readonly mask: number[];
  }[];
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const references = JSON.parse(readFileSync(here('references.json'), 'utf8')) as References;

function near(found: ArrayLike<number>, wanted: readonly number[], tolerance: number, what: string): void {
  const scale = Math.max(...wanted.map(Math.abs));
  assert.equal(found.length, wanted.length, what);
  wanted.forEach((value, i) => {
    const off = Math.abs((found[i] as number) - value);
    assert.ok(off <= tolerance * scale, `${what} ${i}: ${found[i]} for ${value}`);
  });
}

test('Shapley values of eight columns are those of Captum and of SHAP’s kernel, Owen values SHAP’s partition', async () => {
  const model = await importModel(here('table.onnx'));
  for (const sample of references.samples) {
    const explained = async (method: string, parameters = {}) =>
      explainRow(model, sample.x, {
        method,
        parameters,
        baseline: baselineRow(sample.baseline),
        target: { kind: 'class', class: references.class },
      });
    const kernel = await explained('kernel-shap');
    near(kernel.relevance, sample.kernel, 1e-6, 'SHAP');
    // Captum adds up in single precision: its own values miss their sum by up to 5e-5.
    near(kernel.relevance, sample.shapley, 1e-4, 'Captum');
    near([kernel.accounting.expected ?? NaN], [sample.score - sample.baselineScore], 1e-6, 'expected sum');
    near((await explained('owen')).relevance, sample.owen, 1e-6, 'partition');
    const { relevance, errors } = await explained('shapley-sampling', { orders: 600 });
    relevance.forEach((value, i) => {
      const off = Math.abs(value - (sample.kernel[i] as number));
      assert.ok(off < 5 * (errors?.[i] ?? NaN) + 1e-5, `order ${i}: off by ${off}, standard error ${errors?.[i]}`);
    });
  }
});

test('the local model selects and weighs what LIME does', () => {
  for (const { masks, scores, kernel, most, weights, fit } of references.local) {
    const coalitions = masks.map((mask) => Uint8Array.from(mask));
    const found = localFit(coalitions, Float64Array.from(scores), kernel, most);
    assert.ok(found !== null);
    const wanted = (masks[0] ?? []).map((_, piece) => weights[piece] ?? 0);
    near(found.values, wanted, 1e-9, `${most} of ${wanted.length}`);
    assert.ok(Math.abs(found.fit - fit) < 1e-9);
  }
});

test('masks are those of the authors’ code', () => {
  for (const { width, height, cells, shift, mask } of references.masks)
    near(enlarged(cells, { width, height }, shift), mask, 1e-9, `${width} × ${height}`);
});
