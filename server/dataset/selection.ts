/** A piece of a document: what a person selected. */
import { UserError } from '../errors';
import type { Range, SampleAddress } from '../protocol';
import { decode } from './decode';
import { plainText } from './field';
import { sha256 } from './hash';
import { createLocator } from './positions';
import { lineStart, scanLine, textStart } from './scan';
import type { FileContent, RawSample } from './types';
import { fileName } from './uri';

/** Columns beyond a line's end mean its end, lines beyond the last mean the last one's end, as in LSP. */
export function readSelection(
  address: Extract<SampleAddress, { readonly kind: 'selection' }>,
  content: FileContent,
): RawSample {
  const { uri, range } = address;
  const where = `${fileName(uri)}, lines ${range.start.line + 1}–${range.end.line + 1}`;
  const { bytes } = content;
  const from = lineStart(bytes, range.start.line);
  const lastLine = lineStart(bytes, range.end.line);
  const end = scanLine(bytes, lastLine)?.endByte ?? lastLine.byte;
  const lines = decode(bytes, from.byte, Math.max(end, from.byte), uri, where);
  const start = column(lines, 0, from.line === range.start.line ? range.start.character : Infinity);
  const stop = column(
    lines,
    lastLine.offset - from.offset,
    lastLine.line === range.end.line ? range.end.character : Infinity,
  );
  const text = lines.slice(start, stop);
  if (text.trim() === '')
    throw new UserError('empty-selection', 'nothing is selected but white space', {
      where,
      next: 'select the text to explain',
      uri,
    });
  return textSample(
    address,
    content,
    createLocator(uri, lines, () => from),
    text,
    start,
    'selection',
  );
}

/** The whole of a plain text file as one sample. */
export function readWholeText(uri: string, content: FileContent): RawSample {
  const from = textStart(content.bytes);
  const text = decode(content.bytes, from.byte, content.bytes.length, uri, fileName(uri));
  if (text.trim() === '')
    throw new UserError('empty-file', `${fileName(uri)} holds no text`, { where: fileName(uri), uri });
  return textSample(
    { kind: 'file', uri },
    content,
    createLocator(uri, text, () => from),
    text,
    0,
    null,
  );
}

function textSample(
  address: SampleAddress & { readonly uri: string },
  content: FileContent,
  locate: ReturnType<typeof createLocator>,
  text: string,
  start: number,
  what: string | null,
): RawSample {
  const source = plainText(text, start, locate);
  const span = locate(start, start + text.length);
  return {
    kind: 'text',
    ref: {
      address,
      title: what === null ? fileName(address.uri) : `${fileName(address.uri)}:${span.line} (${what})`,
      span,
      contentHash: sha256(text),
      ...(content.version === undefined ? {} : { documentVersion: content.version }),
    },
    text: source,
  };
}

/** A reversed range (end before start) is read as empty. */
function column(lines: string, start: number, character: Range['start']['character']): number {
  const rest = lines.slice(start).search(/[\r\n]/);
  const end = rest < 0 ? lines.length : start + rest;
  return Math.min(start + character, end);
}
