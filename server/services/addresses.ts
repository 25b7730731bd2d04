/** Where a sample address points: which file decides about its workspace, and what kind of sample it can be. */
import { extname } from 'node:path';
import { hasRecords } from '../dataset';
import { isFileUri, toPath } from '../workspace/uris';
import type { ModelRef, SampleAddress } from '../protocol';

export type InputKind = ModelRef['inputKind'];

/** File whose place in the workspace counts; null for text that is in no file on disk. */
export function anchorOf(address: SampleAddress): string | null {
  switch (address.kind) {
    case 'line':
    case 'record':
    case 'file':
    case 'selection':
      return isFileUri(address.uri) ? toPath(address.uri) : null;
    case 'tensors': {
      const first = Object.values(address.files)[0];
      if (first === undefined) return null;
      return isFileUri(first) ? toPath(first) : first;
    }
    case 'text':
      return null;
  }
}

/** The first sample of a dataset's file: it decides which model reads the others. */
export function firstSample(uri: string): SampleAddress {
  return hasRecords(uri) ? { kind: 'record', uri, record: 1 } : { kind: 'file', uri };
}

const pictures = new Set(['.png', '.jpg', '.jpeg', '.webp', '.bmp', '.gif', '.tif', '.tiff', '.svg', '.avif']);

export function isPicture(path: string): boolean {
  return pictures.has(extname(path).toLowerCase());
}

/** Kinds of models that can read what lies at the address. */
export function kindsOf(address: SampleAddress): readonly InputKind[] {
  switch (address.kind) {
    case 'line':
    case 'record':
      return ['text', 'table'];
    case 'selection':
    case 'text':
      return ['text'];
    case 'tensors':
      return ['text', 'image', 'table', 'tensor'];
    case 'file': {
      if (isPicture(address.uri)) return ['image'];
      return extname(address.uri).toLowerCase() === '.npy' ? ['text', 'image', 'table', 'tensor'] : ['text', 'table'];
    }
  }
}
