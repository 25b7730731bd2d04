/** What the strip and the list draw. */
import type { TokenFeatures } from '../../server/protocol/features';
import type { Theme } from '../../server/render/colour';
import type { Meaning } from '../result/words';
import type { Cell } from './cells';

export interface TextScene {
  readonly features: TokenFeatures;
  readonly cells: readonly Cell[];
  readonly after: string;
  readonly relevance: Float32Array | null;
  /** End of the colour scale. */
  readonly limit: number;
  /** Σ|R| over all tokens, special ones included. */
  readonly total: number;
  readonly meaning: Meaning | null;
  /** Token whose prediction is explained, for models that predict at every position. */
  readonly position: number | null;
  readonly theme: Theme;
}

export interface TextPart {
  readonly element: HTMLElement;
  draw(scene: TextScene): void;
  /** Marks the cell of a token under the caret in the file. */
  caret(feature: number | null): void;
}
