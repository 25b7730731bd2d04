/** The process's side of `process.ts`: one job, one answer. */
import { analyse } from './analyse';
import type { FromProcess, Job } from './process';

const send = (message: FromProcess): void => void process.send?.(message);

process.on('message', ({ explained, wish }: Job) => {
  try {
    const found = analyse(explained, wish, (message, share) => send({ type: 'progress', message, share }));
    send({ type: 'found', found });
  } catch (error) {
    send({ type: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
// Nobody waits for an answer.
process.on('disconnect', () => process.exit(0));
