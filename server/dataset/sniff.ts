/** Which character separates the fields of a delimited file. */
import { splitRecord } from './delimited';
import { delimitedScanner, textStart } from './scan';

const candidates = [',', ';', '\t', '|'];

/** Bytes and records that are looked at. */
const SAMPLE_BYTES = 2 ** 16;
const SAMPLE_RECORDS = 20;

const known = new WeakMap<Uint8Array, Map<string, string>>();

/** `sniff`, once for the same bytes. */
export function sniffDelimiter(bytes: Uint8Array, extension: string): string {
  const forBytes = known.get(bytes) ?? new Map<string, string>();
  known.set(bytes, forBytes);
  const delimiter = forBytes.get(extension) ?? sniff(bytes, extension);
  forBytes.set(extension, delimiter);
  return delimiter;
}

/**
 * The candidate that splits the first records into the most even rows of at least two fields;
 * by the extension (comma, or tab for `.tsv`) when none does.
 */
function sniff(bytes: Uint8Array, extension: string): string {
  const usual = extension === '.tsv' || extension === '.tab' ? '\t' : extension === '.psv' ? '|' : ',';
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const scored = [usual, ...candidates.filter((item) => item !== usual)].map((delimiter) => ({
    delimiter,
    score: evenness(sample, delimiter, bytes.length > SAMPLE_BYTES),
  }));
  const best = scored.reduce((a, b) => (b.score > a.score ? b : a));
  return best.score > 0 ? best.delimiter : usual;
}

/** Share of rows with as many fields as the first; 0 when the first has only one. */
function evenness(sample: Uint8Array, delimiter: string, cut: boolean): number {
  const scan = delimitedScanner(delimiter);
  const counts: number[] = [];
  for (let mark = textStart(sample); counts.length < SAMPLE_RECORDS;) {
    const extent = scan(sample, mark);
    if (extent === null || (cut && extent.next.byte === sample.length && counts.length > 0)) break;
    mark = extent.next;
    if (extent.endByte === extent.start.byte) continue;
    const cells = splitRecord(
      Buffer.from(sample.subarray(extent.start.byte, extent.endByte)).toString('latin1'),
      delimiter,
    );
    counts.push('opened' in cells ? 0 : cells.length);
  }
  const first = counts[0] ?? 0;
  return first < 2 ? 0 : counts.filter((count) => count === first).length / counts.length;
}
