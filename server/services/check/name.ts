/** The name of a sample as a person writes it, and as `dataset/address.ts` reads it. */
import { isFileUri, isInside, relativeSlashes, toPath } from '../../workspace/uris';
import type { SampleRef } from '../../protocol';

/** `data/reviews.csv:17`, seen from `folder`; the title for samples that are in no file. */
export function nameOf({ address, span, title }: SampleRef, folder: string): string {
  if (!('uri' in address) || !isFileUri(address.uri)) return title;
  const path = toPath(address.uri);
  const seen = isInside(path, folder) ? relativeSlashes(folder, path) : path;
  switch (address.kind) {
    case 'line':
    case 'record':
      // Several records may share a line of a JSON array: there only the number names one.
      if (span === undefined || seen.endsWith('.json'))
        return address.kind === 'record' ? `${seen}#${address.record}` : `${seen}:${address.line}`;
      return `${seen}:${span.line}`;
    case 'file':
    case 'selection':
      return seen;
  }
}
