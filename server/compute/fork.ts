/**
 * `Compute` in a process of its own, which can be killed in the middle of a run. Requests survive its death: they
 * are sent again to the next process, and only a request that was running at two deaths is given up.
 */
import { Cancelled } from '../errors';
import { deathError, deathText } from './death';
import type { Death } from './death';
import type { LocalOptions } from './local';
import { errorFromData } from './messages';
import type { FromCompute, Operation } from './messages';
import { startChild } from './process';
import type { Child } from './process';
import type { Compute, ComputeOptions } from './types';

export interface ForkOptions extends LocalOptions {
  /** Path of the compute process's program; left out: found beside this one. */
  readonly entry?: string;
  /** Milliseconds a new process may take until it listens; 60 s. */
  readonly readyTimeout?: number;
  /** Milliseconds a cancelled request may keep on running before its process is killed; 1 s. */
  readonly patience?: number;
  /** Milliseconds before the next start, by deaths in a row without an answer in between; the last means: give up. */
  readonly backOff?: readonly number[];
  /** The process started, died and is started again, or is given up for now. */
  readonly onState?: (state: 'ready' | 'restarting' | 'failed', message: string | null) => void;
  /** Lines of the engines: which one was taken, a device that was lost. */
  readonly onLog?: (level: 'info' | 'warn', line: string) => void;
  /** Process id of every new process, for logs and tests. */
  readonly onStart?: (pid: number | undefined) => void;
}

interface Job {
  readonly id: number;
  readonly operation: Operation;
  readonly args: readonly unknown[];
  readonly options: ComputeOptions;
  resolve(value: never): void;
  reject(error: Error): void;
  /** Given to the process that lives now. */
  sent: boolean;
  /** Processes that died while it ran. */
  deaths: number;
}

const BACK_OFF = [0, 200, 1000, 3000, 10_000];
const MOST_DEATHS = 2;

/** Operations that keep the process busy for long: one at a time, and ended with it when they do not stop. */
const heavy: ReadonlySet<Operation> = new Set<Operation>([
  'attribute',
  'probabilities',
  'remove',
  'search',
  'units',
  'relevances',
  'activations',
]);

/** Operations that wait while anything else is asked for; they are short, so that others wait little for them. */
const background: ReadonlySet<Operation> = new Set<Operation>(['forward']);

export function forkedCompute(options: ForkOptions = {}): Compute {
  const {
    entry,
    readyTimeout = 60_000,
    patience = 1000,
    backOff = BACK_OFF,
    onState,
    onLog,
    onStart,
    ...local
  } = options;
  const jobs = new Map<number, Job>();
  /** Cancelled, but the process has not said yet that it stopped. */
  const stopping = new Map<number, NodeJS.Timeout>();
  let child: Child | null = null;
  let isReady = false;
  let deathsInARow = 0;
  let restart: NodeJS.Timeout | null = null;
  let nextId = 0;
  let disposed = false;

  const start = (): void => {
    restart = null;
    isReady = false;
    const started = startChild(
      { entry, argument: JSON.stringify(local), readyTimeout },
      {
        ready() {
          if (child !== started) return;
          isReady = true;
          onState?.('ready', null);
          pump();
        },
        message: (message) => {
          if (child === started) receive(message);
        },
        end: (death) => {
          if (child === started) died(death);
        },
      },
    );
    child = started;
    onStart?.(started.pid);
  };

  /** Sends what can be sent: attributions one at a time, background work when nothing else is left, the rest at once. */
  const pump = (): void => {
    if (jobs.size === 0 || disposed) return;
    if (child === null) {
      restart ??= setTimeout(start, backOff[Math.min(deathsInARow, backOff.length - 1)]);
      return;
    }
    if (!isReady) return;
    let busy = stopping.size > 0 || [...jobs.values()].some((job) => job.sent && heavy.has(job.operation));
    const asked = [...jobs.values()].some((job) => !background.has(job.operation));
    for (const job of jobs.values()) {
      if (job.sent || (busy && heavy.has(job.operation)) || (asked && background.has(job.operation))) continue;
      job.sent = true;
      busy ||= heavy.has(job.operation);
      child.send({ type: 'request', id: job.id, operation: job.operation, args: job.args });
    }
  };

  const receive = (message: Exclude<FromCompute, { type: 'ready' }>): void => {
    if (message.type === 'log') {
      onLog?.(message.level, message.line);
      return;
    }
    const job = jobs.get(message.id);
    if (message.type === 'progress') {
      job?.options.progress?.(message.done, message.total, message.message);
      return;
    }
    deathsInARow = 0;
    clearTimeout(stopping.get(message.id));
    stopping.delete(message.id);
    jobs.delete(message.id);
    if (message.type === 'result') job?.resolve(message.value as never);
    else job?.reject(errorFromData(message.error));
    pump();
  };

  const died = (death: Death): void => {
    child = null;
    forgetStopping();
    deathsInARow += 1;
    for (const job of jobs.values()) {
      if (job.sent) job.deaths += 1;
      job.sent = false;
      // A process that does not even start takes all requests with it.
      if (job.deaths < MOST_DEATHS && deathsInARow < backOff.length) continue;
      jobs.delete(job.id);
      job.reject(deathError(death));
    }
    if (disposed) return;
    onState?.(deathsInARow < backOff.length ? 'restarting' : 'failed', deathText(death));
    pump();
  };

  const forgetStopping = (): void => {
    for (const timer of stopping.values()) clearTimeout(timer);
    stopping.clear();
  };

  const cancel = (job: Job): void => {
    if (!jobs.delete(job.id)) return;
    job.reject(new Cancelled());
    if (!job.sent || child === null) return;
    child.send({ type: 'cancel', id: job.id });
    if (!heavy.has(job.operation)) return;
    const impatient = (): void => {
      // In the middle of a run nothing can be stopped: end the process; the others' requests go to the next one.
      const old = child;
      child = null;
      forgetStopping();
      for (const other of jobs.values()) other.sent = false;
      old?.kill();
      pump();
    };
    stopping.set(job.id, setTimeout(impatient, patience));
  };

  const ask = (operation: Operation, args: readonly unknown[], requestOptions: ComputeOptions = {}): Promise<never> =>
    new Promise((resolve, reject) => {
      const { signal } = requestOptions;
      if (disposed || signal?.aborted === true) {
        reject(new Cancelled());
        return;
      }
      const onAbort = (): void => cancel(job);
      const job: Job = {
        id: (nextId += 1),
        operation,
        args,
        options: requestOptions,
        sent: false,
        deaths: 0,
        resolve(value) {
          signal?.removeEventListener('abort', onAbort);
          resolve(value);
        },
        reject(error) {
          signal?.removeEventListener('abort', onAbort);
          reject(error);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      jobs.set(job.id, job);
      pump();
    });

  return {
    engines: (measure = false) => ask('engines', [measure]),
    load: (model, requestOptions) => ask('load', [model], requestOptions),
    predict: (request, requestOptions) => ask('predict', [request], requestOptions),
    forward: (request, requestOptions) => ask('forward', [request], requestOptions),
    attribute: (request, requestOptions) => ask('attribute', [request], requestOptions),
    units: (request, requestOptions) => ask('units', [request], requestOptions),
    relevances: (request, requestOptions) => ask('relevances', [request], requestOptions),
    activations: (request, requestOptions) => ask('activations', [request], requestOptions),
    probabilities: (request, requestOptions) => ask('probabilities', [request], requestOptions),
    remove: (request, requestOptions) => ask('remove', [request], requestOptions),
    search: (request, requestOptions) => ask('search', [request], requestOptions),
    methods: (model) => ask('methods', [model]),
    rules: (model, parameters) => ask('rules', [model, parameters]),
    exportProgram: (...args) => ask('exportProgram', args),
    dispose() {
      disposed = true;
      forgetStopping();
      if (restart !== null) clearTimeout(restart);
      const old = child;
      child = null;
      old?.kill();
      for (const job of jobs.values()) job.reject(new Cancelled());
      jobs.clear();
      return Promise.resolve();
    },
  };
}
