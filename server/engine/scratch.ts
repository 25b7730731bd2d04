/**
 * Scratch folders for files an engine has to have on disk. A process that is killed cannot tidy up, so a folder's
 * name holds the process id, and whoever makes the next one sweeps those of processes that are gone.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'model-blame-';
let folder: string | undefined;

/** This process's folder, made on first use and removed when the process ends in order. */
export function scratchFolder(): string {
  if (folder !== undefined) return folder;
  sweep(tmpdir());
  const made = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  process.once('exit', () => remove(made));
  folder = made;
  return made;
}

/** Removes folders whose process is gone. */
export function sweep(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) remove(join(parent, name));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A file that is still mapped cannot be removed on Windows, nor another user's anywhere: the next sweep tries again. */
function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Left for the next sweep.
  }
}
