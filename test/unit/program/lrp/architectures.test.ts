/**
 * Laws of the LRP family on networks like VGG, ResNet (residual, batch norm) and MobileNet (depthwise, ReLU6), made by
 * `test/conformance/zennit/networks.py` with random but fixed weights.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { onnxRuntimeCpu } from '../../../../server/engine/onnxruntime';
import { balances } from '../../../../server/explain/propagation';
import { f32 } from '../../../../server/graph/tensor';
import type { Tensor } from '../../../../server/graph/types';
import { importModel } from '../../../../server/model/import';
import { compileProgram } from '../../../../server/program/compile';
import { names } from '../../../../server/program/types';
import type { ProgramSpec, RuleOptions } from '../../../../server/program/types';
import type { NodeBalance } from '../../../../server/protocol';
import { worst } from '../../../support/interpreter/models';

const here = (name: string): string => fileURLToPath(new URL(`../../../conformance/zennit/${name}`, import.meta.url));
const { image } = JSON.parse(readFileSync(here('references.json'), 'utf8')) as { image: readonly number[] };
const dims = [1, 3, 12, 12];
const engine = onnxRuntimeCpu({ threads: 1 });

interface Outcome {
  readonly relevance: Float32Array;
  readonly nodes: readonly NodeBalance[];
  readonly outputs: Readonly<Record<string, Tensor>>;
}

async function run(network: string, spec: Partial<ProgramSpec>): Promise<Outcome> {
  const model = await importModel(here(`${network}.onnx`));
  const program = compileProgram(model, { kind: 'relevance', head: 'linear', rules: 'lrp', ...spec });
  const executable = await engine.compile(program);
  const seed = new Float32Array(model.output.classes ?? 0);
  seed[0] = 1;
  const bound = (value: number): Tensor => f32(new Float32Array(image.length).fill(value), dims);
  const outputs = await executable.run({
    image: f32(image, dims),
    [names.seed]: f32(seed, [1, seed.length]),
    [names.twin('low', 'image')]: bound(-1),
    [names.twin('high', 'image')]: bound(1),
  });
  executable.dispose();
  const table = outputs[names.conservation];
  return {
    relevance: outputs[names.relevance('image')]?.data as Float32Array,
    nodes: table === undefined ? [] : balances(table, program.trace),
    outputs,
  };
}

const networks = ['vgg', 'resnet', 'mobilenet'];
const rules: Readonly<Record<string, RuleOptions>> = {
  'LRP-0': { rule: { rule: 'zero' } },
  ε: { rule: { rule: 'epsilon' } },
  γ: { rule: { rule: 'gamma', gamma: 0.25 } },
  'z⁺': { rule: { rule: 'zPlus' } },
  epsilonPlusFlat: { composite: 'epsilonPlusFlat' },
  epsilonGammaBox: { composite: 'epsilonGammaBox' },
  epsilonAlpha2Beta1: { composite: 'epsilonAlpha2Beta1' },
  deepTaylor: { composite: 'deepTaylor' },
  'the ratio at sums': { rule: { rule: 'gamma' }, residual: 'ratio' },
};

const sizeOf = ({ passedOn, negative }: NodeBalance): number => passedOn - 2 * negative;

for (const network of networks)
  for (const [title, options] of Object.entries(rules))
    test(`${network} without biases: every node hands on what arrives (${title})`, async (t) => {
      const { nodes } = await run(`${network}-no-bias`, { options, conservation: true });
      assert.ok(nodes.length >= 10);
      let [largest, empty] = [0, 0];
      for (const node of nodes) {
        // Of αβ, a neuron with an empty part has nothing to share it by; and ε takes its share, where it is not 0.
        const nothing = node.rule === 'zPlus' || node.rule === 'alphaBeta' ? (node.absorbed['empty'] ?? 0) : 0;
        const stabiliser = title === 'LRP-0' ? 0 : (node.absorbed['stabiliser'] ?? 0);
        assert.ok(Math.abs(stabiliser) < 1e-3 * sizeOf(node), 'ε is tiny');
        const leak = Math.abs(node.arrived - node.passedOn - nothing - stabiliser) / sizeOf(node);
        largest = Math.max(largest, leak);
        if (nothing !== 0) empty += 1;
        assert.ok(leak < 1e-4, `${node.node} (${node.op}, ${node.rule}) leaks ${leak} of Σ|R|`);
        assert.equal(node.absorbed['bias'] ?? 0, 0, `${node.node}: there is no bias`);
      }
      t.diagnostic(
        `${nodes.length} nodes, largest leak ${largest.toExponential(1)} of Σ|R|, ${empty} with an empty part`,
      );
    });

test('deep Taylor: everything is positive, and all of it arrives', async () => {
  for (const network of networks) {
    const { relevance, outputs } = await run(`${network}-no-bias`, { options: { composite: 'deepTaylorBounded' } });
    const start = (outputs[names.start]?.data as Float32Array)[0] ?? NaN;
    assert.ok(start > 0);
    assert.ok(relevance.every((value) => value >= 0));
    const sum = relevance.reduce((total, value) => total + value, 0);
    // Inputs of either sign behind a bottleneck: a neuron may have no positive part to share by.
    if (network !== 'mobilenet') assert.ok(Math.abs(sum - start) < 1e-4 * start, `${network}: ${sum} for ${start}`);
  }
});

for (const network of ['vgg', 'resnet', 'vgg-no-bias', 'resnet-no-bias'])
  test(`${network}: LRP-0 is gradient × input, biases absorbed`, async (t) => {
    const lrp = await run(network, { options: { rule: { rule: 'zero' } } });
    const { relevance: gradient } = await run(network, { rules: 'gradient' });
    const product = gradient.map((value, at) => value * (image[at] ?? NaN));
    const error = worst(lrp.relevance, product);
    t.diagnostic(`worst ${error.toExponential(1)} of max |R|`);
    assert.ok(error < 1e-5, `worst ${error}`);
  });

test('batch norm is folded: no node of its own is left, and values that are asked for stay', async () => {
  const model = await importModel(here('resnet.onnx'));
  const spec = { kind: 'relevance', head: 'linear', rules: 'lrp', options: { composite: 'epsilonPlus' } } as const;
  assert.ok(model.graph.nodes.some(({ op }) => op === 'BatchNormalization'));
  const plain = compileProgram(model, spec);
  assert.ok(!plain.graph.nodes.some(({ op }) => op === 'BatchNormalization'));
  const inner = model.graph.nodes.find(({ op }) => op === 'BatchNormalization')?.inputs[0] ?? '';
  const asked = compileProgram(model, { ...spec, at: [inner] });
  assert.equal(asked.graph.nodes.filter(({ op }) => op === 'BatchNormalization').length, 1);
  const executable = await engine.compile(asked);
  const feeds = { image: f32(image, dims), [names.seed]: f32([1, 0, 0, 0, 0], [1, 5]) };
  assert.equal((await executable.run(feeds))[names.relevance(inner)]?.dims.length, 4);
  executable.dispose();
});
