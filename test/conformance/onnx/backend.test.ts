/** Every model of ONNX' own backend tests: imported, written, run in stock ONNX Runtime, compared. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bufferSource } from '../../../server/graph/onnx/bytes';
import { readTensor } from '../../../server/graph/onnx/read-tensor';
import { f32, sizeOf } from '../../../server/graph/tensor';
import type { Tensor } from '../../../server/graph/types';
import { asFloat32 } from '../../../server/model/floats';
import { importGraph } from '../../../server/model/import';
import { needs, referenceData } from '../../support/shared';
import { assertShapes } from './shapes';
import { assertClose, runGraph } from './run';

/** What is not covered, and why. A listed one that passes fails the test. */
const locale = 'StringNormalizer needs the locale en_US.UTF-8 on the machine';
const uncovered: Readonly<Record<string, string>> = {
  test_gradient_of_add: 'Gradient of ai.onnx.preview.training: ONNX Runtime has no kernel',
  test_gradient_of_add_and_mul: 'Gradient of ai.onnx.preview.training: ONNX Runtime has no kernel',
  test_strnorm_model_monday_casesensintive_lower: locale,
  test_strnorm_model_monday_casesensintive_upper: locale,
  test_strnorm_model_monday_empty_output: locale,
  test_strnorm_model_monday_insensintive_upper_twodim: 'StringNormalizer takes one row: its batch cannot be free',
};

function tensorFile(path: string): Tensor {
  const bytes = readFileSync(path);
  return asFloat32(readTensor(bufferSource(bytes), 0, bytes.length).tensor);
}

async function check(folder: string): Promise<void> {
  const graph = importGraph(join(folder, 'model.onnx'));
  for (const set of readdirSync(folder).filter((name) => name.startsWith('test_data_set_'))) {
    const file = (kind: string, index: number): string => join(folder, set, `${kind}_${index}.pb`);
    const feeds = Object.fromEntries(graph.inputs.map((input, index) => [input, tensorFile(file('input', index))]));
    const outputs = await runGraph(graph, feeds);
    for (const [index, name] of graph.outputs.entries()) {
      assertClose(outputs[name], tensorFile(file('output', index)));
    }
    await assertShapes(graph, feeds);
  }
}

/** The models under `light` have constant weights and are fed a ramp, as ONNX' own runner does. */
async function checkLight(path: string): Promise<void> {
  const graph = importGraph(path);
  const [input = ''] = graph.inputs;
  assert.equal(graph.inputs.length, 1);
  const dims = (graph.types.get(input)?.shape ?? []).map((dim) => (typeof dim === 'number' ? dim : 1));
  const count = sizeOf(dims);
  const ramp = f32(
    Float32Array.from({ length: count }, (_, index) => index / count),
    dims,
  );
  const values = await assertShapes(graph, { [input]: ramp });
  assertClose(values[graph.outputs[0] ?? ''], tensorFile(path.replace('.onnx', '_output_0.pb')));
}

const root = referenceData('onnx-backend');
for (const group of ['simple', 'pytorch-operator', 'pytorch-converted']) {
  test(`${group} models match their outputs`, needs('onnx-backend'), async (context) => {
    for (const name of readdirSync(join(root ?? '', group))) {
      await context.test(name, async () => {
        const failure = await check(join(root ?? '', group, name)).then(
          () => null,
          (error: unknown) => error,
        );
        if (uncovered[name] === undefined) assert.ifError(failure);
        else if (uncovered[name] !== locale)
          assert.ok(failure !== null, `${name} is listed as not covered, and passes`);
      });
    }
  });
}

test('light architectures match their outputs', needs('onnx-backend'), async (context) => {
  const folder = join(root ?? '', 'light');
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.onnx'))) {
    await context.test(name, () => checkLight(join(folder, name)));
  }
});
