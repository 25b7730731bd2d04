/** Progress on stderr: one line that is rewritten on a terminal, a line every few seconds elsewhere. */
import { visible } from '../render/text';
import type { Sink } from './io';

export interface Progress {
  report(done: number, total: number, message: string): void;
  /** Removes the line. */
  clear(): void;
}

/** @param now Milliseconds, for tests. */
export function progressOn(sink: Sink, now: () => number = Date.now): Progress {
  const pause = sink.isTerminal ? 80 : 5000;
  // The first line waits too: what is quick needs no progress.
  let last = now();
  let shown = false;
  return {
    report(done, total, message) {
      if (now() - last < pause) return;
      last = now();
      const count = total > 1 ? ` ${Math.min(done, total)}/${total}` : '';
      const line = `${visible(message)}${count} … Ctrl-C cancels`;
      sink.write(sink.isTerminal ? `\r\u001b[2K${line.slice(0, (sink.columns ?? 80) - 1)}` : `${line}\n`);
      shown = true;
    },
    clear() {
      if (shown && sink.isTerminal) sink.write('\r\u001b[2K');
      shown = false;
    },
  };
}
