/** What the parts of the page may do. */
import type { PatternFeature, SampleAddress } from '../../server/protocol';
import type { Picked } from './state';

export interface PatternsPage {
  /** Shows samples in the list beside the view. */
  pick(picked: Picked): void;
  reveal(address: SampleAddress): void;
  explain(address: SampleAddress): void;
  /** All of them. */
  areFlagged(features: readonly PatternFeature[]): boolean;
  /** Flags features as shortcuts, or takes the flags away. */
  flag(features: readonly PatternFeature[]): void;
  /** Writes a model check about it. */
  check(feature: PatternFeature, sample: SampleAddress): void;
  announce(text: string): void;
}
