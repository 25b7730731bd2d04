/** The path of the lasso by least angle regression (Efron, Hastie, Johnstone, Tibshirani 2004, arXiv:math/0406456). */
import { Matrix, solve } from 'ml-matrix';

/** Relative size of what counts as a rounding error. */
const TINY = 1e-10;

/**
 * Columns with a coefficient at the last point of the path that has at most `most` of them: what LIME selects.
 * @param gram XᵀX of centred, weighted columns. @param moments Xᵀy. @returns Columns, smallest first.
 */
export function lassoSelection(gram: Matrix, moments: readonly number[], most: number): readonly number[] {
  const beta = new Float64Array(moments.length);
  const floor = 1e-12 * largest(moments);
  let active: readonly number[] = [];
  let selected: readonly number[] = [];
  let dropped: number | null = null;
  // A path enters each column once and drops few: many times that is no path any more.
  for (let step = 0; step < 8 * moments.length; step += 1) {
    const c = moments.map((moment, row) => moment - dot(gram, row, active, beta));
    const level = largest(c);
    if (level <= floor) break;
    for (const [column, value] of c.entries())
      if (
        Math.abs(value) >= level * (1 - TINY) &&
        column !== dropped &&
        !active.includes(column) &&
        isNew(gram, active, column)
      )
        active = [...active, column];
    const signs = Matrix.columnVector(active.map((column) => Math.sign(c[column] as number)));
    const direction = solve(gram.selection([...active], [...active]), signs, true).to1DArray();
    if (active.length === 0 || !direction.every(Number.isFinite)) break;
    const along = new Float64Array(beta.length);
    active.forEach((column, i) => (along[column] = direction[i] as number));
    let length = level;
    for (const [column, value] of c.entries()) {
      if (active.includes(column)) continue;
      const rate = dot(gram, column, active, along);
      for (const sign of [1, -1]) {
        const at = (level - sign * value) / (1 - sign * rate);
        if (at > TINY * level && at < length) length = at;
      }
    }
    dropped = null;
    for (const column of active) {
      const at = -(beta[column] as number) / (along[column] as number);
      if (at > TINY * level && at < length) [length, dropped] = [at, column];
    }
    for (const column of active) beta[column] = (beta[column] as number) + length * (along[column] as number);
    if (dropped !== null) beta[dropped] = 0;
    active = active.filter((column) => column !== dropped);
    if (active.length <= most) selected = active;
    // Columns leave seldom: the path is not followed beyond this.
    if (active.length > 2 * most + 10) break;
  }
  return [...selected].sort((a, b) => a - b);
}

const largest = (values: readonly number[]): number => values.reduce((top, value) => Math.max(top, Math.abs(value)), 0);

/** Row of the Gram matrix times a vector that is 0 elsewhere. */
const dot = (gram: Matrix, row: number, columns: readonly number[], vector: Float64Array): number =>
  columns.reduce((sum, column) => sum + gram.get(row, column) * (vector[column] as number), 0);

/** False for a column that the active ones already say. */
function isNew(gram: Matrix, active: readonly number[], column: number): boolean {
  const own = gram.get(column, column);
  if (active.length === 0) return own > 0;
  const cross = Matrix.columnVector(active.map((other) => gram.get(other, column)));
  const said = cross.transpose().mmul(solve(gram.selection([...active], [...active]), cross, true));
  return own - said.get(0, 0) > TINY * own;
}
