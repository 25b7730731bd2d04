/** How a dataset is read; from its entry in the workspace file. */
export interface ReadOptions {
  /** Field separator; from the file's name and first rows otherwise. */
  readonly delimiter?: string;
  /** False when the first record is data: columns are then called `column 1`, `column 2`, …. */
  readonly header?: boolean;
}
