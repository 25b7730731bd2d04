/** What to say when the compute process died. */
import { UserError } from '../errors';

export interface Death {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Last words on its error output. */
  readonly stderr: string;
}

/** True when it looks as if memory ran out: the system's killer, an abort, or V8's own message. */
export function looksLikeMemory({ code, signal, stderr }: Death): boolean {
  return (
    signal === 'SIGKILL' ||
    signal === 'SIGABRT' ||
    code === 134 ||
    code === 137 ||
    // Windows: STATUS_NO_MEMORY, STATUS_STACK_BUFFER_OVERRUN (abort).
    code === 0xc0000017 ||
    code === 0xc0000409 ||
    /out of memory|bad_alloc|allocation failed/i.test(stderr)
  );
}

export function deathText(death: Death): string {
  const how = death.signal ?? `exit code ${death.code ?? 'unknown'}`;
  return looksLikeMemory(death)
    ? `The compute process was ended (${how}), most likely because memory ran out`
    : `The compute process died (${how})`;
}

export function deathError(death: Death): UserError {
  const lastLine = death.stderr.trim().split('\n').at(-1)?.slice(0, 300);
  return new UserError('compute-died', deathText(death), {
    ...(lastLine === undefined || lastLine === '' ? {} : { where: lastLine }),
    next: looksLikeMemory(death)
      ? 'close other programs, or use a smaller model or input, and ask again'
      : 'ask again; if it dies again, the log has its last words',
  });
}
