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
  // What native code holds is let go of in a task after a collection, and is collected by the next one: counted until
  // nothing goes any more.
  let objects = Infinity;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const now = queryObjects(Object, { format: 'count' });
    if (now >= objects) break;
    objects = now;
  }
  const { external, rss } = process.memoryUsage();
  return { objects, tensors: engine().state.numTensors, buffers: external, resident: rss };
}
