/** What is wrong with the content of a workspace file, by the path of keys and indices to it. */
export type FindingPath = readonly (string | number)[];

export interface Finding {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly next?: string;
  readonly path: FindingPath;
}

/** @param needsGroup The pattern's first group is what counts. */
export function regexChecks(path: FindingPath, pattern: string, needsGroup: boolean): Finding[] {
  try {
    // An empty alternative matches everything: the result then tells how many groups there are.
    const groups = (new RegExp(`${pattern}|`, 'u').exec('')?.length ?? 1) - 1;
    if (!needsGroup || groups > 0) return [];
    const message = 'The pattern has no group: the label is what its first (…) matches.';
    return [{ code: 'invalid-pattern', severity: 'error', message, path }];
  } catch (error) {
    const message = `Not a regular expression: ${error instanceof Error ? error.message : String(error)}`;
    return [{ code: 'invalid-pattern', severity: 'error', message, path }];
  }
}

/** Index of the first item that was there before; −1 for none. */
export function firstRepeated(list: readonly string[]): number {
  return list.findIndex((item, index) => list.indexOf(item) < index);
}
