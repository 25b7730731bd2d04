/**
 * Keras models in other precisions than float32 (`precision_models.py`): weights rounded to 8 bits with their scales,
 * floats of 16 bits; and what is refused. Keras' gradient through rounded weights takes the floats that they stand for,
 * so it tells them exactly, while its outputs are rounded once more with what the layer reads.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../../server/errors';
import { f32, sizeOf } from '../../../server/graph/tensor';
import type { Tensor } from '../../../server/graph/types';
import { importModel } from '../../../server/model/import';
import type { Model } from '../../../server/model/types';
import { compileProgram } from '../../../server/program/compile';
import { names } from '../../../server/program/types';
import { runGraph } from '../onnx/run';

interface Listed {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}
interface Reference {
  readonly input: Listed;
  readonly output: Listed;
  readonly gradient?: Listed;
}

const folder = fileURLToPath(new URL('./precision/', import.meta.url));
const references = JSON.parse(readFileSync(`${folder}precision.json`, 'utf8')) as Readonly<Record<string, Reference>>;

function worst(found: ArrayLike<number> | undefined, wanted: readonly number[]): number {
  assert.ok(found?.length === wanted.length);
  const differences = wanted.map((value, at) => Math.abs(value - (found[at] ?? NaN)));
  return Math.max(...differences) / Math.max(...wanted.map(Math.abs));
}

async function check(model: Model, reference: Reference, output: number, gradient: number): Promise<void> {
  const { dims, data } = reference.input;
  const ids = model.inputs[0]?.type.dtype === 'int32';
  const x: Tensor = ids ? { dtype: 'int32', dims, data: Int32Array.from(data) } : f32(data, dims);
  const { logits } = model.output;
  const results = await runGraph({ ...model.graph, outputs: [logits] }, { x });
  assert.ok(worst(results[logits]?.data as Float32Array, reference.output.data) < output, 'output');
  if (reference.gradient === undefined) return;
  const program = compileProgram(model, { kind: 'relevance', head: 'linear', rules: 'gradient' });
  const size = sizeOf(reference.output.dims);
  const ones = f32(new Float32Array(size).fill(1), [1, size]);
  const back = await runGraph(program.graph, { x, [names.seed]: ones });
  const error = worst(back[names.relevance('x')]?.data as Float32Array, reference.gradient.data);
  assert.ok(error < gradient, `gradient: ${error}`);
}

for (const [name, output, gradient] of [
  ['int8-dense', 0.02, 1e-6],
  ['int8-einsum', 0.02, 1e-6],
  ['int8-turned', 0.02, 1e-6],
  ['int8-heads', 0.02, 1e-6],
  ['int8-embedding', 1e-6, 1e-6],
  ['int8-attention', 0.02, 0.05],
  ['float16-dense', 2e-3, 2e-3],
  ['mixed_float16-dense', 2e-3, 2e-3],
] as const)
  test(name, async () => {
    const model = await importModel(`${folder}${name}.keras`);
    assert.match(model.notes.join(' '), /from the third digit on/);
    await check(model, references[name] as Reference, output, gradient);
  });

test('weights of 4 bits are refused by name', () =>
  assert.rejects(importModel(`${folder}int4-dense.keras`), (error: unknown) => {
    assert.ok(error instanceof UserError);
    assert.match(error.message, /quantised as int4.*layer dense.*before model\.quantize/);
    return true;
  }));
