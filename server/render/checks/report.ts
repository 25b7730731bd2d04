/** What a report of model checks is made from, and what the formats share. */
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CheckResult, CheckSample } from '../../protocol';

export interface ChecksReport {
  readonly results: readonly CheckResult[];
  /** Folder that paths are written relative to. */
  readonly cwd: string;
  readonly milliseconds: number;
}

/** Path of a `file:` URI seen from the report's folder, with forward slashes. */
export function pathFrom(cwd: string, uri: string): string {
  if (!uri.startsWith('file:')) return uri;
  return relative(cwd, fileURLToPath(uri)).split(sep).join('/');
}

/** `examples/mail/model-blame.json:22`. */
export function placeOf({ uri, range }: CheckResult, cwd: string): string {
  return `${pathFrom(cwd, uri)}:${range.start.line + 1}`;
}

/** File and line of a sample; null for text in no file. */
export function sampleFile(
  { address, line }: CheckSample,
  cwd: string,
): { readonly path: string; readonly line: number | null } | null {
  return 'uri' in address ? { path: pathFrom(cwd, address.uri), line } : null;
}

export function counts(results: readonly CheckResult[]): {
  readonly passed: number;
  readonly failed: number;
  readonly errored: number;
} {
  const of = (outcome: CheckResult['outcome']): number => results.filter((result) => result.outcome === outcome).length;
  return { passed: of('passed'), failed: of('failed'), errored: of('errored') };
}

/** `3 checks: 1 passed, 1 failed, 1 could not be run`. */
export function summary(results: readonly CheckResult[]): string {
  const { passed, failed, errored } = counts(results);
  const parts = [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(errored > 0 ? [`${errored} could not be run`] : []),
  ];
  return `${results.length} ${results.length === 1 ? 'check' : 'checks'}: ${parts.join(', ')}`;
}
