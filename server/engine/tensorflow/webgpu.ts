/**
 * The WebGPU backend in Node, on Dawn (npm package `webgpu`, optional). Electron's own Node cannot run it: it forbids
 * the external buffers that Dawn maps. The compute process then has to be a Node of its own (`modelBlame.server.runtime`).
 */
import { createRequire } from 'node:module';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../errors';
import { needGraphics } from '../probe';

/** What the package gives, as far as it is used. */
interface Dawn {
  readonly create: (options: readonly string[]) => unknown;
  readonly globals: object;
}

/** @throws UserError `engine-unavailable`. */
export function probeWebgpu(): string {
  if (process.versions['electron'] !== undefined)
    throw new UserError('engine-unavailable', 'needs a Node of its own: set modelBlame.server.runtime');
  needGraphics();
  dawn();
  return 'WebGPU';
}

/** Gives TensorFlow.js the `navigator.gpu` that it looks for when its backend is loaded. */
export async function registerWebgpu(): Promise<void> {
  const { create, globals } = (await import(dawn())) as Dawn;
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });
  await import('@tensorflow/tfjs-backend-webgpu');
}

/** As far as it is used. */
interface Adapter {
  readonly info: { readonly vendor: string; readonly device: string; readonly description: string };
  readonly limits: { readonly maxBufferSize: number };
}

/** What the graphics device is called, and its largest buffer in bytes; null before `registerWebgpu` and for others' devices. */
export async function adapterOf(): Promise<{ readonly name: string; readonly largestBuffer: number } | null> {
  const { navigator } = globalThis as { navigator?: { gpu?: { requestAdapter(): Promise<Adapter | null> } } };
  const adapter = (await navigator?.gpu?.requestAdapter()) ?? null;
  if (adapter === null) return null;
  const { vendor, device, description } = adapter.info;
  return { name: description || device || vendor, largestBuffer: adapter.limits.maxBufferSize };
}

function dawn(): string {
  try {
    return pathToFileURL(createRequire(import.meta.url).resolve('webgpu')).href;
  } catch {
    throw new UserError('engine-unavailable', 'the package webgpu is not installed');
  }
}

/** As far as it is used. */
interface Device {
  pushErrorScope(filter: 'validation' | 'out-of-memory'): void;
  popErrorScope(): Promise<{ readonly message: string } | null>;
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
}

/** Milliseconds. */
const SOON = 100;

const scopes = ['validation', 'out-of-memory'] as const;

/**
 * Work on the device, errors included: WebGPU goes on with zeros where a program could not be compiled or memory was
 * not there, and TensorFlow.js does not look.
 */
export async function withDeviceErrors<T>(work: () => Promise<T>): Promise<T> {
  const { device } = tf.backend() as unknown as { readonly device: Device };
  for (const scope of scopes) device.pushErrorScope(scope);
  const [outcome] = await Promise.allSettled([work()]);
  // Reading from a device that is gone fails without a word; the reason is told elsewhere, a moment later.
  if (outcome.status === 'rejected') {
    const loss = await Promise.race([device.lost, setTimeout(SOON, null)]);
    if (loss !== null)
      throw new Error(`the device was lost: ${loss.message || loss.reason}`, { cause: outcome.reason });
  }
  for (const _ of scopes) {
    const error = await device.popErrorScope();
    if (error !== null)
      throw new UserError(
        'run-failed',
        `TensorFlow.js could not run the model: ${error.message.split('\n')[0] ?? ''}`,
        {
          next: 'choose another engine',
          cause: error,
        },
      );
  }
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}
