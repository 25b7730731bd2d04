/** From a failure's text to the sample it is about. Declared here as `requests.ts` declares the others. */
import type { SampleAddress } from './source';

/** Client → server: which samples of the workspace these names mean. Names that mean none come back with the reason. */
export const locate = 'modelBlame/locate';
export interface LocateRequest {
  readonly candidates: readonly SampleCandidate[];
  /** `file:` URIs that relative paths may be meant from, such as the test's file: the nearest first. */
  readonly near: readonly string[];
}
export interface LocateResponse {
  readonly found: readonly FoundSample[];
  readonly missed: readonly MissedSample[];
}

/** What a text may name. */
export type SampleCandidate =
  /** `reviews.csv:17`, `reviews.csv#16`, `img/0042.png`; a path as it was written. */
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly line?: number;
      readonly record?: number;
      readonly model?: string;
      /** The characters that were read so. */
      readonly text: string;
    }
  /** A value of a dataset's id column; `sure` when the text says that it is one. */
  | {
      readonly kind: 'id';
      readonly value: string;
      readonly path?: string;
      readonly sure: boolean;
      readonly model?: string;
      readonly text: string;
    }
  /** A text that is the sample itself. */
  | { readonly kind: 'text'; readonly value: string; readonly model?: string; readonly text: string };

export interface FoundSample {
  readonly address: SampleAddress;
  readonly model: string | null;
  /** `data/reviews.csv:17`. */
  readonly name: string;
  /** The beginning of the sample, to tell it from others. */
  readonly preview: string;
  /** Index of the candidate that meant it. */
  readonly candidate: number;
}

export interface MissedSample {
  readonly text: string;
  /** Why it means no sample: `there is no file reviews.csv in the workspace`. */
  readonly reason: string;
}
