/** Writes a Graph and loads it into ONNX Runtime, weights left where they are on disk. */
import { rmSync } from 'node:fs';
import type { InferenceSession } from 'onnxruntime-node';
import { writeOnnx } from '../../graph/onnx/write';
import type { Graph } from '../../graph/types';
import type { Ort } from './library';
import { compileError } from './messages';
import { leftToProcessor } from './placement';
import { placeWeights } from './weights';

export interface SessionChoices {
  /** Threads of one run; 0 lets ONNX Runtime take one per physical core. */
  readonly threads: number;
  /** Where nodes run; what it lacks runs on the processor. */
  readonly provider?: 'webgpu' | 'cuda' | 'dml' | 'coreml';
}

/**
 * Session options. `extra` values are strings by the binding's demand. Measured on ResNet-18, one thread:
 * - optimisation `all`: 45 ms a run and 107 MB, `extended` 69 ms and 19 MB: convolutions want their own weight layout.
 * - the memory arena stays on: off, 16 rows peak at 209 MB instead of 233, but a run takes a fifth longer.
 * - switching prepacking off changes neither.
 * - programs with weights of their own (LRP: w⁺, |w|, …) are loaded as they are, `disabled`: folding those weights and
 *   laying them out anew takes 10 to 25 times the plain model's time, and a run gains a quarter (ResNet-18) to a half
 *   (MobileNetV2): it pays after five to nine runs of one program only.
 * - Spinning threads are stopped when a run ends: several sessions live side by side, and a person's machine has
 *   other work.
 */
export function sessionOptions(
  choices: SessionChoices,
  folder: string | null,
  level: 'all' | 'disabled',
  graph: Graph,
): InferenceSession.SessionOptions {
  return {
    executionProviders: providersOf(choices, graph),
    intraOpNumThreads: choices.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: level,
    logSeverityLevel: 4,
    extra: {
      session: {
        force_spinning_stop: '1',
        ...(folder === null ? {} : { model_external_initializers_file_folder_path: folder }),
      },
    },
  };
}

function providersOf({ provider }: SessionChoices, graph: Graph): InferenceSession.ExecutionProviderConfig[] {
  if (provider === undefined) return ['cpu'];
  const forced = leftToProcessor(graph, provider);
  const device = provider === 'webgpu' && forced.length > 0 ? { name: provider, forceCpuNodeNames: forced } : provider;
  return [device, 'cpu'];
}

export interface Loaded {
  readonly session: InferenceSession;
  readonly release: () => void;
}

export async function loadGraph(
  ort: Ort,
  graph: Graph,
  key: string,
  options: (folder: string | null) => InferenceSession.SessionOptions,
): Promise<Loaded> {
  const { folder, external, ownFile } = placeWeights(graph, key);
  const removeFile = (): void => {
    if (ownFile !== null) rmSync(ownFile, { force: true });
  };
  try {
    const bytes = writeOnnx(graph, { external: (_, tensor) => external.get(tensor) });
    const session = await created(ort, bytes, options(external.size === 0 ? null : folder));
    return {
      session,
      release: () => void session.release().finally(removeFile),
    };
  } catch (error) {
    removeFile();
    throw compileError(error);
  }
}

/**
 * A rewrite of ONNX Runtime that loses a value of its own (`GetIndexFromName`; a Longformer's reshapes) does not make
 * the program wrong: it is loaded as it is.
 */
async function created(
  ort: Ort,
  bytes: Uint8Array,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  try {
    return await ort.InferenceSession.create(bytes, options);
  } catch (error) {
    const lost = error instanceof Error && /graph_utils\.cc.*GetIndexFromName/s.test(error.message);
    if (!lost || options.graphOptimizationLevel === 'disabled') throw error;
    return ort.InferenceSession.create(bytes, { ...options, graphOptimizationLevel: 'disabled' });
  }
}
