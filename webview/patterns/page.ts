/** What the parts of the page may do. */
import type { SampleAddress } from '../../server/protocol';
import type { Picked } from './state';

export interface PatternsPage {
  /** Shows samples in the list beside the view. */
  pick(picked: Picked): void;
  reveal(address: SampleAddress): void;
  explain(address: SampleAddress): void;
  announce(text: string): void;
}
