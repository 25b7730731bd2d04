/** Operators since version 23, lowered, against ONNX' own reference implementation. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { float, int } from '../../../server/graph/attributes';
import { writeOnnx } from '../../../server/graph/onnx/write';
import { bool, f32, i64 } from '../../../server/graph/tensor';
import type { Graph, Tensor } from '../../../server/graph/types';
import { importGraph } from '../../../server/model/import';
import { assertClose, runGraph } from './run';

interface Numbers {
  readonly dtype: 'float32' | 'bool' | 'int64';
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

interface Case {
  readonly op: string;
  readonly opset: number;
  readonly attributes: Readonly<Record<string, number>>;
  readonly inputs: readonly (Numbers | null)[];
  readonly outputs: readonly Numbers[];
}

const cases = JSON.parse(readFileSync(join(import.meta.dirname, 'attention.json'), 'utf8')) as readonly Case[];
const folder = mkdtempSync(join(tmpdir(), 'attention-'));
after(() => rmSync(folder, { recursive: true }));

function tensor({ dtype, dims, data }: Numbers): Tensor {
  if (dtype === 'bool') return bool(data.map(Boolean), dims);
  return dtype === 'int64' ? i64(data, dims) : f32(data, dims);
}

function graphOf({ op, attributes, inputs, outputs }: Case): Graph {
  const names = inputs.map((value, index) => (value === null ? '' : `x${index}`));
  const results = outputs.map((_, index) => `y${index}`);
  const floats = new Set(['scale', 'softcap', 'epsilon', 'alpha']);
  return {
    name: 'g',
    inputs: names.filter((name) => name !== ''),
    outputs: results,
    constants: new Map(),
    types: new Map(
      inputs.flatMap((value, index) =>
        value === null ? [] : [[`x${index}`, { dtype: value.dtype, shape: value.dims }] as const],
      ),
    ),
    nodes: [
      {
        name: 'n',
        op,
        domain: '',
        inputs: names,
        outputs: results,
        attributes: Object.fromEntries(
          Object.entries(attributes).map(([name, value]) => [name, floats.has(name) ? float(value) : int(value)]),
        ),
      },
    ],
  };
}

for (const [index, entry] of cases.entries()) {
  const options = Object.entries(entry.attributes).map(([name, value]) => `${name}=${value}`);
  test(`${entry.op} of ${entry.opset} ${options.join(' ')} (${index})`, async () => {
    const path = join(folder, `${index}.onnx`);
    writeFileSync(path, writeOnnx(graphOf(entry), { opsets: { '': entry.opset } }));
    const lowered = importGraph(path);
    assert.ok(lowered.nodes.every(({ op }) => op !== entry.op));
    const feeds = Object.fromEntries(
      entry.inputs.flatMap((value, at) => (value === null ? [] : [[`x${at}`, tensor(value)] as const])),
    );
    const outputs = await runGraph(lowered, feeds);
    for (const [at, value] of entry.outputs.entries()) assertClose(outputs[`y${at}`], tensor(value), 1e-5, 1e-6);
  });
}
