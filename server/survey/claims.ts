/** Which process surveys what: two of them at the same files share the work instead of doing it twice. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface Claim {
  /** False where another process that lives claimed it before. */
  readonly first: boolean;
  end(): Promise<void>;
}

/** @param path A file that says who claims it; where none can be written nobody knows of the other. */
export async function claim(path: string): Promise<Claim> {
  const own = String(process.pid);
  const owner = await readFile(path, 'utf8').catch(() => '');
  if (owner !== own && isAlive(Number(owner))) return { first: false, end: () => Promise.resolve() };
  try {
    await mkdir(dirname(path), { recursive: true });
    // What a process that died left behind is in the way.
    if (owner !== '') await rm(path, { force: true });
    await writeFile(path, own, { flag: 'wx' });
  } catch (error) {
    // Between the look and the writing another one was quicker.
    const first = !(error instanceof Error && 'code' in error && error.code === 'EEXIST');
    return { first, end: () => Promise.resolve() };
  }
  return { first: true, end: () => rm(path, { force: true }).catch(() => undefined) };
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It lives, and is another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
