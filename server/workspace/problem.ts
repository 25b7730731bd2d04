/** What is wrong with a workspace file, at the place where it is wrong. */
import { basename } from 'node:path';
import { UserError } from '../errors';
import { toPath } from './uris';
import type { Range } from '../protocol';

export interface Problem {
  /** Stable identifier in kebab case. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly next?: string;
  readonly range: Range;
  /** Keys and indices to the value; absent where the text is no JSON. */
  readonly path?: readonly (string | number)[];
}

/** The problem as an error of a request: `model-blame.json:4 …`, with uri and range for the editor. */
export function problemError(uri: string, problem: Problem): UserError {
  return new UserError(problem.code, problem.message, {
    where: `${basename(toPath(uri))}:${problem.range.start.line + 1}`,
    next: problem.next ?? 'Correct it there: VS Code marks the place and completes what is allowed.',
    uri,
    range: problem.range,
  });
}
