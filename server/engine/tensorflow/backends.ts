/** Loads TensorFlow.js and one of its backends, and says why when it cannot be. */
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../errors';
import { alone } from './alone';
import type { BackendName } from './types';

/** Registers the backend's kernels. @returns What is shown of it: version and kind. */
const loaders: Readonly<Record<'wasm' | 'cpu', () => Promise<string>>> = {
  cpu: async () => {
    await import('@tensorflow/tfjs-backend-cpu');
    return `TensorFlow.js ${tf.version_core}, plain JavaScript`;
  },
  wasm: async () => {
    (await import('./wasm')).prepareWasm();
    return `TensorFlow.js ${tf.version_core}, WebAssembly`;
  },
};

/** A backend that is registered may still fail to start. */
async function started(name: BackendName, load: () => Promise<string>): Promise<string> {
  const shown = await load();
  await alone(name, () => tf.ready());
  return shown;
}

const loading = new Map<BackendName, Promise<string>>();

/** @throws UserError `engine-unavailable` with the reason. */
export function loadBackend(name: BackendName): Promise<string> {
  const known = loading.get(name);
  if (known !== undefined) return known;
  const loader = loaders[name as 'wasm' | 'cpu'];
  // Without this it greets on the console.
  tf.enableProdMode();
  const own = started(name, loader).catch((error: unknown) => {
    loading.delete(name);
    if (error instanceof UserError) throw error;
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new UserError('engine-unavailable', `TensorFlow.js could not be loaded: ${message}`, { cause: error });
  });
  loading.set(name, own);
  return own;
}
