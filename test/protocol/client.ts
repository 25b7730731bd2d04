/** A client of the real server in a process of its own, over IPC or stdio. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import {
  createProtocolConnection,
  IPCMessageReader,
  IPCMessageWriter,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { bundleServer } from './bundle';
import { unpack } from '../../server/protocol';
import * as protocol from '../../server/protocol';
import { toUri } from '../../server/workspace/uris';
import type { ChildProcess } from 'node:child_process';
import type { CancellationToken, ProtocolConnection } from 'vscode-languageserver/node';
import type { ExplainRequest, ProgressNotification, SampleAddress, StatusNotification } from '../../server/protocol';

/** One bundle for all servers of a test file. */
const bundle = await bundleServer();
after(bundle.remove);

export interface Client {
  readonly process: ChildProcess;
  readonly connection: ProtocolConnection;
  readonly progress: ProgressNotification[];
  readonly statuses: StatusNotification[];
  readonly logs: string[];
  readonly diagnostics: {
    readonly uri: string;
    readonly diagnostics: readonly { readonly message: string; readonly code?: unknown }[];
  }[];
  /** Process ids of the compute processes, as the log names them. */
  computePids(): number[];
  ask<T>(method: string, params: unknown, token?: CancellationToken): Promise<T>;
  notify(method: string, params: unknown): Promise<void>;
  /** Shutdown and exit, then waits until the process is gone. */
  stop(): Promise<void>;
}

export async function startServer(
  folder: string,
  transport: 'ipc' | 'stdio' = 'ipc',
  settings: Partial<protocol.ServerSettings> = { trusted: true },
  environment: Readonly<Record<string, string>> = {},
): Promise<Client> {
  const ipc = transport === 'ipc';
  const child = spawn(process.execPath, [bundle.main, ipc ? '--node-ipc' : '--stdio'], {
    stdio: ipc ? ['ignore', 'ignore', 'pipe', 'ipc'] : ['pipe', 'pipe', 'pipe'],
    // What the server keeps between runs belongs to this workspace, and goes with it.
    env: { ...process.env, XDG_CACHE_HOME: join(folder, '.cache'), ...environment },
  });
  const errors: string[] = [];
  child.stderr?.on('data', (data: Buffer) => errors.push(data.toString()));
  const connection = ipc
    ? createProtocolConnection(new IPCMessageReader(child), new IPCMessageWriter(child))
    : createProtocolConnection(new StreamMessageReader(child.stdout!), new StreamMessageWriter(child.stdin!));
  const progress: ProgressNotification[] = [];
  const statuses: StatusNotification[] = [];
  const logs: string[] = [];
  const diagnostics: Client['diagnostics'] = [];
  connection.onNotification(protocol.progress, (event: ProgressNotification) => void progress.push(event));
  connection.onNotification(protocol.status, (event: StatusNotification) => void statuses.push(event));
  connection.onNotification('window/logMessage', ({ message }: { message: string }) => void logs.push(message));
  connection.onNotification(
    'textDocument/publishDiagnostics',
    (event: Client['diagnostics'][number]) => void diagnostics.push(event),
  );
  connection.onError(() => undefined);
  connection.listen();
  const early = once(child, 'exit').then(() => {
    throw new Error(`the server ended at its start: ${errors.join('')}`);
  });
  early.catch(() => undefined);
  const initialized = connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    workspaceFolders: [{ uri: toUri(folder), name: 'w' }],
    initializationOptions: { engine: null, memoryLimit: null, trusted: true, ...settings },
  });
  await Promise.race([initialized, early]);
  await connection.sendNotification('initialized', {});
  return {
    process: child,
    connection,
    progress,
    statuses,
    logs,
    diagnostics,
    computePids: () =>
      logs.flatMap((line) => (/compute process (\d+) started/.exec(line)?.[1] ?? []) as string[]).map(Number),
    async ask<T>(method: string, params: unknown, token?: CancellationToken) {
      const answer =
        token === undefined ? connection.sendRequest(method, params) : connection.sendRequest(method, params, token);
      return unpack(await answer) as T;
    },
    notify: (method, params) => connection.sendNotification(method, params),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      try {
        await connection.sendRequest('shutdown');
        await connection.sendNotification('exit');
      } catch {
        child.kill('SIGKILL');
      }
      const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
      await gone;
      clearTimeout(timer);
      connection.dispose();
    },
  };
}

export function explainRequest(address: SampleAddress, change: Partial<ExplainRequest> = {}): ExplainRequest {
  return {
    address,
    model: null,
    method: null,
    target: { kind: 'predicted' },
    baseline: null,
    parameters: {},
    ...change,
  };
}

/** Milliseconds after which a test hangs. On a busy machine a process starts slowly, and a survey takes a minute. */
export const HANG = 600_000;

/** Resolves when the condition holds; fails when it never does. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + HANG / 3;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/**
 * Stops a process where it is, until it is told to go on or killed: what waits for it is surely under way. (A process
 * that is gone is left alone.)
 */
export function hold(pid: number, on = true): void {
  if (isAlive(pid)) process.kill(pid, on ? 'SIGSTOP' : 'SIGCONT');
}

/** False also for a process that ended and only waits to be collected by a parent that never does. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
  } catch {
    return !existsSync('/proc/self/stat');
  }
}
