/** Whole models, imported from files and compiled, against PyTorch's gradients (float64; `make_references.py`). */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { f32 } from '../../../server/graph/tensor';
import type { Tensor } from '../../../server/graph/types';
import { importModel } from '../../../server/model/import';
import { compileProgram } from '../../../server/program/compile';
import { names } from '../../../server/program/types';
import type { Head } from '../../../server/program/types';
import { runInEngine } from '../../support/interpreter/engine';
import { array } from '../../support/interpreter';
import type { Array64 } from '../../support/interpreter';
import { worst } from '../../support/interpreter/models';
import { against } from '../../support/against';

const folder = fileURLToPath(new URL('./references/', import.meta.url));

interface Reference {
  readonly model: string;
  readonly feeds: Record<string, { dims: number[]; integer: boolean; data: number[] }>;
  readonly logits: number[];
  readonly heads: Record<Head, { seed: number[]; score: number[]; gradient: number[] }>;
}

function feedsOf(reference: Reference): Record<string, Array64 | Tensor> {
  return Object.fromEntries(
    Object.entries(reference.feeds).map(([name, { dims, integer, data }]) => [
      name,
      array(dims, data, integer ? 'int64' : 'float32'),
    ]),
  );
}

for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
  const reference = JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as Reference;
  test(`${file.replace('.json', '')}: logits, scores and input gradients of every head`, async (t) => {
    const model = await importModel(`${folder}${reference.model}`);
    assert.equal(model.entries.length, 1);
    const entry = model.entries[0]!.value;
    const feeds = feedsOf(reference);
    const entries = await runInEngine(
      compileProgram(model, { kind: 'entries', head: 'linear', rules: 'gradient' }),
      feeds,
    );
    for (const [head, expected] of Object.entries(reference.heads) as [Head, Reference['heads'][Head]][]) {
      const program = compileProgram(model, { kind: 'relevance', head, rules: 'gradient' });
      const seed = f32(expected.seed, [1, expected.seed.length]);
      const results = await runInEngine(program, { ...feeds, ...entries, [names.seed]: seed });
      assert.ok(worst(results[names.logits]!.data, reference.logits) < 1e-4, 'logits');
      assert.ok(worst(results[names.score]!.data, expected.score) < 1e-4, `${head}: score`);
      const error = worst(results[names.relevance(entry)]!.data, expected.gradient);
      against(t, 'PyTorch', error);
      assert.ok(error < 1e-4, `${head}: gradient is off by ${error}`);
    }
  });
}
