/** Model checks as JSON: the results as they are, with paths a reader can follow. */
import { counts, pathFrom, sampleFile } from './report';
import type { ChecksReport } from './report';

export function checksJson({ results, cwd, milliseconds }: ChecksReport): string {
  const checks = results.map(({ uri, range, samples, ...result }) => ({
    ...result,
    file: pathFrom(cwd, uri),
    line: range.start.line + 1,
    samples: samples.map((sample) => ({ ...sample, file: sampleFile(sample, cwd)?.path ?? null })),
  }));
  return `${JSON.stringify({ ...counts(results), milliseconds: Math.round(milliseconds), checks }, null, 2)}\n`;
}
