/** Devices are tried in a process of their own: a driver that does not fit may end it. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { UserError } from '../errors';

/**
 * Runs a script (CommonJS, `process.argv[1]` and on are `args`) that prints one line of JSON.
 * @throws UserError `engine-unavailable` with the first line that says why.
 */
export function inProcess<T>(
  script: string,
  args: readonly string[],
  whyNot: (stderr: string) => string | undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    // Without them TensorFlow tells its CPU's virtues on stderr.
    const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', ELECTRON_RUN_AS_NODE: '1' };
    execFile(process.execPath, ['-e', script, ...args], { env, timeout: 60_000 }, (error, stdout, stderr) => {
      const answer = stdout.split('\n').find((line) => line.startsWith('{'));
      if (error === null && answer !== undefined) {
        resolve(JSON.parse(answer) as T);
        return;
      }
      const reason = whyNot(stderr) ?? error?.message.split('\n')[0] ?? 'the probe ended without an answer';
      reject(new UserError('engine-unavailable', reason.trim().slice(0, 300), { cause: error }));
    });
  });
}

/** The line of stderr that names an error. */
export function errorLine(stderr: string): string | undefined {
  return stderr.split('\n').find((text) => /Error[: ]|cannot open|not found|undefined symbol/i.test(text));
}

/**
 * Ends early, without a process, where the system shows no graphics device at all. A Vulkan driver that is named
 * (`VK_ICD_FILENAMES`) may be one in software.
 * @throws UserError `engine-unavailable`.
 */
export function needGraphics(): void {
  if (process.platform !== 'linux' || process.env['VK_ICD_FILENAMES'] !== undefined) return;
  const cards = existsSync('/dev/dri') ? readdirSync('/dev/dri').filter((name) => name.startsWith('renderD')) : [];
  if (cards.length === 0 && !existsSync('/dev/nvidia0') && !existsSync('/dev/dxg'))
    throw new UserError('engine-unavailable', 'this machine shows no GPU (/dev/dri, /dev/nvidia0)');
}
