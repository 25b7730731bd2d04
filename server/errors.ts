/** Errors made for people: what is wrong, where, and what to do next. One line each, no stack. */
import type { Range } from './protocol';

export interface UserErrorOptions {
  /** File, row, node or option the error is about. */
  readonly where?: string;
  /** The next step. */
  readonly next?: string;
  readonly uri?: string;
  readonly range?: Range;
  readonly cause?: unknown;
}

/** Bad input or an impossible wish; anything else that is thrown is a defect of ours. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly where: string | undefined;
  readonly next: string | undefined;
  readonly uri: string | undefined;
  readonly range: Range | undefined;

  /**
   * @param code Stable identifier in kebab case, e.g. `model-not-found`: what tests and tools look at.
   * @param what What is wrong, one sentence.
   */
  constructor(
    readonly code: string,
    readonly what: string,
    options: UserErrorOptions = {},
  ) {
    super(oneLine(what, options.where, options.next), { cause: options.cause });
    this.where = options.where;
    this.next = options.next;
    this.uri = options.uri;
    this.range = options.range;
  }
}

/** `what — where — next`; a part's own full stop would look odd before the dash. */
function oneLine(...parts: readonly (string | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined)
    .map((part) => part.replace(/(?<!\.)\.$/, ''))
    .join(' — ');
}

/** Thrown when a signal was aborted. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
  constructor() {
    super('cancelled');
  }
}

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new Cancelled();
}
