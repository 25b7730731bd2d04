/** Devices are tried in a process of their own: a driver that does not fit may end it. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { UserError } from '../errors';

/** Drivers compile their programs at the first run. */
const PATIENCE = 60_000;

/**
 * Runs Node with these arguments on a program that prints one line of JSON.
 * @throws UserError `engine-unavailable` with the line that says why.
 */
export function inProcess<T>(args: readonly string[], whyNot: (stderr: string) => string | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    // Without the first TensorFlow tells its CPU's virtues on stderr.
    const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', ELECTRON_RUN_AS_NODE: '1' };
    execFile(process.execPath, args, { env, timeout: PATIENCE }, (error, stdout, stderr) => {
      const answer = stdout.split('\n').find((line) => line.startsWith('{'));
      if (error === null && answer !== undefined) {
        resolve(JSON.parse(answer) as T);
        return;
      }
      const reason = whyNot(stderr) ?? ended(error);
      reject(new UserError('engine-unavailable', reason.trim().slice(0, 300), { cause: error }));
    });
  });
}

function ended(error: { readonly signal?: NodeJS.Signals | null; readonly killed?: boolean } | null): string {
  if (error?.killed === true) return `its trial did not end within ${PATIENCE / 1000} s`;
  if (typeof error?.signal === 'string')
    return `its trial was ended by ${error.signal}: a library or driver that does not fit`;
  return 'its trial ended without an answer';
}

/** The line of stderr that names an error, without colours and without its place in a library's sources. */
export function errorLine(stderr: string): string | undefined {
  const line = stderr.split('\n').find((text) => /Error[: ]|cannot open|not found|undefined symbol/i.test(text));
  // eslint-disable-next-line no-control-regex -- colours start with it
  return line?.replace(/\u001b\[[\d;]*m/g, '').replace(/^.*FAIL : |^Error: /, '');
}

/**
 * Ends early, without a process, where the system shows no graphics device at all. A Vulkan driver that is named
 * (`VK_ICD_FILENAMES`) may be one in software.
 * @throws UserError `engine-unavailable`.
 */
export function needGraphics(): void {
  if (process.platform !== 'linux' || namedDriver() !== '') return;
  const cards = existsSync('/dev/dri') ? readdirSync('/dev/dri').filter((name) => name.startsWith('renderD')) : [];
  if (cards.length === 0 && !existsSync('/dev/nvidia0') && !existsSync('/dev/dxg'))
    throw new UserError('engine-unavailable', 'this machine shows no GPU (/dev/dri, /dev/nvidia0)');
}

/** The Vulkan driver that the environment names. */
export function namedDriver(): string {
  return process.env['VK_DRIVER_FILES'] ?? process.env['VK_ICD_FILENAMES'] ?? '';
}

/** How drivers that compute on the processor are called: right, but slow. */
export function isSoftware(driver: string): boolean {
  return /lvp|llvmpipe|swiftshader|software|basic render/i.test(driver);
}
