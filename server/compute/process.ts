/** One compute process, from fork to its end. */
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Death } from './death';
import type { FromCompute, ToCompute } from './messages';

export interface ChildOptions {
  /** Path of the compute process's program; left out: beside the server's bundle, or in the source tree. */
  readonly entry?: string | undefined;
  readonly argument: string;
  /** Milliseconds to wait for its first sign. */
  readonly readyTimeout: number;
}

export interface Child {
  readonly pid: number | undefined;
  send(message: ToCompute): void;
  kill(): void;
}

export interface ChildEvents {
  ready(): void;
  message(message: Exclude<FromCompute, { type: 'ready' }>): void;
  /** Once, however it ended, also when it never became ready. */
  end(death: Death): void;
}

export function startChild(options: ChildOptions, events: ChildEvents): Child {
  const child = fork(options.entry ?? defaultEntry(), [options.argument], {
    serialization: 'advanced',
    // A debugger's port is the parent's own.
    execArgv: process.execArgv.filter((arg) => !arg.startsWith('--inspect') && !arg.startsWith('--test')),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, ...MALLOC },
  });
  let stderr = '';
  let ended = false;
  const end = (death: Omit<Death, 'stderr'>): void => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    events.end({ ...death, stderr });
  };
  const timer = setTimeout(() => {
    stderr += `\nnot ready after ${options.readyTimeout} ms`;
    child.kill('SIGKILL');
    end({ code: null, signal: 'SIGTERM' });
  }, options.readyTimeout);
  child.stderr?.on('data', (data: Buffer) => (stderr = (stderr + data.toString()).slice(-4000)));
  child.on('message', (message: FromCompute) => {
    if (message.type === 'ready') {
      clearTimeout(timer);
      events.ready();
    } else events.message(message);
  });
  child.on('error', (error) => {
    stderr += `\n${error.message}`;
    if (child.exitCode === null && child.pid !== undefined) child.kill('SIGKILL');
    end({ code: null, signal: null });
  });
  child.on('exit', (code, signal) => end({ code, signal }));
  return {
    pid: child.pid,
    send(message) {
      // A channel that closes under us is followed by `exit`, where requests are sent again.
      if (child.connected) child.send(message, () => undefined);
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/**
 * glibc: give large freed blocks back to the system at once. Measured on ResNet-18 after loading one session: 138 MB
 * instead of 183, at no cost in time while the engine keeps its own arena.
 */
const MALLOC = process.platform === 'linux' ? { MALLOC_MMAP_THRESHOLD_: '131072' } : {};

/** `compute.js` beside the bundle, or this tree's `compute.ts` when run from source. */
function defaultEntry(): string {
  const bundled = fileURLToPath(new URL('./compute.js', import.meta.url));
  return existsSync(bundled) ? bundled : fileURLToPath(new URL('../compute.ts', import.meta.url));
}
