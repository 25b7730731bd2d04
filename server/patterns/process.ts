/**
 * The analysis in a process of its own: the libraries it uses know no pause, and a click must be answered meanwhile.
 * Cancelling ends the process.
 */
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Cancelled } from '../errors';
import type { Found, Wish } from './analyse';
import type { Explained } from './types';

export interface Job {
  readonly explained: Explained;
  readonly wish: Wish;
}

export type FromProcess =
  | { readonly type: 'progress'; readonly message: string; readonly share: number }
  | { readonly type: 'found'; readonly found: Found }
  | { readonly type: 'failed'; readonly message: string };

export interface ProcessOptions {
  readonly signal?: AbortSignal;
  readonly progress?: (message: string, share: number) => void;
}

export function analyseApart(job: Job, { signal, progress }: ProcessOptions = {}): Promise<Found> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(new Cancelled());
      return;
    }
    const child = fork(entry(), [], {
      serialization: 'advanced',
      execArgv: process.execArgv.filter((arg) => !arg.startsWith('--inspect') && !arg.startsWith('--test')),
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let stderr = '';
    child.stderr?.on('data', (data: Buffer) => (stderr = (stderr + data.toString()).slice(-2000)));
    const end = (): void => {
      signal?.removeEventListener('abort', stop);
      child.kill('SIGKILL');
    };
    const stop = (): void => {
      reject(new Cancelled());
      end();
    };
    signal?.addEventListener('abort', stop, { once: true });
    child.on('message', (message: FromProcess) => {
      if (message.type === 'progress') {
        progress?.(message.message, message.share);
        return;
      }
      if (message.type === 'found') resolve(message.found);
      else reject(new Error(message.message));
      end();
    });
    child.on('error', (error) => {
      reject(error);
      end();
    });
    // After an answer this changes nothing.
    child.on('exit', (code, killed) =>
      reject(new Error(`the analysis ended with ${killed ?? code ?? '?'}: ${stderr}`)),
    );
    child.send(job);
  });
}

/** Beside the bundle, or this tree's source. */
function entry(): string {
  const bundled = fileURLToPath(new URL('./patterns.js', import.meta.url));
  return existsSync(bundled) ? bundled : fileURLToPath(new URL('./child.ts', import.meta.url));
}
