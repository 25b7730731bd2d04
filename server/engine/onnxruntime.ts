/**
 * Engine `onnxruntime/cpu`: Programs on ONNX Runtime's CPU kernels, through `onnxruntime-node`. Its `run` blocks
 * the thread for as long as the model runs, which is why there is a compute process.
 */
import { loadOrt } from './onnxruntime/library';
import { compileSession } from './onnxruntime/session';
import type { SessionChoices } from './onnxruntime/load';
import type { Engine } from './types';

export function onnxRuntimeCpu(choices: SessionChoices): Engine {
  const engine = (name: string, threads: number): Engine => ({
    name,
    compile: async (program) => compileSession(await loadOrt(), program, { ...choices, threads }),
  });
  const all = engine('onnxruntime/cpu', choices.threads);
  return choices.threads === 1 ? all : { ...all, alone: engine('onnxruntime/cpu, one thread', 1) };
}

/** ONNX Runtime on a device; nodes that its provider lacks run on the processor. */
export function onnxRuntimeDevice(name: string, choices: Required<SessionChoices>): Engine {
  return {
    name,
    compile: async (program) => compileSession(await loadOrt(), program, choices),
  };
}
