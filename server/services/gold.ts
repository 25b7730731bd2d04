/** The gold label of a sample: a column of its record, or a part of a picture's path. */
import { basename, dirname } from 'node:path';
import { isFileUri, toPath } from '../workspace/uris';
import type { RawSample } from '../dataset/types';
import type { DatasetConfig } from '../workspace/types';

/**
 * @param column Column with the label, as configured or guessed; null: none.
 * Returns null when the sample has no gold label.
 */
export function goldLabel(sample: RawSample, dataset: DatasetConfig | null, column: string | null): string | null {
  switch (sample.kind) {
    case 'record': {
      const text = column === null ? undefined : sample.fields.find(({ name }) => name === column)?.text;
      return text === undefined || text.trim() === '' ? null : text;
    }
    case 'picture': {
      const { address } = sample.ref;
      if (address.kind !== 'file' || !isFileUri(address.uri)) return null;
      return fromPath(toPath(address.uri), dataset?.labelFrom);
    }
    case 'text':
    case 'tensors':
      return null;
  }
}

function fromPath(path: string, from: DatasetConfig['labelFrom']): string | null {
  if (from === undefined) return null;
  if (from === 'folder') return basename(dirname(path));
  return new RegExp(from.pattern, 'u').exec(path.replaceAll('\\', '/'))?.[1] ?? null;
}
