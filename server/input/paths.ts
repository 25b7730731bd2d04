/** Files a configuration names. */
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '../errors';
import { fileName } from '../dataset';
import type { Files } from '../dataset';
import type { EncoderOptions } from './model-input';

/** URI of a path: one with a scheme stays, an absolute one is a file, a relative one starts from the base. */
export function resolveUri(path: string, options: EncoderOptions): string {
  if (isAbsolute(path)) return pathToFileURL(path).href;
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) return path;
  if (options.base === undefined) return pathToFileURL(path).href;
  return new URL(path.split('/').map(encodeURIComponent).join('/'), options.base.replace(/\/?$/, '/')).href;
}

/** A file beside another. */
export function sibling(uri: string, name: string): string {
  return new URL(name, uri).href;
}

export async function readText(uri: string, files: Files): Promise<string> {
  const { bytes } = await files.read(uri);
  return new TextDecoder().decode(bytes);
}

/** @throws UserError `malformed-json`. */
export async function readJson(uri: string, files: Files): Promise<unknown> {
  const text = await readText(uri, files);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new UserError('malformed-json', `${fileName(uri)} is not valid JSON`, {
      where: cause instanceof Error ? cause.message : uri,
      next: text.startsWith('version https://git-lfs') ? 'fetch it: git lfs pull' : 'export it again',
      uri,
      cause,
    });
  }
}

/** A file that may be absent: null when it cannot be read or is no JSON object. */
export async function readJsonIfThere(uri: string, files: Files): Promise<JsonObject | null> {
  try {
    return asObject(await readJson(uri, files));
  } catch {
    return null;
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

export function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function asString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
