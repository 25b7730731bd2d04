/** TensorFlow.js has one active backend per process: runs take turns, and each makes its own the active one. */
import * as tf from '@tensorflow/tfjs-core';
import type { BackendName } from './types';

let turn: Promise<unknown> = Promise.resolve();

/** Names under which backends register themselves. */
const registered: Readonly<Record<BackendName, string>> = {
  node: 'tensorflow',
  'node-gpu': 'tensorflow',
  webgpu: 'webgpu',
  wasm: 'wasm',
  cpu: 'cpu',
};

export function alone<T>(backend: BackendName, work: () => Promise<T>): Promise<T> {
  const mine = turn.then(async () => {
    const name = registered[backend];
    if (tf.getBackend() !== name && !(await tf.setBackend(name))) await reason(name);
    return work();
  });
  turn = mine.catch(() => undefined);
  return mine;
}

/** `setBackend` says only that it failed: the backend's own factory says why. */
async function reason(name: string): Promise<never> {
  await tf.findBackendFactory(name)();
  throw new Error(`TensorFlow.js could not start its backend ${name}`);
}
