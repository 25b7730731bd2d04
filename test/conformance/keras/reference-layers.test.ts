/**
 * Layers and small networks of Keras 2 with the outputs that others computed. Their data says nothing about how a layer
 * was made: `find_configurations.py` found it, and `configurations.json` holds it.
 */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { f32 } from '../../../server/graph/tensor';
import type { Tensor } from '../../../server/graph/types';
import { canonicalGraph } from '../../../server/model/import';
import { buildKeras } from '../../../server/model/keras/build';
import type { Json, JsonObject } from '../../../server/model/keras/config';
import type { WeightScope } from '../../../server/model/keras/weights';
import { needs, referenceData } from '../../support/shared';
import { runGraph } from '../onnx/run';

/** Class, configuration and what it reads by number, inputs first; the step before it where nothing is said. */
type Step = readonly [string, JsonObject, (readonly number[])?];
interface Listed {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface Case {
  readonly input?: Listed;
  readonly inputs?: readonly Listed[];
  readonly weights?: readonly Listed[];
  readonly expected: Listed;
}

const folder = referenceData('keras-layers') ?? '';
const table = fileURLToPath(new URL('./configurations.json', import.meta.url));
const configurations = JSON.parse(readFileSync(table, 'utf8')) as Readonly<Record<string, readonly Step[]>>;
/** No file may go missing from this list, nor a case from the table. */
const files =
  folder === ''
    ? []
    : readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));

const layer = (name: string, kind: string, config: JsonObject, reads: readonly string[]): Json => ({
  name,
  class_name: kind,
  config: { ...config, ...(Array.isArray(config['layer']) ? { layer: inner(config['layer']) } : {}), name },
  inbound_nodes: reads.length === 0 ? [] : [reads.map((other) => [other, 0, 0, {}])],
});

function inner([kind, config]: readonly Json[]): JsonObject {
  return { class_name: kind, config: { ...(config as JsonObject), name: 'inner' } };
}

/** A functional model as Keras 2 writes it down. */
function modelOf(inputs: readonly Listed[], steps: readonly Step[]): JsonObject {
  const names = [...inputs.map((_, index) => `input_${index}`), ...steps.map((_, index) => `step_${index}`)];
  const layers = [
    ...inputs.map(({ shape }, index) =>
      layer(names[index] ?? '', 'InputLayer', { batch_input_shape: [null, ...shape] }, []),
    ),
    ...steps.map(([kind, config, reads], index) => {
      const at = inputs.length + index;
      return layer(
        names[at] ?? '',
        kind,
        config,
        (reads ?? [at - 1]).map((other) => names[other] ?? ''),
      );
    }),
  ];
  return {
    name: 'model',
    layers,
    input_layers: inputs.map((_, index) => [names[index] ?? '', 0, 0]),
    output_layers: [[names.at(-1) ?? '', 0, 0]],
  };
}

const tensor = ({ shape, data }: Listed, batch = false): Tensor => f32(data, batch ? [1, ...shape] : shape);

/** The largest difference, relative to the largest expected number from 1 on. */
async function errorOf({ input, inputs = [], weights = [], expected }: Case, steps: readonly Step[]): Promise<number> {
  const given = input === undefined ? inputs : [input];
  const left = weights.map((weight) => tensor(weight));
  const scope: WeightScope = { layer: ({ names }) => left.splice(0, names.length), model: () => scope };
  const model = { className: 'Functional', name: 'model', values: modelOf(given, steps) };
  const graph = canonicalGraph(buildKeras({ model, weights: scope, modern: false }));
  assert.equal(left.length, 0, 'weights are left over');
  const feeds = given.map((listed, index): [string, Tensor] => {
    const value = tensor(listed, true);
    const isIds = graph.types.get(`input_${index}`)?.dtype === 'int32';
    return [`input_${index}`, isIds ? { ...value, dtype: 'int32', data: Int32Array.from(listed.data) } : value];
  });
  const output = (await runGraph(graph, Object.fromEntries(feeds)))[graph.outputs[0] ?? ''];
  assert.deepEqual(output?.dims, [1, ...expected.shape]);
  const errors = expected.data.map((wanted, at) => Math.abs(wanted - Number(output.data[at])));
  return Math.max(...errors) / Math.max(1, ...expected.data.map(Math.abs));
}

if (files.length === 0) test('keras-layers', needs('keras-layers'), () => undefined);
for (const file of files)
  test(`keras-layers: ${file}`, async () => {
    const cases = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Readonly<Record<string, Case>>;
    const wrong: string[] = [];
    for (const [name, record] of Object.entries(cases)) {
      const steps = configurations[name];
      assert.ok(steps !== undefined, name);
      const error = await errorOf(record, steps).catch((cause: unknown) => String(cause));
      if (typeof error === 'string' || !(error < 1e-5)) wrong.push(`${name}: ${error}`);
    }
    assert.deepEqual(wrong, []);
  });
