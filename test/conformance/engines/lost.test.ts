/** A graphics device that is lost in the middle of a request: it goes on with the processor, and nothing is lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { localCompute } from '../../../server/compute/local';
import { sendEngineLog } from '../../../server/engine/log';
import { asTensor, request, samples } from './methods';
import { differenceOf, TOLERANCE } from './compare';
import { presentEngines, REFERENCE } from './present';

const DEVICE = 'tensorflow/webgpu';
const { present, absent } = await presentEngines([DEVICE]);

test(
  'integrated gradients, the device destroyed after the first chunk',
  {
    skip: present.length === 0 ? `${DEVICE} is not here: ${absent[0]?.why ?? 'not asked for'}` : false,
  },
  async () => {
    const lines: string[] = [];
    sendEngineLog((_, line) => lines.push(line));
    const compute = localCompute({ threads: 1 });
    const sample = samples.find(({ model }) => model.endsWith('mobilenet.onnx'))!;
    const choice = ['integrated-gradients', { steps: 200 }] as const;
    const expected = await compute.attribute(request(sample, choice, REFERENCE));
    const before = await compute.attribute(request(sample, choice, DEVICE));
    assert.equal(before.engine, DEVICE);

    let destroyed = false;
    const chunks: number[] = [];
    const after = await compute.attribute(request(sample, choice, DEVICE), {
      progress: (done) => {
        chunks.push(done);
        if (destroyed) return;
        destroyed = true;
        (tf.backend() as unknown as { readonly device: { destroy(): void } }).device.destroy();
      },
    });
    assert.ok(chunks.length > 1, 'it was lost in the middle');
    assert.equal(after.engine, REFERENCE, 'the result says where it was computed');
    assert.equal(lines.filter((line) => line.includes(`${DEVICE} was lost`)).length, 1, lines.join('\n'));
    for (const { relevance } of [before, after]) {
      const { worst } = differenceOf(asTensor(relevance), asTensor(expected.relevance));
      assert.ok(worst <= TOLERANCE, `off by ${worst}`);
    }
    const next = await compute.attribute(request(sample, ['gradient', {}], DEVICE));
    assert.equal(next.engine, REFERENCE, 'later requests go there at once');
  },
);
