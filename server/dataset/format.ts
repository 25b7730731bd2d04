/** What kind of file this is: first by its bytes, then by its name. */
import { UserError } from '../errors';
import { sniffDelimiter } from './sniff';
import type { ReadOptions } from './options';
import { extension, fileName } from './uri';

export type Format =
  | { readonly kind: 'delimited'; readonly delimiter: string; readonly header: boolean }
  | { readonly kind: 'json-lines' }
  | { readonly kind: 'json-array' }
  | { readonly kind: 'lines' }
  | { readonly kind: 'picture'; readonly type: 'png' | 'jpeg' }
  | { readonly kind: 'npy' };

export type RecordFormat = Exclude<Format, { readonly kind: 'picture' | 'npy' }>;

const parquetNext = "convert it first, e.g. in Python: pandas.read_parquet('x.parquet').to_csv('x.csv', index=False)";
const pictureNext = 'save the picture as PNG or JPEG';

/** Beginnings of files that are not read, with the way out. */
const refused: readonly { readonly magic: string | readonly number[]; readonly name: string; readonly next: string }[] =
  [
    { magic: 'PAR1', name: 'a Parquet file', next: parquetNext },
    { magic: 'ARROW1', name: 'an Arrow file', next: parquetNext.replaceAll('parquet', 'feather') },
    { magic: [0x50, 0x4b, 3, 4], name: 'a zip archive or spreadsheet', next: 'export the sheet as CSV (UTF-8)' },
    { magic: [0xd0, 0xcf, 0x11, 0xe0], name: 'an old spreadsheet', next: 'export the sheet as CSV (UTF-8)' },
    { magic: [0x1f, 0x8b], name: 'compressed', next: 'unpack it first' },
    { magic: [0x28, 0xb5, 0x2f, 0xfd], name: 'compressed', next: 'unpack it first' },
    { magic: 'SQLite format 3', name: 'a database', next: 'export the table as CSV' },
    { magic: [0xff, 0xfe], name: 'UTF-16 text', next: 'save it with encoding UTF-8' },
    { magic: [0xfe, 0xff], name: 'UTF-16 text', next: 'save it with encoding UTF-8' },
    { magic: 'GIF8', name: 'a GIF picture', next: pictureNext },
    { magic: 'RIFF', name: 'a WebP picture or a sound', next: pictureNext },
    { magic: 'BM', name: 'a BMP picture', next: pictureNext },
    { magic: [0x49, 0x49, 0x2a, 0], name: 'a TIFF picture', next: pictureNext },
    { magic: [0x4d, 0x4d, 0, 0x2a], name: 'a TIFF picture', next: pictureNext },
    { magic: '%PDF', name: 'a PDF document', next: 'copy its text into a text file' },
  ];

const textNames = new Set(['.csv', '.tsv', '.tab', '.psv', '.jsonl', '.ndjson', '.json', '.txt', '.md', '.log']);

/** @throws UserError `unsupported-format` with the way to convert. */
export function formatOf(uri: string, bytes: Uint8Array, options: ReadOptions): Format {
  const name = extension(uri);
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return { kind: 'picture', type: 'png' };
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return { kind: 'picture', type: 'jpeg' };
  if (startsWith(bytes, [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59])) return { kind: 'npy' };
  // A text file may begin with “BM” or “GIF8”; a byte-order mark of UTF-16 or a zero byte it may not.
  const isText = textNames.has(name);
  const hit = refused.find(
    (item) =>
      startsWith(bytes, item.magic) && (!isText || bytes.subarray(0, 64).some((byte) => byte < 9 || byte > 0xf7)),
  );
  if (hit !== undefined) throw unsupported(uri, hit.name, hit.next);
  if (['.png', '.jpg', '.jpeg'].includes(name))
    throw new UserError('broken-picture', `${fileName(uri)} is not a PNG or JPEG picture`, {
      where: bytes.length === 0 ? 'the file is empty' : 'its first bytes are of another kind',
      next: pictureNext,
      uri,
    });
  if (name === '.svg' || /^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?<svg/s.test(head(bytes)))
    throw unsupported(uri, 'an SVG drawing', 'models read pixels: export it as PNG');
  if (['.parquet', '.pq'].includes(name)) throw unsupported(uri, 'not a whole Parquet file', parquetNext);
  if (['.npz', '.xlsx', '.arrow', '.feather', '.npy'].includes(name))
    throw unsupported(
      uri,
      `not a readable ${name} file`,
      name === '.npz' || name === '.npy' ? 'save one array with numpy.save' : 'export it as CSV',
    );
  return textFormat(name, bytes, options);
}

function textFormat(name: string, bytes: Uint8Array, options: ReadOptions): RecordFormat {
  if (options.delimiter !== undefined || ['.csv', '.tsv', '.tab', '.psv'].includes(name)) {
    const delimiter = options.delimiter ?? sniffDelimiter(bytes, name);
    checkDelimiter(delimiter);
    return { kind: 'delimited', delimiter, header: options.header ?? true };
  }
  if (name === '.jsonl' || name === '.ndjson') return { kind: 'json-lines' };
  if (name === '.json') return { kind: /^\ufeff?\s*\[/.test(head(bytes)) ? 'json-array' : 'json-lines' };
  return { kind: 'lines' };
}

function checkDelimiter(delimiter: string): void {
  if (delimiter.length === 1 && delimiter.charCodeAt(0) < 128 && !/["\r\n]/.test(delimiter)) return;
  throw new UserError('bad-delimiter', `“${delimiter}” cannot separate fields`, {
    where: '"delimiter" of the dataset',
    next: 'give one ASCII character, such as "," or ";" or "\\t"',
  });
}

function unsupported(uri: string, what: string, next: string): UserError {
  return new UserError('unsupported-format', `${fileName(uri)} is ${what}`, { where: fileName(uri), next, uri });
}

function startsWith(bytes: Uint8Array, magic: string | readonly number[]): boolean {
  const codes = typeof magic === 'string' ? Array.from(magic, (letter) => letter.charCodeAt(0)) : magic;
  return codes.every((code, index) => bytes[index] === code);
}

function head(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 512)).toString('utf8');
}
