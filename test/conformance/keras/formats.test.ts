/**
 * One network in every format that TensorFlow, Keras and the converter of TensorFlow.js write: the same logits and the
 * same integrated gradients, against TensorFlow (`format_models.py`); and once more as `.onnx`, written by ourselves.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import { gaussLegendre } from '../../../server/explain/quadrature';
import { writeOnnx } from '../../../server/graph/onnx/write';
import { f32 } from '../../../server/graph/tensor';
import { importModel } from '../../../server/model/import';
import type { Model } from '../../../server/model/types';
import { compileProgram } from '../../../server/program/compile';
import { names } from '../../../server/program/types';
import { runGraph } from '../onnx/run';

interface Reference {
  readonly input: { readonly dims: readonly number[]; readonly data: readonly number[] };
  readonly target: number;
  readonly logits: readonly number[];
  readonly relevance: readonly number[];
  /** Logits with the weights rounded as the converter does it. */
  readonly quantised: Readonly<Record<string, readonly number[]>>;
}

const folder = fileURLToPath(new URL('./formats/', import.meta.url));
const references = JSON.parse(readFileSync(join(folder, 'formats.json'), 'utf8')) as Readonly<
  Record<string, Reference>
>;
const scratch = mkdtempSync(join(tmpdir(), 'formats-'));
after(() => rmSync(scratch, { recursive: true }));
const STEPS = 20;

function unpacked(name: string): readonly string[] {
  for (const [file, bytes] of Object.entries(unzipSync(readFileSync(join(folder, `${name}.zip`))))) {
    mkdirSync(dirname(join(scratch, name, file)), { recursive: true });
    writeFileSync(join(scratch, name, file), bytes);
  }
  return readdirSync(join(scratch, name));
}

function fileOf(at: string): string {
  const found = ['model.h5', 'model.keras', 'model.json', 'saved_model.pb'].find((name) => existsSync(join(at, name)));
  return join(at, found ?? 'none');
}

/** The largest difference, relative to the largest number. */
function worst(found: ArrayLike<number>, wanted: readonly number[]): number {
  assert.equal(found.length, wanted.length);
  return (
    Math.max(...wanted.map((value, at) => Math.abs(value - (found[at] ?? NaN)))) / Math.max(...wanted.map(Math.abs))
  );
}

async function logitsOf(model: Model, { input }: Reference): Promise<Float32Array> {
  const feeds = { [model.inputs[0]?.name ?? '']: f32(input.data, input.dims) };
  const results = await runGraph({ ...model.graph, outputs: [model.output.logits] }, feeds);
  return results[model.output.logits]?.data as Float32Array;
}

/** Integrated gradients from zeros, as the script takes them. */
async function relevanceOf(model: Model, { input, target, logits }: Reference): Promise<Float64Array> {
  const entry = model.entries[0]?.value ?? '';
  const program = compileProgram(model, { kind: 'relevance', head: 'linear', rules: 'gradient' });
  const seed = f32(
    logits.map((_, at) => (at === target ? 1 : 0)),
    [1, logits.length],
  );
  const total = new Float64Array(input.data.length);
  const { alphas, weights } = gaussLegendre(STEPS);
  for (const [at, node] of alphas.entries()) {
    const x = f32(
      input.data.map((value) => value * node),
      input.dims,
    );
    const results = await runGraph(program.graph, { [entry]: x, [names.seed]: seed });
    const gradient = results[names.relevance(entry)]?.data as Float32Array;
    gradient.forEach((value, place) => (total[place] = (total[place] ?? 0) + value * (weights[at] ?? 0)));
  }
  return total.map((value, place) => value * (input.data[place] ?? 0));
}

test('the converter has fused what it can', () => {
  unpacked('mobile');
  const json = JSON.parse(readFileSync(join(scratch, 'mobile/tfjs-graph/model.json'), 'utf8')) as {
    modelTopology: { node: { op: string; attr?: { fused_ops?: { list?: { s?: string[] } } } }[] };
  };
  const fused = json.modelTopology.node.flatMap(({ op, attr }) => {
    const parts = attr?.fused_ops?.list?.s ?? [];
    return parts.length === 0 ? [] : [[op, ...parts.map((part) => Buffer.from(part, 'base64').toString())].join(' ')];
  });
  assert.deepEqual(
    new Set(fused),
    new Set([
      ...['_FusedConv2D BiasAdd', '_FusedConv2D BiasAdd Relu6', '_FusedConv2D BiasAdd LeakyRelu'],
      ...['_FusedConv2D BiasAdd Prelu', '_FusedConv2D BiasAdd Elu'],
      ...['FusedDepthwiseConv2dNative BiasAdd Relu6', 'FusedDepthwiseConv2dNative BiasAdd Relu'],
      ...[
        '_FusedMatMul BiasAdd',
        '_FusedMatMul BiasAdd Relu',
        '_FusedMatMul BiasAdd Relu6',
        '_FusedMatMul BiasAdd Tanh',
      ],
    ]),
  );
});

for (const [name, reference] of Object.entries(references)) {
  const formats = unpacked(name);
  test(`${name}: all formats are there`, () => assert.equal(formats.length, 17));
  for (const format of formats)
    test(`${name}: ${format}`, async () => {
      const model = await importModel(fileOf(join(scratch, name, format)));
      assert.equal(model.output.activation, 'softmax');
      assert.equal(model.batchable, true);
      const [, dtype, kind] = /^quantised-(\w+)-(\w+)$/.exec(format) ?? [];
      const logits = await logitsOf(model, reference);
      // Graph models are rounded after batch normalisation has gone into the weights.
      if (dtype !== undefined && !(name === 'mobile' && kind === 'graph'))
        assert.ok(
          worst(logits, reference.quantised[dtype] ?? []) < 1e-5,
          `${worst(logits, reference.quantised[dtype] ?? [])}`,
        );
      if (dtype !== undefined) return;
      assert.ok(worst(logits, reference.logits) < 1e-5, `logits: ${worst(logits, reference.logits)}`);
      const relevance = await relevanceOf(model, reference);
      assert.ok(worst(relevance, reference.relevance) < 1e-4, `relevance: ${worst(relevance, reference.relevance)}`);
      const path = join(scratch, `${name}-${format}.onnx`);
      writeFileSync(path, writeOnnx(model.graph));
      assert.deepEqual(await logitsOf(await importModel(path), reference), logits);
    });
}
