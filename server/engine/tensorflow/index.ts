/** Engine `tensorflow`: Programs interpreted with TensorFlow.js ops on one of its backends. */
import type { Engine } from '../types';
import { loadBackend } from './backends';
import { compileProgram } from './session';
import type { BackendName } from './types';

export async function tensorFlow(backend: BackendName, threads: number): Promise<Engine> {
  await loadBackend(backend, threads);
  return {
    name: `tensorflow/${backend}`,
    compile: (program) => Promise.resolve().then(() => compileProgram(program, backend)),
  };
}
