/** The compute process's side: answers requests, ends when the server does. */
import { sendEngineLog } from '../engine/log';
import { errorToData } from './messages';
import type { FromCompute, Operation, ToCompute } from './messages';
import type { Compute, ComputeOptions } from './types';

/** Serves `compute` over this process's IPC channel. */
export function serve(compute: Compute): void {
  const running = new Map<number, AbortController>();
  const send = (message: FromCompute): void => {
    if (process.connected) process.send?.(message);
  };

  sendEngineLog((level, line) => send({ type: 'log', level, line }));
  const service = compute as unknown as Record<Operation, (...given: unknown[]) => Promise<unknown>>;
  const answer = async (request: Extract<ToCompute, { type: 'request' }>): Promise<void> => {
    const { id, operation, args } = request;
    const abort = new AbortController();
    running.set(id, abort);
    const options: ComputeOptions = {
      signal: abort.signal,
      progress: (done, total, message) => send({ type: 'progress', id, done, total, message }),
    };
    try {
      send({ type: 'result', id, value: await service[operation](...args, options) });
    } catch (error) {
      send({ type: 'error', id, error: errorToData(error) });
    } finally {
      running.delete(id);
    }
  };

  process.on('message', (message: ToCompute) => {
    if (message.type === 'cancel') running.get(message.id)?.abort();
    else void answer(message);
  });
  // The server is gone, however it ended: nobody waits for an answer.
  process.on('disconnect', () => process.exit(0));
  send({ type: 'ready' });
}
