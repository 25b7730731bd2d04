/** ONNX' own operator and network tests on every engine present, against the outputs that come with them. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Engine } from '../../../server/engine/types';
import { bufferSource } from '../../../server/graph/onnx/bytes';
import { readTensor } from '../../../server/graph/onnx/read-tensor';
import type { Tensor } from '../../../server/graph/types';
import { asFloat32 } from '../../../server/model/floats';
import { importGraph } from '../../../server/model/import';
import { needs, referenceData } from '../../support/shared';
import { differenceOf, runIn, TOLERANCE } from './compare';
import { presentEngines } from './present';

/** What is not covered, and why. A listed one that passes fails the test. */
const NAN = 'an engine refuses NaN in its outputs, which is what this one expects';
const uncovered: Readonly<Record<string, string>> = {
  test_gradient_of_add: 'Gradient of ai.onnx.preview.training is no operator of the Graph',
  test_gradient_of_add_and_mul: 'Gradient of ai.onnx.preview.training is no operator of the Graph',
  ...Object.fromEntries(
    ['sqrt', 'pow', 'addconstant', 'add_size1_singleton_broadcast', 'add_size1_right_broadcast', 'add_broadcast'].map(
      (name) => [`test_operator_${name}`, NAN],
    ),
  ),
};
/** Sequences and strings are ONNX Runtime's alone: no model that is explained computes with them. */
const otherTypes = /^test_(sequence|strnorm)_model/;
/** The kernels are the same in all sizes, and plain JavaScript takes minutes for large ones. */
const groupsOf = (engine: Engine): string[] => [
  'simple',
  'pytorch-operator',
  ...(engine.name === 'tensorflow/cpu' ? [] : ['pytorch-converted']),
];

function tensorFile(path: string): Tensor {
  const bytes = readFileSync(path);
  return asFloat32(readTensor(bufferSource(bytes), 0, bytes.length).tensor);
}

async function check(engine: Engine, folder: string): Promise<void> {
  const graph = importGraph(join(folder, 'model.onnx'));
  const program = {
    graph,
    key: folder,
    spec: { kind: 'forward', head: 'linear', rules: 'gradient' },
    trace: [],
    twins: [],
  } as const;
  for (const set of readdirSync(folder).filter((name) => name.startsWith('test_data_set_'))) {
    const file = (kind: string, index: number): string => join(folder, set, `${kind}_${index}.pb`);
    const feeds = Object.fromEntries(graph.inputs.map((input, index) => [input, tensorFile(file('input', index))]));
    const outputs = await runIn(engine, program, feeds);
    for (const [index, name] of graph.outputs.entries()) {
      const { worst } = differenceOf(outputs[name], tensorFile(file('output', index)));
      assert.ok(worst <= TOLERANCE, `output ${name} is off by ${worst}`);
    }
  }
}

const root = referenceData('onnx-backend') ?? '';
const { present } = await presentEngines();
for (const engine of present)
  for (const group of groupsOf(engine))
    test(`${engine.name}: ${group} models match their outputs`, needs('onnx-backend'), async (context) => {
      // Its devices leave them to its processor.
      const asked = (name: string): boolean => !(engine.name.startsWith('onnxruntime/') && otherTypes.test(name));
      for (const name of readdirSync(join(root, group)).filter(asked))
        await context.test(name, async () => {
          const failure = await check(engine, join(root, group, name)).then(
            () => null,
            (error: unknown) => error,
          );
          if (uncovered[name] === undefined && !otherTypes.test(name)) assert.ifError(failure);
          else assert.ok(failure !== null, `${name} is listed as not covered, and passes`);
        });
    });
