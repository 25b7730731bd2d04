/** LIME's local model: the strongest pieces by the lasso path, then weighted least squares on them. */
import { Matrix } from 'ml-matrix';
import type { Coalition } from './game';
import { lassoSelection } from './lasso';
import { GROUPS, jackknife, weightedFit } from './least-squares';

export interface LocalFit {
  /** Weight of every piece, 0 for those that were not selected. */
  readonly values: Float64Array;
  /** Standard errors by sampling, for this selection. */
  readonly errors: Float64Array;
  /** Share of the weighted variation of the score that the fit explains, R². */
  readonly fit: number;
}

/**
 * @param kernel Weight of every coalition. @param most Pieces in the model.
 * @returns Null where the coalitions do not settle the weights.
 */
export function localFit(
  coalitions: readonly Coalition[],
  scores: Float64Array,
  kernel: readonly number[],
  most: number,
): LocalFit | null {
  const d = coalitions[0]?.length ?? 0;
  const mass = kernel.reduce((sum, weight) => sum + weight, 0);
  const mean = (of: (row: number) => number): number =>
    kernel.reduce((sum, weight, row) => sum + weight * of(row), 0) / mass;
  const member = (row: number, piece: number): number => coalitions[row]?.[piece] as number;
  const means = Array.from({ length: d }, (_, piece) => mean((row) => member(row, piece)));
  const average = mean((row) => scores[row] as number);
  const largest = scores.reduce((top, score) => Math.max(top, Math.abs(score)), 0);
  // A score that does not move leaves rounding errors of its mean.
  const deviation = (row: number): number => {
    const off = (scores[row] as number) - average;
    return Math.abs(off) <= 1e-14 * largest ? 0 : off;
  };
  const columns = most >= d ? Array.from({ length: d }, (_, i) => i) : selection();
  const found = weightedFit({
    columns: columns.length,
    count: coalitions.length,
    x: (row, column) => member(row, columns[column] as number) - (means[columns[column] as number] as number),
    y: deviation,
    weight: (row) => kernel[row] as number,
    group: (row) => row % GROUPS,
  });
  if (found === null) return null;
  const spread = jackknife(found.replicates, columns.length);
  const values = new Float64Array(d);
  const errors = new Float64Array(d);
  columns.forEach((piece, i) => {
    values[piece] = found.coefficients[i] as number;
    errors[piece] = spread[i] as number;
  });
  let [left, all] = [0, 0];
  kernel.forEach((weight, row) => {
    const y = deviation(row);
    const said = columns.reduce(
      (sum, piece) => sum + (values[piece] as number) * (member(row, piece) - (means[piece] as number)),
      0,
    );
    left += weight * (y - said) ** 2;
    all += weight * y * y;
  });
  return { values, errors, fit: all === 0 ? 1 : 1 - left / all };

  function selection(): readonly number[] {
    const x = new Matrix(
      coalitions.map((one, row) =>
        Array.from(one, (value, piece) => (value - (means[piece] as number)) * Math.sqrt(kernel[row] as number)),
      ),
    );
    const y = kernel.map((weight, row) => deviation(row) * Math.sqrt(weight));
    const moments = x.transpose().mmul(Matrix.columnVector(y)).to1DArray();
    return lassoSelection(x.transpose().mmul(x), moments, most);
  }
}
