/** Long work in this process, in slices: whoever asks for something meanwhile is answered between two of them. */
import { throwIfCancelled } from '../errors';

/** Milliseconds of one slice: a click or hover waits for it at most. */
const SLICE = 12;
/** Work in the background has answers of its own to hear, which keep the compute process busy. */
const BACKGROUND_SLICE = 4;

/** Milliseconds after which background work looks again whether somebody still waits. */
const LOOK = 2;

/** Call it often; it pauses when a slice is over. Rejects with `Cancelled` when the signal was aborted. */
export type Breathe = () => Promise<void> | undefined;

/** Answers that somebody waits for. */
let waitedFor = 0;

/** Does what somebody waits for: work in the background rests meanwhile. */
export async function inFront<T>(work: () => Promise<T>): Promise<T> {
  waitedFor += 1;
  try {
    return await work();
  } finally {
    waitedFor -= 1;
  }
}

/** One turn of the event loop. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** @param background Rests while anything is done `inFront`. */
export function breathing(signal?: AbortSignal, background = false): Breathe {
  const slice = background ? BACKGROUND_SLICE : SLICE;
  let began = performance.now();
  const pause = async (): Promise<void> => {
    await turn();
    // A question that came meanwhile was read in that turn, and is answered in the next.
    if (background) await turn();
    while (background && waitedFor > 0 && signal?.aborted !== true)
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    began = performance.now();
    throwIfCancelled(signal);
  };
  return () => (performance.now() - began < slice ? undefined : pause());
}
