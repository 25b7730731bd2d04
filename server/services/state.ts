/** What all services share: options, open documents, what is known about the workspace. */
import { readFile, stat } from 'node:fs/promises';
import type { Compute } from '../compute/types';
import type { Files } from '../dataset/types';
import type { Task } from '../protocol';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface ServicesOptions {
  /** Absolute paths of the workspace folders. */
  readonly folders: readonly string[];
  readonly compute: Compute;
  /** How files are read; the disk by default. Open documents win over it. */
  readonly files?: Files;
  /** False: nothing outside the workspace folders is opened. */
  readonly trusted?: boolean;
  /** Engine asked for by the settings or the command line; null for the documented order. */
  readonly engine?: string | null;
  /** What the numbers of models are, in place of what workspace files say. */
  readonly task?: Task | null;
  readonly log?: (level: LogLevel, message: string) => void;
  /** Bytes of results that are kept; 256 MiB by default. */
  readonly cacheBytes?: number;
  /** Absolute path of the folder in which surveys are kept; null or left out: in memory only. */
  readonly cacheFolder?: string | null;
}

/** A number that changes when a file is rewritten; 0 when there is none. */
export async function fingerprint(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs}-${size}-${ino}`;
  } catch {
    return 'none';
  }
}

/** UTF-8 text of a file on disk; null when there is none. */
export async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return null;
  }
}
