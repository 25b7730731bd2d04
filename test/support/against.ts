/** Comparisons with other libraries: the runner's summary counts them and prints the worst error of each peer. */
import type { TestContext } from 'node:test';

/** @param peer Its name, one word. @param error Relative to the largest expected number, as the test defines it. */
export function against(t: TestContext, peer: string, error: number): void {
  t.diagnostic(`against ${peer}: ${error.toExponential(1)}`);
}
