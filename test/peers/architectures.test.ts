/**
 * Methods on architectures exported by both of PyTorch's exporters, against rules written as PyTorch functions, in
 * double precision (`architectures/rules.py`). On demand: `MODEL_BLAME_PYTHON=…/python npm run test:peers`; `ONLY=llama`
 * for some of them, `FOLDER=…` keeps what was made.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { localCompute } from '../../server/compute/local';
import type { AttributeRequest } from '../../server/compute/types';
import type { Tensor } from '../../server/graph/types';
import { f32, i64 } from '../../server/graph/tensor';
import { against } from '../support/against';

const python = process.env['MODEL_BLAME_PYTHON'] ?? 'python3';
const peers = spawnSync(python, ['-c', 'import torch, torchvision, transformers, onnxscript']).status === 0;
const skip = peers ? {} : { skip: 'needs MODEL_BLAME_PYTHON with torch, torchvision, transformers and onnxscript' };

const all = [
  ...['bert', 'roberta', 'albert', 'deberta', 'modernbert', 'gpt2', 'llama', 'qwen3', 't5', 'squeezenet', 'mixer'],
  ...['tcn', 'tabnet', 'gru', 'lstm', 'smooth', 'bent', 'gates'],
];
const chosen = process.env['ONLY']?.split(',') ?? all;
const kept = process.env['FOLDER'];
const folder = kept ?? mkdtempSync(join(tmpdir(), 'architectures-'));
const compute = localCompute({ threads: 1 });

before(() => {
  const missing = chosen.filter((name) => !existsSync(join(folder, `${name}.json`)));
  if (!peers || missing.length === 0) return;
  const make = join(import.meta.dirname, 'architectures', 'make.py');
  const { status, stderr } = spawnSync(python, [make, folder, ...missing], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});
after(async () => {
  await compute.dispose();
  if (kept === undefined) rmSync(folder, { recursive: true, force: true });
});

interface Made {
  readonly kind: 'text' | 'numbers';
  readonly files: Readonly<Record<'script' | 'dynamo', string | null>>;
  readonly feeds: readonly { readonly dims: readonly number[]; readonly data: readonly number[] }[];
  readonly logits: readonly number[];
  readonly [method: string]: unknown;
}

/** Reference to method and parameters. */
const methods: Readonly<Record<string, { readonly id: string; readonly parameters?: AttributeRequest['parameters'] }>> =
  {
    gradient: { id: 'gradient' },
    'integrated-gradients': { id: 'integrated-gradients', parameters: { steps: 16, quadrature: 'midpoint' } },
    guided: { id: 'guided-backprop' },
    deconvnet: { id: 'deconvnet' },
    deeplift: { id: 'deeplift' },
    attnlrp: { id: 'attnlrp' },
  };

function requestFor(made: Made, path: string, method: string): AttributeRequest {
  const { kind, feeds } = made;
  const tensors = feeds.map(({ dims, data }) => (kind === 'text' ? i64(data, dims) : f32(data, dims)));
  const names = kind === 'text' ? ['ids', 'mask'] : ['x'];
  const [first = '', ...others] = names;
  const [dims, count] = [feeds[0]!.dims, feeds[0]!.data.length];
  const own = (zeros?: Tensor): Record<string, Tensor> => ({
    [first]: zeros ?? tensors[0]!,
    ...Object.fromEntries(others.map((name, index) => [name, tensors[index + 1]!])),
  });
  const zeros = new Array<number>(count).fill(0);
  const { id, parameters = {} } = methods[method]!;
  return {
    model: { path, engine: null },
    labels: [],
    method: id,
    target: { kind: 'class', class: 1 },
    sample: {
      feeds: own(),
      count,
      featureOf: { [first]: Int32Array.from(zeros, (_, index) => index) },
      fixed: new Set(),
      grid: null,
    },
    baseline: {
      id: 'zeros',
      label: 'zeros',
      kind: 'feeds',
      feeds: [own(kind === 'text' ? i64(zeros, dims) : f32(zeros, dims))],
    },
    parameters,
  };
}

/** Largest difference over the largest number. */
function error(actual: ArrayLike<number>, expected: readonly number[]): number {
  assert.equal(actual.length, expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, at) => Math.abs((actual[at] as number) - value))) / (largest || 1);
}

for (const name of chosen)
  test(name, skip, async (t) => {
    const made = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Made;
    const files = Object.values(made.files).filter((file) => file !== null);
    assert.ok(files.length > 0, 'no exporter exports it');
    for (const file of files)
      for (const method of Object.keys(methods)) {
        const expected = made[method] as readonly number[] | undefined;
        if (expected === undefined) continue;
        const { relevance, accounting } = await compute.attribute(requestFor(made, join(folder, file), method));
        // The gradient of an embedding that a norm follows sums to nothing over its dimensions.
        const flat = method === 'gradient' && Math.max(...expected.map(Math.abs)) < 1e-6;
        const off = flat ? 0 : error(relevance, expected);
        assert.ok(Math.abs(accounting.score - made.logits[1]!) < 1e-4, `${file}: score ${accounting.score}`);
        // Multipliers are quotients of differences: in float32 small ones have few digits.
        assert.ok(off < (method === 'deeplift' ? 1e-3 : 1e-4), `${file} ${method}: off by ${off}`);
        against(t, 'PyTorch', off);
      }
  });
