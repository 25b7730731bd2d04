/** Pieces of text that know where they came from. */
import type { Locator } from './positions';
import { wholeCharacters } from './positions';
import type { Field, SourceText } from './types';

/** Where the n-th UTF-16 unit of an unescaped text begins in its raw spelling; one entry more for the end. */
export type UnitMap = Uint32Array;

/** Text spelled in the file as it is. `start` is its offset in the located piece. */
export function plainText(text: string, start: number, locate: Locator): SourceText {
  return {
    text,
    locate: (from, to) => {
      const [a, b] = wholeCharacters(text, from, to);
      return locate(start + a, start + b);
    },
  };
}

/** Text that was unescaped; the map is made on first use, for it may be as large as the field. */
export function escapedText(text: string, start: number, makeMap: () => UnitMap, locate: Locator): SourceText {
  let map: UnitMap | undefined;
  return {
    text,
    locate: (from, to) => {
      map ??= makeMap();
      const [a, b] = wholeCharacters(text, from, to);
      return locate(start + (map[a] as number), start + (map[b] as number));
    },
  };
}

/** Text that is in no file. */
export function looseText(text: string): SourceText {
  return { text, locate: () => null };
}

export function field(name: string, type: Field['type'], source: SourceText): Field {
  return { name, type, text: source.text, locate: source.locate.bind(source) };
}
