/** Whether an engine computes what the processor does, found out in a process of its own, and how fast it is. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../errors';
import { errorLine, inProcess } from '../probe';

export interface TrialReport {
  /** Numbers of the small program on the engine and on the processor. */
  readonly own: readonly number[];
  readonly processor: readonly number[];
  /** Names of the graphics device, where they are known. */
  readonly adapter: string | null;
  /** Bytes of the device's own memory, where somebody says. */
  readonly memory: number | null;
  /** 10⁹ multiplications and additions a second, when asked for. */
  readonly throughput: number | null;
}

/** Of the largest number: what rounding in another order explains. */
const TOLERANCE = 1e-4;

/**
 * @param threads Of one run; 0 for the engine's own choice.
 * @throws UserError `engine-unavailable`: it did not start, ended its process, or computes something else.
 */
export async function tryEngine(name: string, threads: number, measure: boolean): Promise<TrialReport> {
  // A debugger's port is the parent's own.
  const execArgv = process.execArgv.filter((arg) => !arg.startsWith('--inspect') && !arg.startsWith('--test'));
  const report = await inProcess<TrialReport>(
    [...execArgv, entry(), name, String(threads), String(measure)],
    errorLine,
  );
  const off = differenceOf(report.own, report.processor);
  if (!(off <= TOLERANCE))
    throw new UserError('engine-unavailable', `its numbers differ from the processor's by ${off.toExponential(1)}`);
  return report;
}

/** Largest difference over the largest number; NaN where numbers are missing. */
export function differenceOf(own: readonly number[], expected: readonly number[]): number {
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, at) => Math.abs(value - (own[at] ?? Number.NaN)))) / scale;
}

/** `trial.js` beside the bundle, or this tree's `child.ts` when run from source. */
function entry(): string {
  const bundled = fileURLToPath(new URL('./trial.js', import.meta.url));
  return existsSync(bundled) ? bundled : fileURLToPath(new URL('./child.ts', import.meta.url));
}
