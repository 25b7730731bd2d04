/** Gradients of the ONNX project's small networks: slope along a random direction, against the score's difference. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import type { Tensor, Value } from '../../../server/graph/types';
import { importModel } from '../../../server/model/import';
import type { Model } from '../../../server/model/types';
import { canDifferentiate, compileProgram } from '../../../server/program/compile';
import { names } from '../../../server/program/types';
import { array, interpret } from '../../support/interpreter';
import type { Array64 } from '../../support/interpreter';
import { runInEngine } from '../../support/interpreter/engine';
import { countLogits, worst } from '../../support/interpreter/models';
import { needs, referenceData } from '../../support/shared';
import { vary } from './cases/types';

const LARGEST = 20_000;
/** Defined for positive numbers only. */
const positive = /sqrt|pow|log/i;

function files(): { name: string; path: string }[] {
  const root = referenceData('onnx-backend');
  if (root === null) return [];
  return ['simple', 'pytorch-operator', 'pytorch-converted'].flatMap((set) =>
    readdirSync(`${root}/${set}`)
      .map((name) => ({ name, path: `${root}/${set}/${name}/model.onnx` }))
      .filter(({ path }) => existsSync(path) && statSync(path).size < 3e6),
  );
}

/** A model that can be explained, or null: what cannot be imported is another test's concern. */
async function modelOf(path: string): Promise<Model | null> {
  const model = await importModel(path).catch(() => null);
  return model === null || model.entries.length === 0 ? null : model;
}

/** Random feeds; null where an input is not float or is large. */
function feedsOf(model: Model, inputs: readonly Value[], low: number): Record<Value, Array64> | null {
  const feeds: Record<Value, Array64> = {};
  for (const [index, name] of inputs.entries()) {
    const type = model.graph.types.get(name);
    const dims = (type?.shape ?? []).map((dim) => (typeof dim === 'number' ? dim : 2));
    if (type?.dtype !== 'float32' || dims.reduce((a, c) => a * c, 1) > LARGEST) return null;
    feeds[name] = array(dims, vary(dims, low, 1, index + 1).data);
  }
  return feeds;
}

test('networks of the ONNX backend suite', needs('onnx-backend'), async () => {
  const [checked, other]: [string[], string[]] = [[], []];
  for (const { name, path } of files()) {
    const model = await modelOf(path);
    const spec = { head: 'linear', rules: 'gradient' } as const;
    if (model === null || canDifferentiate(model) !== null) {
      other.push(name);
      continue;
    }
    const program = compileProgram(model, { ...spec, kind: 'relevance' });
    const forward = compileProgram(model, { ...spec, kind: 'forward', feedEntries: true });
    const given = program.graph.inputs.filter((input) => input !== names.seed);
    const feeds = feedsOf(model, given, positive.test(name) ? 0.2 : -1);
    if (feeds === null) {
      other.push(name);
      continue;
    }
    const size = countLogits(forward, feeds);
    const seeded: Record<Value, Array64 | Tensor> = { ...feeds, [names.seed]: array([1, size], vary([1, size]).data) };
    const exact = interpret(program.graph, seeded);
    for (const { value } of model.entries) {
      const gradient = exact[names.relevance(value)]!;
      const direction = vary(gradient.dims, -1, 1, 77).data;
      const moved = (step: number): number => {
        const data = feeds[value]!.data.map((item, at) => item + step * direction[at]!);
        const score = interpret(forward.graph, { ...seeded, [value]: array(gradient.dims, data) })[names.score]!;
        return score.data.reduce((a, c) => a + c, 0);
      };
      const slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
      const own = gradient.data.reduce((sum, item, at) => sum + item * direction[at]!, 0);
      assert.ok(Math.abs(slope - own) < 1e-4 * (Math.abs(slope) + 1e-2), `${name}: ${own}, not ${slope}`);
    }
    const engine = await runInEngine(program, seeded);
    for (const output of program.graph.outputs) {
      assert.ok(worst(engine[output]!.data, exact[output]!.data) < 1e-3, `${name}: ${output} in ONNX Runtime`);
    }
    checked.push(name);
  }
  console.log(`${checked.length} networks checked, ${other.length} without float entries, too large or refused`);
  assert.ok(checked.length >= 110, `only ${checked.length}: ${other.join(' ')}`);
});
