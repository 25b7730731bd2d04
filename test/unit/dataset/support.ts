/** Files in memory, and slow, obvious answers to check spans against. */
import assert from 'node:assert/strict';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Files } from '../../../server/dataset';
import type { SourceSpan } from '../../../server/protocol';

export function memoryFiles(files: Readonly<Record<string, string | Uint8Array>>): Files {
  return {
    read: (uri) => {
      const content = files[uri];
      if (content === undefined) return Promise.reject(new Error(`no ${uri}`));
      return Promise.resolve({ bytes: typeof content === 'string' ? Buffer.from(content, 'utf8') : content });
    },
  };
}

/** Every measure of a span agrees with the file it points into; returns the source characters. */
export function checkSpan(file: string, span: SourceSpan | null): string {
  assert.ok(span !== null);
  const hasMark = file.startsWith('\ufeff');
  const shown = hasMark ? file.slice(1) : file;
  const document = TextDocument.create(span.uri, 'plaintext', 1, shown);
  const shift = hasMark ? 1 : 0;
  assert.deepEqual(span.range.start, document.positionAt(span.startOffset - shift));
  assert.deepEqual(span.range.end, document.positionAt(span.endOffset - shift));
  assert.equal(span.line, span.range.start.line + 1);
  const source = file.slice(span.startOffset, span.endOffset);
  const bytes = Buffer.from(file, 'utf8');
  assert.equal(span.startByte, Buffer.byteLength(file.slice(0, span.startOffset), 'utf8'));
  assert.equal(bytes.subarray(span.startByte, span.endByte).toString('utf8'), source);
  return source;
}

/** `[start, end)` widened over surrogate pairs and `\r\n`, character by character; an empty range stays empty. */
export function widened(text: string, start: number, end: number): string {
  if (start === end) return '';
  let from = start;
  let to = end;
  const inside = (at: number): boolean =>
    at > 0 && at < text.length && /^([\ud800-\udbff][\udc00-\udfff]|\r\n)$/.test(text.slice(at - 1, at + 1));
  if (inside(from)) from--;
  if (inside(to)) to++;
  return text.slice(from, to);
}
