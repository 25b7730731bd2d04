/**
 * The WebGPU backend in Node, on Dawn (npm package `webgpu`, optional). Electron's own Node cannot run it: it forbids
 * the external buffers that Dawn maps. The compute process then has to be a Node of its own (`modelBlame.server.runtime`).
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { UserError } from '../../errors';
import { errorLine, inProcess, needGraphics } from '../probe';

/** What the package gives, as far as it is used. */
interface Dawn {
  readonly create: (options: readonly string[]) => unknown;
  readonly globals: object;
}

const PROBE = `import(process.argv[1]).then(async ({ create, globals }) => {
  Object.assign(globalThis, globals);
  const adapter = await create([]).requestAdapter();
  if (adapter === null) throw new Error('no graphics driver (Vulkan, Metal, Direct3D 12) that WebGPU can use');
  const { vendor, device, description, isFallbackAdapter } = adapter.info;
  const software = isFallbackAdapter === true || /llvmpipe|swiftshader|software/i.test(device + description);
  console.log(JSON.stringify({ name: description || device || vendor, software }));
  process.exit(0);
}).catch((error) => { console.error('Error: ' + error.message); process.exit(1); });`;

export interface Adapter {
  readonly name: string;
  /** A driver that computes on the processor: right, but slow. */
  readonly software: boolean;
}

/** @throws UserError `engine-unavailable`. */
export async function probeWebgpu(): Promise<Adapter> {
  if (process.versions['electron'] !== undefined)
    throw new UserError('engine-unavailable', 'needs a Node of its own: set modelBlame.server.runtime');
  needGraphics();
  return inProcess<Adapter>(PROBE, [dawn()], (stderr) => errorLine(stderr)?.replace(/^Error: /, ''));
}

/** Gives TensorFlow.js the `navigator.gpu` that it looks for when its backend is loaded. */
export async function registerWebgpu(): Promise<void> {
  const { create, globals } = (await import(dawn())) as Dawn;
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });
  await import('@tensorflow/tfjs-backend-webgpu');
}

function dawn(): string {
  try {
    return pathToFileURL(createRequire(import.meta.url).resolve('webgpu')).href;
  } catch {
    throw new UserError('engine-unavailable', 'the package webgpu is not installed');
  }
}
