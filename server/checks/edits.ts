/** Edits of a sample's fields: what an invariance check tries out. */
import { wordsPattern } from './patterns';
import type { Replacement, Scalar } from '../workspace/checkTypes';

export interface Edit {
  /** `“he” → “she”`, `gender → m`. */
  readonly words: string;
  /** New values of the fields that change. */
  readonly values: Readonly<Record<string, string>>;
}

/**
 * One edit for each replacement and value of `with`, those left out that change nothing.
 * @param fields Values by column; a text has the one field that `text` names.
 * @param text Field that words and patterns are looked for in, where a replacement names no column.
 */
export function editsOf(
  replacements: readonly Replacement[],
  fields: Readonly<Record<string, string>>,
  text: string | null,
): readonly Edit[] {
  return replacements.flatMap((replacement) => {
    const name = replacement.column ?? text;
    const value = name === null ? undefined : fields[name];
    if (name === null || value === undefined) return [];
    return valuesOf(replacement.with).flatMap((instead) => {
      const { changed, what } = replaced(replacement, value, instead);
      return changed === value ? [] : [{ words: `${what ?? name} → ${quoted(instead)}`, values: { [name]: changed } }];
    });
  });
}

/** What a text has to hold for any of the replacements to change it (cases aside); null where columns are replaced. */
export function touches(replacements: readonly Replacement[]): RegExp | null {
  if (replacements.some(({ column }) => column !== undefined)) return null;
  const sources = replacements.map((replacement) => `(?:${patternOf(replacement)?.source ?? ''})`);
  return new RegExp(sources.join('|'), 'iu');
}

function replaced(
  replacement: Replacement,
  value: string,
  instead: string,
): { readonly changed: string; readonly what: string | null } {
  const pattern = patternOf(replacement);
  if (pattern === null) return { changed: instead, what: null };
  const found = [...new Set(Array.from(value.matchAll(pattern), ([match]) => match))];
  const changed =
    replacement.words === undefined ? value.replace(pattern, instead) : value.replace(pattern, () => instead);
  return { changed, what: found.slice(0, 3).map(quoted).join(', ') };
}

function patternOf({ words, pattern }: Replacement): RegExp | null {
  if (words !== undefined) return wordsPattern(words);
  return pattern === undefined ? null : new RegExp(pattern, 'gu');
}

function valuesOf(given: Scalar | readonly Scalar[]): readonly string[] {
  return (Array.isArray(given) ? (given as readonly Scalar[]) : [given as Scalar]).map(String);
}

function quoted(text: string): string {
  return `“${text.length > 30 ? `${text.slice(0, 29)}…` : text}”`;
}
