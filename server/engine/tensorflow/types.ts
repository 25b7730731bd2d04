/** What a line of the kernel table says. */
import type { Node } from '../../graph/types';
import type { Operand } from './operands';

/** Backends of TensorFlow.js. */
export type BackendName = 'node' | 'node-gpu' | 'webgpu' | 'wasm' | 'cpu';

export interface Call {
  readonly node: Node;
  /** Undefined where an optional input is absent. */
  readonly inputs: readonly (Operand | undefined)[];
  readonly backend: BackendName;
}

/**
 * Computes a node's outputs with TensorFlow.js ops, forward only. Tensors it makes and does not return are disposed
 * by the caller.
 */
export type Kernel = (call: Call) => Operand | readonly Operand[];

export interface KernelEntry {
  readonly ops: readonly string[];
  /** ai.onnx when left out. */
  readonly domain?: 'ai.onnx.ml' | 'com.microsoft';
  readonly kernel: Kernel;
  /** Inputs whose numbers the kernel reads (axes, sizes), fetched before it is called; `integers`: all that are not floats. */
  readonly reads?: readonly number[] | 'all' | 'integers' | ((node: Node) => readonly number[]);
}
