/** Features and the characters they were read from: the two directions between panel and file. */
import type { Features, Position, SourceSpan } from '../../server/protocol';

/** Source of every feature, in their order; null where a feature has no place in a file. */
export function sourcesOf(features: Features): readonly (SourceSpan | null)[] {
  switch (features.kind) {
    case 'tokens':
      return features.tokens.map((token) => token.source);
    case 'columns':
      return features.columns.map((column) => column.source);
    case 'pixels':
    case 'elements':
      return [];
  }
}

/**
 * Index of the feature whose characters contain the caret; at a border the feature on the right wins, so that the
 * caret in front of a word means that word. Null when it is on none.
 */
export function featureAt(sources: readonly (SourceSpan | null)[], uri: string, caret: Position): number | null {
  let touching: number | null = null;
  for (const [index, source] of sources.entries()) {
    if (source?.uri !== uri) continue;
    const { start, end } = source.range;
    if (compare(caret, start) < 0 || compare(caret, end) > 0) continue;
    if (compare(caret, end) < 0) return index;
    touching ??= index;
  }
  return touching;
}

function compare(a: Position, b: Position): number {
  return a.line - b.line || a.character - b.character;
}
