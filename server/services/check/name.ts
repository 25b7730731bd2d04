/** The name of a sample as a person writes it, and as `dataset/address.ts` reads it. */
import { isFileUri, isInside, relativeSlashes, toPath } from '../../workspace/uris';
import type { SampleAddress, SampleRef } from '../../protocol';

/** `data/reviews.csv:17`, seen from `folder`; the title for samples that are in no file. */
export function nameOf({ address, span, title }: SampleRef, folder: string): string {
  if (!('uri' in address) || !isFileUri(address.uri)) return title;
  return nameAt(address, span?.line ?? null, folder);
}

/** @param line 1-based physical line that the sample begins on; null for whole files. */
export function nameAt(address: SampleAddress, line: number | null, folder: string): string {
  if (!('uri' in address)) return address.kind;
  const path = toPath(address.uri);
  const seen = isInside(path, folder) ? relativeSlashes(folder, path) : path;
  // Several records may share a line of a JSON array: there only the number names one.
  if (address.kind === 'record' && (line === null || seen.endsWith('.json'))) return `${seen}#${address.record}`;
  if (address.kind === 'line') return `${seen}:${line ?? address.line}`;
  return address.kind === 'record' ? `${seen}:${line ?? 1}` : seen;
}
