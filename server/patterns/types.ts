/** Many explained samples in columns: what every analysis here starts from. */

/** A matrix by its rows, zeros left out: row i has `columns` and `values` from `starts[i]` to `starts[i + 1]`. */
export interface Rows {
  readonly count: number;
  readonly width: number;
  /** count + 1 long. */
  readonly starts: Int32Array;
  /** Ascending within a row. */
  readonly columns: Int32Array;
  readonly values: Float32Array;
}

/** Geometry of downsized heatmaps: `width × height` blocks of `block` model pixels each. */
export interface HeatmapGrid {
  readonly width: number;
  readonly height: number;
  readonly block: number;
}

/** What the samples hold, for rules: one column per feature (words: see `relevance`). */
export interface Inputs {
  /** Samples × columns, row-major; for categories an index into `categories`, NaN for a missing value. */
  readonly values: Float32Array;
  readonly columns: readonly InputColumn[];
}

export type InputColumn =
  | { readonly kind: 'number'; readonly name: string; readonly feature: number }
  | {
      readonly kind: 'category';
      readonly name: string;
      readonly feature: number;
      readonly categories: readonly string[];
    }
  /** Mean brightness of a coarse region of a picture; `features` are the blocks of the heatmap in it. */
  | { readonly kind: 'brightness'; readonly region: CoarseRegion };

/** A rectangle of heatmap blocks, with its place in the model's pixels. */
export interface CoarseRegion {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly features: readonly number[];
}

export interface Explained {
  readonly kind: 'words' | 'columns' | 'pixels' | 'elements';
  readonly classes: number;
  /** Per sample: class predicted; gold class or −1; probability of the class predicted. */
  readonly predicted: Int32Array;
  readonly gold: Int32Array;
  readonly probability: Float32Array;
  /** Class each sample is explained for: `predicted`, or `gold`. */
  readonly own: Int32Array;
  /** Samples × features: relevance for that class. A word a sample has is in its row even with 0. */
  readonly relevance: Rows;
  /** Names of the features; for pixels empty. */
  readonly names: readonly string[];
  /** Pixels only. */
  readonly grid: HeatmapGrid | null;
  /** Words only: the id a word is read as; −1 for several tokens. */
  readonly ids: Int32Array | null;
  /** For rules over columns and regions; null for words and elements. */
  readonly inputs: Inputs | null;
  /** What the last linear layer reads, samples × units, where it was asked for. */
  readonly activations: { readonly layer: string; readonly rows: Rows } | null;
}
