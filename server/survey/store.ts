/** Where predictions are kept from one run to the next: by model entry and by the hash of the model's files. */
import type { UserError } from '../errors';
import { createPredictions, copyPrediction, KEY_BYTES } from './predictions';
import type { Predictions } from './predictions';

export interface StoredVersion {
  /** SHA-256 (hex) of the model's files. */
  readonly hash: string;
  /** Milliseconds since 1970 of its last prediction. */
  readonly at: number;
}

/** Takes predictions as they come. Nothing it does can fail the survey. */
export interface Recorder {
  append(from: Predictions, at: number): void;
  /** Resolves when everything appended is kept, or given up. */
  close(): Promise<void>;
  /** Why predictions are not kept; null while they are. */
  problem(): UserError | null;
}

/** A pass over files that another process may be going over too. */
export interface Pass {
  /** False where another process was at it already: it begins at the other end. */
  readonly first: boolean;
  /** Whether another process has recorded predictions of the same files since this one began. */
  news(): Promise<boolean>;
  end(): Promise<void>;
}

/** `entry` names a model of the workspace, whatever its file holds at the moment. */
export interface Store {
  /** The latest first. */
  versions(entry: string): Promise<readonly StoredVersion[]>;
  /** Everything known of one version; null for nothing. */
  load(entry: string, hash: string, classes: number): Promise<Predictions | null>;
  record(entry: string, hash: string, classes: number, origin?: Origin): Recorder;
  /** Says that a pass begins, and hears of others'. */
  pass(entry: string, hash: string, origin: Origin): Promise<Pass>;
  /**
   * Everything of one origin is known anew: what it recorded before and is superseded may go, where that is worth it.
   * @param rows All that is known; those without a prediction are left out.
   */
  compact(entry: string, hash: string, origin: Origin, rows: Predictions): Promise<void>;
}

/** Whose predictions are recorded. */
export interface Origin {
  /** Names the files that are surveyed together: 16 hexadecimal digits. */
  readonly scope: string;
  /** Path of the model's file: what was recorded of a model that is gone may go too. */
  readonly model: string;
}

/** Copies rows with their keys. */
export function copyRow(from: Predictions, row: number, to: Predictions, at: number): void {
  copyPrediction(from, row, to, at);
  to.keys.set(from.keys.subarray(row * KEY_BYTES, (row + 1) * KEY_BYTES), at * KEY_BYTES);
}

/** Copies the first rows of `from` to row `at` on, with their keys. */
export function copyRows(from: Predictions, count: number, to: Predictions, at: number): void {
  const { width } = to;
  to.keys.set(from.keys.subarray(0, count * KEY_BYTES), at * KEY_BYTES);
  to.state.set(from.state.subarray(0, count), at);
  to.gold.set(from.gold.subarray(0, count), at);
  to.goldProbability.set(from.goldProbability.subarray(0, count), at);
  to.goldRank.set(from.goldRank.subarray(0, count), at);
  to.entropy.set(from.entropy.subarray(0, count), at);
  to.top.set(from.top.subarray(0, count * width), at * width);
  to.probability.set(from.probability.subarray(0, count * width), at * width);
}

/** Rows one after another in blocks that grow on demand. */
export interface Growing {
  append(from: Predictions, at: number): void;
  readonly length: number;
  /** All rows so far, copied. */
  rows(): Predictions;
  clear(): void;
}

export function growing(classes: number, block = 4096): Growing {
  let blocks: Predictions[] = [];
  let length = 0;
  return {
    append(from, at) {
      if (length === blocks.length * block) blocks.push(createPredictions(block, classes));
      copyRow(from, at, blocks[Math.floor(length / block)] as Predictions, length % block);
      length += 1;
    },
    get length() {
      return length;
    },
    rows() {
      const all = createPredictions(length, classes);
      blocks.forEach((one, k) => copyRows(one, Math.min(block, length - k * block), all, k * block));
      return all;
    },
    clear() {
      blocks = blocks.slice(0, 1);
      length = 0;
    },
  };
}

/** For this process alone: where nothing may be written, and for tests. */
export function memoryStore(now: () => number = Date.now): Store {
  const kept = new Map<string, Map<string, { readonly rows: Growing; at: number; readonly classes: number }>>();
  const versionsOf = (entry: string): NonNullable<ReturnType<typeof kept.get>> => {
    const found = kept.get(entry) ?? new Map<string, { rows: Growing; at: number; classes: number }>();
    kept.set(entry, found);
    return found;
  };
  return {
    versions: (entry) =>
      Promise.resolve([...versionsOf(entry)].map(([hash, { at }]) => ({ hash, at })).sort((a, b) => b.at - a.at)),
    load(entry, hash, classes) {
      const found = versionsOf(entry).get(hash);
      return Promise.resolve(found?.classes === classes ? found.rows.rows() : null);
    },
    record(entry, hash, classes) {
      const versions = versionsOf(entry);
      const before = versions.get(hash);
      const into = before?.classes === classes ? before : { rows: growing(classes), at: 0, classes };
      return {
        append(from, at) {
          into.rows.append(from, at);
          into.at = now();
          versions.set(hash, into);
        },
        close: () => Promise.resolve(),
        problem: () => null,
      };
    },
    pass: () => Promise.resolve({ first: true, news: () => Promise.resolve(false), end: () => Promise.resolve() }),
    compact: () => Promise.resolve(),
  };
}
