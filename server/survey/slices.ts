/** Long work in this process, in slices: whoever asks for something meanwhile is answered between two of them. */
import { throwIfCancelled } from '../errors';

/** Milliseconds of one slice: a click or hover waits for it at most. */
const SLICE = 12;

/** Call it often; it pauses when a slice is over. Rejects with `Cancelled` when the signal was aborted. */
export type Breathe = () => Promise<void> | undefined;

export function breathing(signal?: AbortSignal): Breathe {
  let began = performance.now();
  const pause = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    began = performance.now();
    throwIfCancelled(signal);
  };
  return () => (performance.now() - began < SLICE ? undefined : pause());
}
