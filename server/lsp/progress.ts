/** Progress of requests, at most twenty times a second each. */
import type { ProgressNotification } from '../protocol';

const INTERVAL = 50;

/** A progress callback that sends the first, the last, and what the interval allows between. */
export function throttledProgress(
  token: string,
  send: (notification: ProgressNotification) => void,
): (done: number, total: number, message: string) => void {
  let last = -Infinity;
  return (done, total, message) => {
    const now = performance.now();
    if (now - last < INTERVAL && done < total) return;
    last = now;
    send({ token, done, total, message });
  };
}
