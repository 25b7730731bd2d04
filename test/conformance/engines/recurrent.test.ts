/** Settings of activations inside recurrent operators: listed for those that take them, not by place. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { floats, int, strings } from '../../../server/graph/attributes';
import { GraphBuilder } from '../../../server/graph/builder';
import { f32 } from '../../../server/graph/tensor';
import type { Program } from '../../../server/program/types';
import { differenceOf, runIn, TOLERANCE } from './compare';
import { presentEngines, reference } from './present';

const [STEPS, BATCH, WIDTH, HIDDEN] = [4, 2, 3, 2];
const numbers = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, at) => Math.sin(seed + 1.7 * at));

const cases = {
  LSTM: { gates: 4, activations: ['Sigmoid', 'HardSigmoid', 'HardSigmoid'], alphas: [0.3, 0.4], betas: [0.5, 0.1] },
  GRU: { gates: 3, activations: ['Tanh', 'LeakyRelu'], alphas: [0.6], betas: [] },
} as const;

const { present } = await presentEngines();
const peer = await reference();
for (const engine of present)
  for (const [op, { gates, activations, alphas, betas }] of Object.entries(cases))
    test(`${engine.name}: ${op} with ${activations.join(', ')}`, async () => {
      const b = new GraphBuilder('recurrent');
      const x = b.input('x', 'float32', [STEPS, BATCH, WIDTH]);
      const weights = [WIDTH, HIDDEN].map((width, at) =>
        b.constant(f32(numbers(gates * HIDDEN * width, at), [1, gates * HIDDEN, width]), 'weights'),
      );
      const [all = ''] = b.ops(op, [x, ...weights], 1, {
        hidden_size: int(HIDDEN),
        activations: strings([...activations]),
        activation_alpha: floats([...alphas]),
        ...(betas.length === 0 ? {} : { activation_beta: floats([...betas]) }),
      });
      const graph = b.build([b.rename(all, 'y')], { inputs: true });
      const feeds = { x: f32(numbers(STEPS * BATCH * WIDTH, 5), [STEPS, BATCH, WIDTH]) };
      const program = { graph } as Program;
      const [wanted, found] = [await runIn(peer, program, feeds), await runIn(engine, program, feeds)];
      const worst = differenceOf(found['y'], wanted['y']!).worst;
      assert.ok(worst <= TOLERANCE, `off by ${worst}`);
    });
