/** The model checks of a text, those that are faulty with what is wrong with them. */
import { parseCheckFile, parseWorkspaceFile } from './parse';
import type { Range } from '../protocol';
import type { CheckConfig } from './checkTypes';
import type { Problem } from './problem';

export interface ListedCheck {
  /** Name as written; `check 3` where there is none. */
  readonly name: string;
  /** Place of the check in the file: its name. */
  readonly range: Range;
  /** Null for a faulty one. */
  readonly config: CheckConfig | null;
  /** First error of a faulty check. */
  readonly problem: Problem | null;
}

export interface CheckList {
  readonly checks: readonly ListedCheck[];
  /** Errors that leave no check: the text is no JSON, or its frame is wrong. */
  readonly problem: Problem | null;
}

export const CHECK_FILE_ENDING = '.modelcheck.json';

/** @param models Names of the workspace file's models, for a `*.modelcheck.json`; null where it is not known. */
export function checkList(fileName: string, text: string, models: readonly string[] | null): CheckList {
  const parsed = fileName.endsWith(CHECK_FILE_ENDING) ? parseCheckFile(text, models) : parseWorkspaceFile(text);
  const errors = parsed.problems.filter(({ severity }) => severity === 'error');
  if (parsed.file === null) return { checks: [], problem: errors[0] ?? null };
  const list: readonly unknown[] = parsed.file.checks ?? [];
  return {
    checks: list.map((written, index) => {
      const problem = errors.find(({ path }) => Number(path?.[1]) === index) ?? null;
      return {
        name: nameOf(written) ?? `check ${index + 1}`,
        range: parsed.rangeOf(['checks', index, 'name']),
        config: problem === null ? (written as CheckConfig) : null,
        problem,
      };
    }),
    problem: null,
  };
}

function nameOf(written: unknown): string | null {
  if (typeof written !== 'object' || written === null || !('name' in written)) return null;
  return typeof written.name === 'string' && written.name !== '' ? written.name : null;
}
