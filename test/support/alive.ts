/** What is still there after work was done many times: to tell a leak from memory that V8 has not collected yet. */
import * as v8 from 'node:v8';
import { engine } from '@tensorflow/tfjs-core';

export interface Alive {
  /** Objects that something still refers to, exactly: code that was compiled meanwhile is none. */
  readonly objects: number;
  /** Tensors of TensorFlow.js that nobody disposed of: their numbers may lie where no collection comes. */
  readonly tensors: number;
  /** Bytes of buffers outside the heap. */
  readonly buffers: number;
  /** Bytes, right after a collection: what a library's own allocator holds is in it. */
  readonly resident: number;
}

/** Node ≥ 20.13; the types know it from 22 on. It collects garbage before it counts. */
const { queryObjects } = v8 as unknown as {
  readonly queryObjects: (constructor: unknown, options: { readonly format: 'count' }) => number;
};

export async function alive(): Promise<Alive> {
  // What is let go of after a run is let go of first.
  await new Promise((resolve) => setTimeout(resolve, 20));
  const objects = queryObjects(Object, { format: 'count' });
  const { external, rss } = process.memoryUsage();
  return { objects, tensors: engine().state.numTensors, buffers: external, resident: rss };
}
