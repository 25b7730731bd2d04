/** Messages between the server and the compute process, over Node's IPC with structured clone. */
import { Cancelled, UserError } from '../errors';
import type { Range } from '../protocol';
import type { Compute } from './types';

/** Requests that cross: all of `Compute` but its end. */
export type Operation = Exclude<keyof Compute, 'dispose'>;

// #region server → compute
export type ToCompute =
  | { readonly type: 'request'; readonly id: number; readonly operation: Operation; readonly args: readonly unknown[] }
  | { readonly type: 'cancel'; readonly id: number };
// #endregion

// #region compute → server
export type FromCompute =
  /** Listening. */
  | { readonly type: 'ready' }
  /** A line for the log. */
  | { readonly type: 'log'; readonly level: 'info' | 'warn'; readonly line: string }
  | {
      readonly type: 'progress';
      readonly id: number;
      readonly done: number;
      readonly total: number;
      readonly message: string;
    }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: ErrorData };
// #endregion

export type ErrorData =
  | {
      readonly kind: 'user';
      readonly code: string;
      readonly what: string;
      readonly where?: string;
      readonly next?: string;
      readonly uri?: string;
      readonly range?: Range;
    }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'defect'; readonly message: string; readonly stack: string };

export function errorToData(error: unknown): ErrorData {
  if (error instanceof Cancelled) return { kind: 'cancelled' };
  if (error instanceof UserError) {
    const { code, what, where, next, uri, range } = error;
    return {
      kind: 'user',
      code,
      what,
      ...(where === undefined ? {} : { where }),
      ...(next === undefined ? {} : { next }),
      ...(uri === undefined ? {} : { uri }),
      ...(range === undefined ? {} : { range }),
    };
  }
  const known = error instanceof Error ? error : new Error(String(error));
  return { kind: 'defect', message: known.message, stack: known.stack ?? '' };
}

export function errorFromData(data: ErrorData): Error {
  switch (data.kind) {
    case 'cancelled':
      return new Cancelled();
    case 'user':
      return new UserError(data.code, data.what, data);
    case 'defect': {
      const error = new Error(data.message);
      error.stack = data.stack;
      return error;
    }
  }
}
