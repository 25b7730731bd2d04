/** The table of engines: one line each, in the order `auto` tries them (GPU before CPU). */
import { UserError } from '../errors';
import type { EngineEntry } from '../protocol';
import type { Engine } from './types';

export interface EngineOptions {
  /** Threads of one run; 0 for the engine's own choice. */
  readonly threads: number;
}

interface EngineLine {
  readonly name: string;
  /** Version when it can be used here. Rejects with the reason when it cannot. */
  readonly probe: () => Promise<string>;
  readonly make: (options: EngineOptions) => Promise<Engine>;
}

/** An engine that is known by name but not built yet. */
const later = (name: string): EngineLine => {
  const reason = (): Promise<never> =>
    Promise.reject(new UserError('engine-unavailable', 'not part of this build yet'));
  return { name, probe: reason, make: reason };
};

/** TensorFlow.js with one of its backends. */
function tensorFlow(backend: 'node-gpu' | 'node' | 'wasm' | 'cpu'): EngineLine {
  return {
    name: `tensorflow/${backend}`,
    probe: async () => (await import('./tensorflow/backends')).probeBackend(backend),
    make: async ({ threads }) => (await import('./tensorflow')).tensorFlow(backend, threads),
  };
}

/** Code of an engine is loaded when it is probed or made, not before: a command line starts in a second. */
const ENGINES: readonly EngineLine[] = [
  later('onnxruntime/cuda'),
  later('onnxruntime/directml'),
  later('onnxruntime/coreml'),
  later('onnxruntime/webgpu'),
  {
    name: 'onnxruntime/cpu',
    probe: async () => `ONNX Runtime ${await (await import('./onnxruntime/library')).ortVersion()}`,
    make: async (options) => (await import('./onnxruntime')).onnxRuntimeCpu(options),
  },
  tensorFlow('node-gpu'),
  later('tensorflow/webgpu'),
  tensorFlow('node'),
  tensorFlow('wasm'),
  tensorFlow('cpu'),
];

/** Every engine with its version, or the reason why it cannot be used here. */
export function engines(): Promise<EngineEntry[]> {
  return Promise.all(
    ENGINES.map(async ({ name, probe }) =>
      probe().then(
        (detail) => ({ name, available: true, detail }),
        (error: unknown) => ({
          name,
          available: false,
          detail: error instanceof UserError ? error.what : String(error),
        }),
      ),
    ),
  );
}

/**
 * @param name Engine, or null for the first in the table that loads.
 * @throws UserError `unknown-engine`, `engine-unavailable`.
 */
export async function openEngine(name: string | null, options: EngineOptions): Promise<Engine> {
  if (name !== null && name !== 'auto') {
    const line = ENGINES.find((engine) => engine.name === name);
    if (line === undefined)
      throw new UserError('unknown-engine', `There is no engine “${name}”`, {
        next: `choose one of auto, ${ENGINES.map((engine) => engine.name).join(', ')}`,
      });
    await line.probe().catch((error: unknown) => {
      throw new UserError('engine-unavailable', `Engine ${name} cannot be used here`, {
        where: error instanceof UserError ? error.what : String(error),
        next: 'set the engine to auto',
        cause: error,
      });
    });
    return line.make(options);
  }
  const reasons: string[] = [];
  for (const line of ENGINES)
    try {
      await line.probe();
      return await line.make(options);
    } catch (error) {
      reasons.push(`${line.name}: ${error instanceof UserError ? error.what : String(error)}`);
    }
  throw new UserError('engine-unavailable', 'No engine can run models here', { where: reasons.join('; ') });
}
