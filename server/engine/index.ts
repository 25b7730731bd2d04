/** The table of engines: one line each, in the order `auto` tries them (GPU before CPU). */
import { UserError } from '../errors';
import type { EngineEntry } from '../protocol';
import { withProcessor } from './fallback';
import { engineLog } from './log';
import type { Provider } from './onnxruntime/devices';
import { isSoftware, namedDriver } from './probe';
import { tryEngine } from './trial';
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

/** Engines on a device of their own. */
export const deviceEngines: readonly string[] = ENGINES.filter(({ device }) => device).map(({ name }) => name);

interface Found {
  readonly detail: string;
  /** A driver that computes on the processor: right, but slower than the processor itself. */
  readonly software: boolean;
  /** Bytes of the device's own memory, where somebody says. */
  readonly memory: number | null;
  readonly throughput: number | null;
}

/** Devices that computed what the processor does, in this process's life. */
const trusted = new Map<string, Found>();

/** What an engine is. A device is tried before it is trusted. @throws UserError `engine-unavailable`. */
async function find(line: EngineLine, measure = false): Promise<Found> {
  const known = trusted.get(line.name);
  if (known !== undefined && !measure) return known;
  const version = await line.probe();
  if (!line.device && !measure) return { detail: version, software: false, memory: null, throughput: null };
  const { adapter, memory, throughput } = await tryEngine(line.name, 0, measure);
  if (!line.device) return { detail: version, software: false, memory, throughput };
  // ONNX Runtime does not say which device it took.
  const software = isSoftware(adapter ?? (line.name.endsWith('webgpu') ? namedDriver() : ''));
  const told = [version, adapter, 'checked against the processor', software ? 'in software' : null];
  const found = { detail: told.filter((part) => part !== null).join(', '), software, memory, throughput };
  trusted.set(line.name, found);
  return found;
}

/** An engine; one on a device falls back to the processor when the device is lost. */
async function made(line: EngineLine, { memory, software }: Found, options: EngineOptions): Promise<Engine> {
  const plain = await line.make(options);
  // A driver in software has the processor's memory.
  const engine = memory === null || software ? plain : { ...plain, memory };
  return line.device ? withProcessor(engine, () => openEngine('onnxruntime/cpu', options)) : engine;
}

/**
 * Every engine with its version, or the reason why it cannot be used here.
 * @param measure Also how fast each is, one after another.
 */
export async function engines(measure = false): Promise<EngineEntry[]> {
  const entry = async (line: EngineLine): Promise<EngineEntry> => {
    try {
      const { detail, throughput } = await find(line, measure);
      return { name: line.name, available: true, detail, ...(throughput === null ? {} : { throughput }) };
    } catch (error) {
      const what = error instanceof UserError ? error.what : String(error);
      return { name: line.name, available: false, detail: [what, ...nextOf(error)].join(': ') };
    }
  };
  if (!measure) return Promise.all(ENGINES.map(entry));
  const entries: EngineEntry[] = [];
  for (const line of ENGINES) entries.push(await entry(line));
  return entries;
}

/** What a person can do about an engine that cannot be used. */
function nextOf(error: unknown): string[] {
  return error instanceof UserError && error.next !== undefined ? [error.next] : [];
}

/** The engine of this name, as it is: for its own trial. @throws UserError `unknown-engine`. */
export async function openUntried(name: string, options: EngineOptions): Promise<Engine> {
  return lineOf(name).make(options);
}

function lineOf(name: string): EngineLine {
  const line = ENGINES.find((engine) => engine.name === name);
  if (line !== undefined) return line;
  throw new UserError('unknown-engine', `There is no engine “${name}”`, {
    next: `choose one of auto, ${ENGINES.map((engine) => engine.name).join(', ')}: in the setting modelBlame.engine, "engine" of the model in model-blame.json, or --engine`,
  });
}

/**
 * @param name Engine, or null for the first in the table that loads.
 * @throws UserError `unknown-engine`, `engine-unavailable`.
 */
export async function openEngine(name: string | null, options: EngineOptions): Promise<Engine> {
  if (name !== null && name !== 'auto') {
    const line = lineOf(name);
    const found = await find(line).catch((error: unknown) => {
      throw new UserError('engine-unavailable', `Engine ${name} cannot be used here`, {
        where: error instanceof UserError ? error.what : String(error),
        next: [...nextOf(error), 'set the engine to auto'].join('; or '),
        cause: error,
      });
    });
    return made(line, found, options);
  }
  const reasons: string[] = [];
  for (const line of ENGINES)
    try {
      // A named driver in software need not be tried to be left out.
      if (line.name.endsWith('webgpu') && isSoftware(namedDriver()))
        throw new UserError('engine-unavailable', namedDriver());
      const found = await find(line);
      if (found.software) throw new UserError('engine-unavailable', found.detail);
      const engine = await made(line, found, options);
      engineLog(
        'info',
        [`engine ${line.name} (${found.detail})`, ...reasons.map((reason) => `not ${reason}`)].join('; '),
      );
      return engine;
    } catch (error) {
      reasons.push(`${line.name}: ${error instanceof UserError ? error.what : String(error)}`);
    }
  throw new UserError('engine-unavailable', 'No engine can run models here', { where: reasons.join('; ') });
}
