/** The engines that are tested here, and why others are not. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engines, openEngine } from '../../../server/engine';
import type { Engine } from '../../../server/engine/types';

export const REFERENCE = 'onnxruntime/cpu';

const options = { threads: 1 };

/**
 * A Vulkan driver in software, for these tests alone: everywhere else a device would be looked for in vain. Drivers are
 * found through the environment when the first device is asked for.
 */
const vulkan = process.env['MODEL_BLAME_VULKAN'];
if (vulkan !== undefined) {
  process.env['VK_ICD_FILENAMES'] ??= vulkan;
  process.env['XDG_RUNTIME_DIR'] ??= mkdtempSync(join(tmpdir(), 'model-blame-xdg-'));
}

/** Engines that CI's machine must have. */
export const inCI: readonly string[] = [
  'tensorflow/node',
  'tensorflow/wasm',
  'tensorflow/cpu',
  ...(vulkan === undefined ? [] : ['onnxruntime/webgpu', 'tensorflow/webgpu']),
];

export async function reference(): Promise<Engine> {
  return openEngine(REFERENCE, options);
}

/** `ENGINES=tensorflow/wasm,…` limits them. @param names Of these; all where left out. */
export async function presentEngines(
  names?: readonly string[],
): Promise<{ present: Engine[]; absent: { name: string; why: string }[] }> {
  const wanted = process.env['ENGINES']?.split(',');
  const entries = (await engines()).filter(
    ({ name }) => name !== REFERENCE && wanted?.includes(name) !== false && names?.includes(name) !== false,
  );
  const present = await Promise.all(
    entries.filter(({ available }) => available).map(({ name }) => openEngine(name, options)),
  );
  const absent = entries.filter(({ available }) => !available).map(({ name, detail }) => ({ name, why: detail }));
  return { present, absent };
}
