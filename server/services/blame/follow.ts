/** Models that predict at every position: where the position of a text has gone after words of it were changed. */
import { placeFeed } from '../positions';
import type { Feeds } from '../../engine/types';
import type { EncodedSample } from '../../input/types';
import type { Positions, TokenFeature, TokenFeatures } from '../../protocol';

/** A piece of a text and what stands there instead. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly to: string;
}

/** The token a prediction is read at; null where positions are no tokens. */
export function tokenAt({ all, chosen }: Positions, { tokens }: TokenFeatures): TokenFeature | null {
  return tokens[all[chosen]?.feature ?? -1] ?? null;
}

/**
 * The position in the changed text: of the token that begins at the same character, moved by the edits before it; a
 * special token is the one of its name.
 * @param edits What `rewritten` did, in places of the text before.
 * @returns Null where the token is no token any more (it was cut off, or grew together with another).
 */
export function followed(
  positions: Positions,
  before: EncodedSample & { readonly features: TokenFeatures },
  after: EncodedSample,
  edits: readonly Edit[],
): Feeds | null {
  const { place = -1, feature = -1 } = positions.all[positions.chosen] ?? {};
  const token = tokenAt(positions, before.features);
  if (token === null || after.features.kind !== 'tokens') return null;
  const { tokens } = after.features;
  const moved = (at: number): number =>
    edits.reduce((sum, { start, end, to }) => (end <= at ? sum + to.length - (end - start) : sum), at);
  const found = tokens.findIndex(({ textSpan, token: name, special }) =>
    token.textSpan === null ? special && name === token.token : textSpan?.[0] === moved(token.textSpan[0]),
  );
  // Places along the output go as those along the input that has as many.
  const input = Object.keys(before.featureOf).find((name) => before.featureOf[name]?.[place] === feature);
  const now = found < 0 || input === undefined ? -1 : (after.featureOf[input]?.indexOf(found) ?? -1);
  return now < 0 ? null : placeFeed(now);
}
