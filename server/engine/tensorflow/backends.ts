/** The backends of TensorFlow.js: what there is, and how each is loaded. */
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../errors';
import { alone } from './alone';
import type { BackendName } from './types';

interface Backend {
  /** What it is, without loading its library into this process. Rejects with the reason why it cannot be used. */
  readonly probe: () => Promise<string>;
  /** Registers it. @param threads Of one run; 0 for its own choice. */
  readonly register: (threads: number) => Promise<void>;
}

const native = (name: 'node' | 'node-gpu'): Backend => ({
  probe: async () => (await import('./node')).probeNode(name, packageFolder()),
  register: async (threads) => {
    (await import('./node')).registerNode(name, packageFolder(), threads);
  },
});

const backends: Readonly<Record<BackendName, Backend>> = {
  node: native('node'),
  'node-gpu': native('node-gpu'),
  webgpu: {
    probe: async () => {
      return `TensorFlow.js ${tf.version_core}, ${(await import('./webgpu')).probeWebgpu()}`;
    },
    register: async () => (await import('./webgpu')).registerWebgpu(),
  },
  wasm: {
    probe: () => Promise.resolve(`TensorFlow.js ${tf.version_core}, WebAssembly`),
    register: async () => {
      (await import('./wasm')).prepareWasm();
    },
  },
  cpu: {
    probe: () => Promise.resolve(`TensorFlow.js ${tf.version_core}, plain JavaScript`),
    register: async () => {
      await import('@tensorflow/tfjs-backend-cpu');
    },
  },
};

/** Where the setting `modelBlame.tensorflow.path` (here a variable of the environment) says that tfjs-node is. */
function packageFolder(): string | null {
  const path = process.env['MODEL_BLAME_TENSORFLOW'];
  return path === undefined || path === '' ? null : path;
}

const probes = new Map<BackendName, Promise<string>>();
const loading = new Map<BackendName, Promise<void>>();

/** @throws UserError `engine-unavailable` with the reason. */
export function probeBackend(name: BackendName): Promise<string> {
  const known = probes.get(name) ?? Promise.resolve().then(() => backends[name].probe());
  probes.set(name, known);
  return known;
}

/** Loads a backend and starts it: one that is registered may still fail to start. */
export function loadBackend(name: BackendName, threads: number): Promise<void> {
  const known = loading.get(name);
  if (known !== undefined) return known;
  // Without this it greets on the console.
  tf.enableProdMode();
  const own = backends[name]
    .register(threads)
    .then(() => alone(name, () => tf.ready()))
    .catch((error: unknown) => {
      loading.delete(name);
      if (error instanceof UserError) throw error;
      const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
      throw new UserError('engine-unavailable', `TensorFlow.js could not be loaded: ${message}`, { cause: error });
    });
  loading.set(name, own);
  return own;
}
