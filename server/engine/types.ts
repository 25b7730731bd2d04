/** Engines run Programs on a device. */
import type { Tensor } from '../graph/types';
import type { Program } from '../program/types';

export type Feeds = Readonly<Record<string, Tensor>>;

export interface Engine {
  /** `onnxruntime/cpu`, `tensorflow/node`, `tensorflow/webgpu`, … */
  readonly name: string;
  /** Bytes of the device's own memory; absent on the processor, and where nobody says. */
  readonly memory?: number;
  compile(program: Program): Promise<Executable>;
  /** The same on one thread, where an engine can choose: others wake up for more than a short run takes. */
  readonly alone?: Engine;
}

export interface Executable {
  /**
   * Runs once; rejects with `Cancelled` when the signal was aborted before, never in the middle. Feeds the program
   * does not have are ignored; a missing one, and NaN or infinity in an output, is an error that says where.
   */
  run(feeds: Feeds, signal?: AbortSignal): Promise<Record<string, Tensor>>;
  /** The Program it runs: its key, the nodes relevance goes through, the twin feeds it needs. */
  readonly key: string;
  readonly trace: Program['trace'];
  readonly twins: Program['twins'];
  /** Bytes of memory it is thought to hold, for the cache. */
  readonly bytes: number;
  dispose(): void;
}
