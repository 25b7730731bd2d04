/** What a kind of check is, and what it may ask of the services. Nothing here knows files, engines or an editor. */
import type { CheckSample, Explanation, Measured, SampleAddress } from '../protocol';
import type { CheckConfig, OneSample, Replacement, SliceConfig } from '../workspace/checkTypes';

export interface CheckOptions {
  readonly signal?: AbortSignal;
  readonly progress?: (done: number, total: number, message: string) => void;
}

/** A sample with its prediction. */
export interface Predicted {
  readonly address: SampleAddress;
  /** `data/reviews.csv:17`, from the folder of the workspace file. */
  readonly name: string;
  /** 1-based physical line it begins on; null for whole files. */
  readonly line: number | null;
  /** `class` is null for a label the model does not know. */
  readonly gold: { readonly label: string; readonly class: number | null } | null;
  /** Most likely class. */
  readonly class: number;
  /** Its probability. */
  readonly probability: number;
  /** Value of the dataset's id column, and SHA-256 (hex) of the sample's bytes: read when asked for. */
  identity(): Promise<{ readonly id: string | null; readonly hash: string }>;
}

/** How samples are explained: the same for all of them. */
export interface ExplainWish {
  /** Class by name; null: the predicted one of each. */
  readonly target: string | null;
  readonly method: string | null;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly baseline: string | null;
}

/** What a check reads of an explanation. */
export interface Explained extends Pick<Explanation, 'features' | 'relevance' | 'sample'> {
  /** Name of the class explained. */
  readonly label: string;
}

/** Explains samples with the model that predicted them. */
export interface Explains {
  /** One for each sample, in their order. @throws UserError for one that cannot be explained. */
  explain(samples: readonly Predicted[], wish: ExplainWish, options: CheckOptions): AsyncIterable<Explained>;
}

/** A dataset or a part of it, opened with the model that the check is about. */
export interface Slice extends Explains {
  readonly model: string;
  readonly labels: readonly string[];
  /** Samples that fit, in the order of files and records. @throws UserError for one that cannot be read. */
  predictions(options: CheckOptions): AsyncIterable<Predicted>;
}

/** The prediction for an edited copy of a sample. */
export interface Variant {
  /** What was done: `“he” → “she”`. */
  readonly edit: string;
  readonly class: number;
  readonly probabilities: readonly number[];
}

/** A single sample with the prediction of the model that the check is about. */
export interface One extends Explains {
  /** One per class. */
  readonly probabilities: readonly number[];
  readonly sample: Predicted;
  readonly labels: readonly string[];
  readonly model: string;
}

/** What a check can find out. Bound to its file and its model. */
export interface CheckWorld {
  /**
   * @param holds Only texts that match, where it is given.
   * @throws UserError for a dataset that is not there, a column that is missing, …
   */
  slice(config: SliceConfig, holds?: RegExp | null): Promise<Slice>;
  one(sample: OneSample): Promise<One>;
  /** Edited copies of a sample; edits that change nothing are left out. */
  variants(
    address: SampleAddress,
    replacements: readonly Replacement[],
    options: CheckOptions,
  ): Promise<readonly Variant[]>;
  /** @throws UserError `column-missing` for a column that the sample's file does not have. */
  hasColumns(address: SampleAddress, columns: readonly string[]): Promise<void>;
  /** Grey values 0–255 of a picture, row-major. */
  picture(path: string): Promise<{ readonly width: number; readonly height: number; readonly grey: Uint8Array }>;
  /** Text of a file, relative to the workspace file's folder; null when there is none. */
  read(path: string): Promise<string | null>;
  write(path: string, text: string): Promise<void>;
}

/** What a check found out. */
export interface Verdict {
  readonly passed: boolean;
  readonly message: string;
  readonly measured: Measured;
  readonly samples: readonly CheckSample[];
  readonly model: string;
}

export interface RunOptions extends CheckOptions {
  /** Accept what is measured, for kinds that compare with an accepted run. */
  readonly accept: boolean;
}

/** One kind of check: an entry of the table in `kinds/index.ts`. */
export interface CheckKind<Config extends CheckConfig> {
  readonly kind: Config['kind'];
  /** What it finds out, one sentence, for the documentation. */
  readonly means: string;
  /** Glob, sample or text it looks at. */
  about(config: Config): string;
  /** It has a file of accepted results. */
  readonly acceptable: boolean;
  run(config: Config, world: CheckWorld, options: RunOptions): Promise<Verdict>;
}
