/** Open documents of an editor lie over the disk. */
import type { FileContent, Files } from './types';
import { canonicalUri } from './uri';

export interface OverlayFiles extends Files {
  /** An open document's text wins over the disk until it is closed (`null`). */
  document(uri: string, text: string | null, version?: number): void;
}

/** @param files What lies below; asked for what is not open, and whether an open file has a byte-order mark. */
export function overlay(files: Files): OverlayFiles {
  const documents = new Map<string, { readonly text: string; readonly version?: number; content?: FileContent }>();
  const read = async (uri: string): Promise<FileContent> => {
    const open = documents.get(canonicalUri(uri));
    if (open === undefined) return files.read(uri);
    if (open.content !== undefined) return open.content;
    // Editors hide the mark; offsets and bytes of the file count it.
    const marked = open.text.startsWith('\ufeff') || (await hasMark(files, uri));
    const bytes = Buffer.from(marked ? `\ufeff${open.text.replace(/^\ufeff/, '')}` : open.text, 'utf8');
    open.content = open.version === undefined ? { bytes } : { bytes, version: open.version };
    return open.content;
  };
  return {
    document(uri, text, version) {
      const key = canonicalUri(uri);
      if (text === null) documents.delete(key);
      else documents.set(key, version === undefined ? { text } : { text, version });
    },
    read,
    open: (uri) => (documents.has(canonicalUri(uri)) ? read(uri) : (files.open?.(uri) ?? files.read(uri))),
  };
}

async function hasMark(files: Files, uri: string): Promise<boolean> {
  if (!uri.startsWith('file:')) return false;
  try {
    const { bytes } = await files.read(uri);
    return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  } catch {
    return false;
  }
}
