/** The JSON marker: `{"modelBlame": "data/reviews.csv:17"}`, or an object with `file` and `line`, `record` or `id`; or `text`. */
import type { SampleCandidate } from '../../server/protocol';
import type { Sighting } from './candidates';

const MOST_MARKER = 100_000;

/** All markers of a text, also inside longer JSON and where quotes are escaped once more (`{\"modelBlame\": …}`). */
export function markers(text: string): readonly Sighting[] {
  const found: Sighting[] = [];
  for (const match of text.matchAll(/\{\s*(\\?)"modelBlame\1"\s*:/g)) {
    const end = endOfObject(text, match.index);
    if (end === null || found.some((other) => match.index < other.end)) continue;
    const raw = text.slice(match.index, end);
    const candidate = parse(match[1] === '\\' ? raw.replaceAll('\\"', '"') : raw);
    if (candidate !== null) found.push({ candidate, start: match.index, end, certain: true });
  }
  return found;
}

/** Index behind the closing brace; null when there is none. */
function endOfObject(text: string, start: number): number | null {
  let depth = 0;
  let quoted = false;
  const escaped = /^\{\s*\\"/.test(text.slice(start, start + 20));
  for (let at = start; at < Math.min(text.length, start + MOST_MARKER); at += 1) {
    const unit = text[at];
    if (unit === '\\' && escaped && text[at + 1] === '"') {
      quoted = !quoted;
      at += 1;
    } else if (unit === '\\') at += 1;
    else if (unit === '"' && !escaped) quoted = !quoted;
    else if (!quoted && unit === '{') depth += 1;
    else if (!quoted && unit === '}' && --depth === 0) return at + 1;
  }
  return null;
}

function parse(raw: string): SampleCandidate | null {
  let value: unknown;
  try {
    value = (JSON.parse(raw) as { readonly modelBlame: unknown }).modelBlame;
  } catch {
    return null;
  }
  if (typeof value === 'string') return named(value);
  if (typeof value !== 'object' || value === null) return null;
  const { sample, file, line, record, id, text, model } = value as Readonly<Record<string, unknown>>;
  const more = typeof model === 'string' ? { model } : {};
  if (typeof sample === 'string') return { ...named(sample), ...more };
  if (typeof text === 'string') return { kind: 'text', value: text, text, ...more };
  const path = typeof file === 'string' ? { path: file } : {};
  if (typeof id === 'string' || typeof id === 'number')
    return { kind: 'id', value: String(id), ...path, sure: true, text: String(id), ...more };
  if (typeof file !== 'string') return null;
  const row = whole(line) ? `:${line}` : whole(record) ? `#${record}` : '';
  return {
    kind: 'file',
    path: file,
    ...(whole(line) ? { line } : {}),
    ...(whole(record) ? { record } : {}),
    text: `${file}${row}`,
    ...more,
  };
}

function whole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

/** `data/reviews.csv:17`, `data/reviews.csv#16`, `img/0042.png`. */
function named(written: string): SampleCandidate {
  const row = /^(?<path>.+)(?<mark>[:#])(?<number>\d+)$/s.exec(written)?.groups;
  if (row === undefined) return { kind: 'file', path: written, text: written };
  const number = Number(row['number']);
  const place = row['mark'] === ':' ? { line: number } : { record: number };
  return { kind: 'file', path: row['path'] ?? '', ...place, text: written };
}
