/**
 * Names of samples in the text of a failure. Pure: what they mean in the workspace is the server's to say.
 *
 * A JSON marker `{"modelBlame": …}` says it for certain; else everything that looks like a row, a record, a picture or
 * a tensor, the patterns of the settings first; last, words that may be values of an id column.
 */
import type { SampleCandidate } from '../../server/protocol';
import { markers } from './marker';

/** A candidate with its place in the text. */
export interface Sighting {
  readonly candidate: SampleCandidate;
  readonly start: number;
  readonly end: number;
  /** Nothing else needs to be asked. */
  readonly certain: boolean;
}

const rows = 'csv|tsv|tab|psv|jsonl|ndjson|json|txt';
const wholes = 'png|jpe?g|npy';
/** A path without spaces; a drive letter in front. */
const bare = String.raw`(?:(?<![A-Za-z])[A-Za-z]:[\\/])?[^\s"'\x60<>|:;,()\[\]{}#?*=]{0,300}?[^\s"'\x60<>|:;,()\[\]{}#?*=/\\]`;
/** Between quotes a path may hold spaces and brackets. */
const quotes = ['"', "'", '`'];

/** Begins with no sign that a quotation would not begin with: a closing quote is no opening one. */
const inQuotes = (mark: string): string => `[^${mark}\\s:;,)\\]}][^${mark}\\r\\n]{0,300}`;

/** Built-in patterns, in the form the settings have: named groups `file`, `line`, `record`, `id`. */
export const builtIn: readonly string[] = [
  ...quotes.map(
    (mark) =>
      `${mark}(?<file>${inQuotes(mark)}\\.(?:${rows}))(?:(?::(?<line>\\d+)(?::\\d+)?|#(?<record>\\d+))${mark}|${mark},? line (?<line2>\\d+))`,
  ),
  `(?<file>${bare}\\.(?:${rows}))(?::(?<line>\\d+)|#(?<record>\\d+)|,? line (?<line2>\\d+)|\\((?<line3>\\d+)\\))`,
  ...quotes.map((mark) => `${mark}(?<file>${inQuotes(mark)}\\.(?:${wholes}))${mark}`),
  `(?<file>${bare}\\.(?:${wholes}))(?![\\w-])`,
];

/** `id=17`, `id: "a-3"`, `sample_id = x`. */
const saidId =
  /\b(?:[A-Za-z]+_)?id\b["'`]?\s*(?:[=:]|\bis\b)?\s*(?:"(?<a>[^"\r\n]+)"|'(?<b>[^'\r\n]+)'|(?<c>[^\s"'`,;()[\]{}]+))/giu;
const MOST_TEXT = 200_000;
const MOST = 60;

/** @param patterns Of the settings: JavaScript regular expressions with named groups; those that are none are left out. */
export function sightings(text: string, patterns: readonly string[] = []): readonly Sighting[] {
  const searched = text.slice(0, MOST_TEXT);
  const marked = markers(searched);
  if (marked.length > 0) return marked;
  const found: Sighting[] = [];
  for (const pattern of [...compiled(patterns), ...compiled(builtIn)])
    for (const match of searched.matchAll(pattern)) {
      const candidate = candidateOf(match);
      const end = match.index + match[0].length;
      const taken = found.some((other) => match.index < other.end && end > other.start);
      if (candidate !== null && !taken) found.push({ candidate, start: match.index, end, certain: false });
    }
  return [...found, ...ids(searched, found)].slice(0, MOST);
}

/** Patterns of the settings that are no regular expressions, or name nothing, with what is wrong. */
export function wrongPatterns(patterns: readonly string[]): readonly string[] {
  return patterns.flatMap((pattern) => {
    const found = compile(pattern);
    return typeof found === 'string' ? [`${pattern}: ${found}`] : [];
  });
}

function compiled(patterns: readonly string[]): readonly RegExp[] {
  return patterns.map(compile).filter((found) => typeof found !== 'string');
}

/** The expression, or what is wrong with it. */
function compile(pattern: string): RegExp | string {
  try {
    const expression = new RegExp(pattern, 'giu');
    return /\(\?<(?:file|id)>/.test(pattern) ? expression : '(?<file>…) or (?<id>…)';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function candidateOf(match: RegExpExecArray): SampleCandidate | null {
  const { file, id, record, line = match.groups?.['line2'] ?? match.groups?.['line3'] } = match.groups ?? {};
  const [text] = match;
  if (file === undefined || file === '') {
    if (id === undefined || id === '') return null;
    return { kind: 'id', value: id, sure: true, text };
  }
  if (id !== undefined) return { kind: 'id', value: id, path: file, sure: true, text };
  return {
    kind: 'file',
    path: file,
    ...(line === undefined ? {} : { line: Number(line) }),
    ...(record === undefined ? {} : { record: Number(record) }),
    text: text.replace(/^["'`]|["'`]$/g, ''),
  };
}

/** Words that may be ids: said to be, or long enough and no plain number. */
function ids(text: string, before: readonly Sighting[]): readonly Sighting[] {
  const found = new Map<string, Sighting>();
  const free = (start: number, end: number): boolean => !before.some((other) => start < other.end && end > other.start);
  const add = (value: string, start: number, sure: boolean): void => {
    const end = start + value.length;
    if (value === '' || found.has(value) || !free(start, end)) return;
    found.set(value, { candidate: { kind: 'id', value, sure, text: value }, start, end, certain: false });
  };
  for (const match of text.matchAll(saidId)) {
    const value = (match.groups?.['a'] ?? match.groups?.['b'] ?? match.groups?.['c'] ?? '').replace(/[.:!?]+$/, '');
    add(value, match.index + match[0].lastIndexOf(value), true);
  }
  for (const match of text.matchAll(/[^\s"'`,;()[\]{}<>=]+/gu)) {
    const value = match[0].replace(/[.:!?]+$/, '');
    if (value.length >= 3 && /\d/.test(value) && !/^[-+]?[\d.]+(?:e[-+]?\d+)?%?$/i.test(value))
      add(value, match.index, false);
  }
  return [...found.values()];
}
