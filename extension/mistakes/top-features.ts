/** The features that count most, as short words. Pure. */
import { wordSpan } from '../../server/protocol/features';
import type { Explanation, TokenFeature } from '../../server/protocol';

export interface TopFeature {
  readonly name: string;
  readonly relevance: number;
}

/** At most `limit` features by |relevance|; words where tokens are parts of them. Pictures and tensors have none. */
export function topFeatures({ features, relevance }: Explanation, limit: number): readonly TopFeature[] {
  switch (features.kind) {
    case 'tokens': {
      const words = new Map<number, { tokens: TokenFeature[]; relevance: number }>();
      features.tokens.forEach((token, index) => {
        if (token.word === null || token.textSpan === null) return;
        const known = words.get(token.word) ?? { tokens: [], relevance: 0 };
        words.set(token.word, {
          tokens: [...known.tokens, token],
          relevance: known.relevance + (relevance[index] ?? 0),
        });
      });
      const named = Array.from(words.values(), ({ tokens, relevance: sum }) => ({
        name: features.text.slice(...(wordSpan(tokens) ?? [0, 0])),
        relevance: sum,
      }));
      return strongest(named, limit);
    }
    case 'columns':
      return strongest(
        features.columns.map(({ name, text, span }, index) => ({
          name: span === undefined ? `${name} = ${text}` : `${name}: ${text}`,
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
