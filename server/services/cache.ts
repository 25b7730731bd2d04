/** Results that were computed before, the least used dropped first, bounded by bytes. */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Feeds } from '../engine/types';

export interface ResultCache<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  clear(): void;
  bytes(): number;
}

export function createCache<V extends object>(maxBytes: number): ResultCache<V> {
  const entries = new LRUCache<string, V>({ maxSize: maxBytes, sizeCalculation: (value) => bytesOf(value) });
  return {
    get: (key) => entries.get(key),
    set: (key, value) => void entries.set(key, value),
    clear: () => entries.clear(),
    bytes: () => entries.calculatedSize,
  };
}

/** Key of a result: everything it depends on. Order of object keys does not matter. */
export function keyOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(stable(parts)).digest('hex');
}

/** SHA-256 over names, types, shapes and bytes: equal feeds give equal results. */
export function hashOfFeeds(feeds: Feeds): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(feeds).sort()) {
    const tensor = feeds[name];
    if (tensor === undefined) continue;
    hash.update(`${JSON.stringify(name)}:${tensor.dtype}[${tensor.dims.join()}]`);
    if (Array.isArray(tensor.data)) hash.update(JSON.stringify(tensor.data));
    else hash.update(new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength));
  }
  return hash.digest('hex');
}

function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).join()}]`;
  if (value === null || typeof value !== 'object') return value === undefined ? 'undefined' : JSON.stringify(value);
  const record = value as Readonly<Record<string, unknown>>;
  const entries = Object.keys(record).sort();
  return `{${entries.map((key) => `${JSON.stringify(key)}:${stable(record[key])}`).join()}}`;
}

/** Rough size in memory: arrays of numbers by their bytes, everything else by what it would take as text. */
export function bytesOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength + 64;
  if (typeof value === 'string') return 2 * value.length + 16;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + bytesOf(item), 32);
  if (value === null || typeof value !== 'object') return 8;
  return Object.values(value).reduce<number>((sum, item) => sum + bytesOf(item), 64);
}
