/** The table of engines: one line each, in the order `auto` tries them (GPU before CPU). */
import { UserError } from '../errors';
import type { EngineEntry } from '../protocol';
import { withProcessor } from './fallback';
import type { Provider } from './onnxruntime/devices';
import type { BackendName } from './tensorflow/types';
import type { Engine } from './types';

export interface EngineOptions {
  /** Threads of one run; 0 for the engine's own choice. */
  readonly threads: number;
}

interface EngineLine {
  readonly name: string;
  /** A GPU: every run may lose it. */
  readonly device: boolean;
  /** Version when it can be used here. Rejects with the reason when it cannot. */
  readonly probe: () => Promise<string>;
  readonly make: (options: EngineOptions) => Promise<Engine>;
}

/** ONNX Runtime with one of its devices. */
function onnxRuntime(name: string, provider: Provider): EngineLine {
  return {
    name,
    device: true,
    probe: async () => (await import('./onnxruntime/devices')).probeProvider(provider),
    make: async ({ threads }) => (await import('./onnxruntime')).onnxRuntimeDevice(name, { threads, provider }),
  };
}

/** TensorFlow.js with one of its backends. */
function tensorFlow(backend: BackendName): EngineLine {
  return {
    name: `tensorflow/${backend}`,
    device: backend === 'node-gpu' || backend === 'webgpu',
    probe: async () => (await import('./tensorflow/backends')).probeBackend(backend),
    make: async ({ threads }) => (await import('./tensorflow')).tensorFlow(backend, threads),
  };
}

/** Code of an engine is loaded when it is probed or made, not before: a command line starts in a second. */
const ENGINES: readonly EngineLine[] = [
  onnxRuntime('onnxruntime/cuda', 'cuda'),
  onnxRuntime('onnxruntime/directml', 'dml'),
  onnxRuntime('onnxruntime/coreml', 'coreml'),
  onnxRuntime('onnxruntime/webgpu', 'webgpu'),
  tensorFlow('node-gpu'),
  tensorFlow('webgpu'),
  {
    name: 'onnxruntime/cpu',
    device: false,
    probe: async () => `ONNX Runtime ${await (await import('./onnxruntime/library')).ortVersion()}`,
    make: async (options) => (await import('./onnxruntime')).onnxRuntimeCpu(options),
  },
  tensorFlow('node'),
  tensorFlow('wasm'),
  tensorFlow('cpu'),
];

/** How a probe says that a device is one in software. */
const SOFTWARE = 'in software';

/** An engine; one on a device falls back to the processor when the device is lost. */
async function made(line: EngineLine, options: EngineOptions): Promise<Engine> {
  const engine = await line.make(options);
  return line.device ? withProcessor(engine, () => openEngine('onnxruntime/cpu', options)) : engine;
}

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
    return made(line, options);
  }
  const reasons: string[] = [];
  for (const line of ENGINES)
    try {
      const detail = await line.probe();
      // A GPU in software is slower than the processor it runs on.
      if (detail.endsWith(SOFTWARE)) throw new UserError('engine-unavailable', detail);
      return await made(line, options);
    } catch (error) {
      reasons.push(`${line.name}: ${error instanceof UserError ? error.what : String(error)}`);
    }
  throw new UserError('engine-unavailable', 'No engine can run models here', { where: reasons.join('; ') });
}
