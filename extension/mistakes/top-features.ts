/** The features that count most, as short words. Pure. */
import type { Explanation } from '../../server/protocol';

export interface TopFeature {
  readonly name: string;
  readonly relevance: number;
}

/** At most `limit` features by |relevance|; words where tokens are parts of them. Pictures and tensors have none. */
export function topFeatures({ features, relevance }: Explanation, limit: number): readonly TopFeature[] {
  switch (features.kind) {
    case 'tokens': {
      const words = new Map<number, { name: string; relevance: number }>();
      features.tokens.forEach(({ word, textSpan }, index) => {
        if (word === null || textSpan === null) return;
        const text = features.text.slice(...textSpan);
        const known = words.get(word) ?? { name: '', relevance: 0 };
        words.set(word, { name: known.name + text, relevance: known.relevance + (relevance[index] ?? 0) });
      });
      return strongest([...words.values()], limit);
    }
    case 'columns':
      return strongest(
        features.columns.map(({ name, text }, index) => ({
          name: `${name} = ${text}`,
          relevance: relevance[index] ?? 0,
        })),
        limit,
      );
    case 'pixels':
    case 'elements':
      return [];
  }
}

function strongest(all: readonly TopFeature[], limit: number): readonly TopFeature[] {
  return all
    .filter(({ relevance }) => relevance !== 0)
    .sort((a, b) => Math.abs(b.relevance) - Math.abs(a.relevance))
    .slice(0, limit);
}
