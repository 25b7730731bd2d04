/** Where a feature stands in its file, as a person reads it. Pure. */
import type { SourceSpan } from '../../server/protocol/source';

/** `17:4` (line and column, both from 1), or nothing for a feature without characters of its own. */
export function cellPosition(source: SourceSpan | null): string {
  return source === null ? '' : `${source.line}:${source.range.start.character + 1}`;
}
