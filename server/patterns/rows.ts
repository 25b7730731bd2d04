/** Small work on sparse rows. */
import type { Rows } from './types';

/** @param rows Pairs of column and value, columns ascending within a row. */
export function rowsFrom(width: number, rows: readonly ReadonlyMap<number, number>[]): Rows {
  const size = rows.reduce((sum, row) => sum + row.size, 0);
  const [starts, columns, values] = [new Int32Array(rows.length + 1), new Int32Array(size), new Float32Array(size)];
  let at = 0;
  rows.forEach((row, i) => {
    for (const column of [...row.keys()].sort((a, b) => a - b)) {
      columns[at] = column;
      values[at] = row.get(column) ?? 0;
      at += 1;
    }
    starts[i + 1] = at;
  });
  return { count: rows.length, width, starts, columns, values };
}

/** @param data count × width, row-major. */
export function denseRows(data: Float32Array, width: number): Rows {
  const count = width === 0 ? 0 : data.length / width;
  const starts = Int32Array.from({ length: count + 1 }, (_, i) => i * width);
  return { count, width, starts, columns: Int32Array.from(data, (_, i) => i % width), values: data };
}

/** The rows named, in that order. */
export function pick(rows: Rows, wanted: readonly number[]): Rows {
  const starts = new Int32Array(wanted.length + 1);
  wanted.forEach((row, i) => (starts[i + 1] = (starts[i] as number) + end(rows, row) - begin(rows, row)));
  const size = starts[wanted.length] as number;
  const [columns, values] = [new Int32Array(size), new Float32Array(size)];
  wanted.forEach((row, i) => {
    columns.set(rows.columns.subarray(begin(rows, row), end(rows, row)), starts[i]);
    values.set(rows.values.subarray(begin(rows, row), end(rows, row)), starts[i]);
  });
  return { count: wanted.length, width: rows.width, starts, columns, values };
}

export const begin = (rows: Rows, row: number): number => rows.starts[row] as number;
export const end = (rows: Rows, row: number): number => rows.starts[row + 1] as number;

/** Each row divided by its norm: Σ|x| (`l1`) or √Σx² (`l2`); rows of zeros stay. */
export function normalised(rows: Rows, norm: 'l1' | 'l2'): Rows {
  const values = rows.values.slice();
  for (let row = 0; row < rows.count; row += 1) {
    let size = 0;
    for (let i = begin(rows, row); i < end(rows, row); i += 1) {
      const value = rows.values[i] as number;
      size += norm === 'l1' ? Math.abs(value) : value * value;
    }
    if (norm === 'l2') size = Math.sqrt(size);
    if (size === 0) continue;
    for (let i = begin(rows, row); i < end(rows, row); i += 1) values[i] = (values[i] as number) / size;
  }
  return { ...rows, values };
}

/** Heatmaps averaged over squares of `side` blocks: what tells strategies apart is where, not which pixel. */
export function downsized(rows: Rows, width: number, height: number, side: number): Rows {
  if (side <= 1) return rows;
  const across = Math.ceil(width / side);
  const size = across * Math.ceil(height / side);
  const data = new Float64Array(rows.count * size);
  for (let row = 0; row < rows.count; row += 1)
    for (let i = begin(rows, row); i < end(rows, row); i += 1) {
      const column = rows.columns[i] as number;
      const to = Math.floor(Math.floor(column / width) / side) * across + Math.floor((column % width) / side);
      const at = row * size + to;
      data[at] = (data[at] as number) + (rows.values[i] as number) / (side * side);
    }
  return denseRows(Float32Array.from(data), size);
}
