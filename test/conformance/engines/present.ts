/** The engines that are tested here, and why others are not. */
import { engines, openEngine } from '../../../server/engine';
import type { Engine } from '../../../server/engine/types';

export const REFERENCE = 'onnxruntime/cpu';

const options = { threads: 1 };

/** Engines that CI's machine must have. */
export const inCI: readonly string[] = ['tensorflow/node', 'tensorflow/wasm', 'tensorflow/cpu'];

export async function reference(): Promise<Engine> {
  return openEngine(REFERENCE, options);
}

/** `ENGINES=tensorflow/wasm,…` limits them. */
export async function presentEngines(): Promise<{ present: Engine[]; absent: { name: string; why: string }[] }> {
  const wanted = process.env['ENGINES']?.split(',');
  const entries = (await engines()).filter(({ name }) => name !== REFERENCE && wanted?.includes(name) !== false);
  const present = await Promise.all(
    entries.filter(({ available }) => available).map(({ name }) => openEngine(name, options)),
  );
  const absent = entries.filter(({ available }) => !available).map(({ name, detail }) => ({ name, why: detail }));
  return { present, absent };
}
