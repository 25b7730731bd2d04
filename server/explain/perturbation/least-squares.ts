/** Weighted least squares with the error of its answer, for regressions over coalitions. */
import { CholeskyDecomposition, Matrix } from 'ml-matrix';

/** Groups that the rows drawn at random are split into for the error. */
export const GROUPS = 16;
/** Group of rows that were not drawn: all of their kind are there. */
export const ENUMERATED = -1;

export interface Rows {
  readonly columns: number;
  readonly count: number;
  /** Value of a row's column. */
  readonly x: (row: number, column: number) => number;
  readonly y: (row: number) => number;
  readonly weight: (row: number) => number;
  /** 0 … GROUPS − 1, or ENUMERATED. */
  readonly group: (row: number) => number;
}

export interface Fit {
  readonly coefficients: Float64Array;
  /** The answers without one group of drawn rows each; empty where nothing was drawn. */
  readonly replicates: readonly Float64Array[];
}

/** Minimises Σ w (y − x·b)². @returns Null where the rows, or those without one group, do not settle the answer. */
export function weightedFit(rows: Rows): Fit | null {
  const systems = new Map<number, System>();
  for (let row = 0; row < rows.count; row += 1) {
    const group = rows.group(row);
    const system = systems.get(group) ?? empty(rows.columns);
    systems.set(group, system);
    add(system, rows, row);
  }
  const coefficients = solve(total([...systems.values()], rows.columns));
  if (coefficients === null) return null;
  const drawn = [...systems.keys()].filter((group) => group !== ENUMERATED);
  if (drawn.length < 2) return { coefficients, replicates: [] };
  const replicates: Float64Array[] = [];
  for (const left of drawn) {
    // What is left stands for what was drawn: its weight is made up.
    const grown = drawn.length / (drawn.length - 1);
    const kept = [...systems].filter(([group]) => group !== left);
    const weighted = kept.map(([group, system]) => (group === ENUMERATED ? system : scaled(system, grown)));
    const answer = solve(total(weighted, rows.columns));
    if (answer === null) return null;
    replicates.push(answer);
  }
  return { coefficients, replicates };
}

/** Standard errors by the delete-a-group jackknife (Efron, Stein 1981); zeros without replicates. */
export function jackknife(replicates: readonly Float64Array[], columns: number): Float64Array {
  const n = replicates.length;
  return Float64Array.from({ length: columns }, (_, i) => {
    const mean = replicates.reduce((sum, answer) => sum + (answer[i] as number), 0) / n;
    const spread = replicates.reduce((sum, answer) => sum + ((answer[i] as number) - mean) ** 2, 0);
    return n < 2 ? 0 : Math.sqrt((spread * (n - 1)) / n);
  });
}

interface System {
  /** Upper triangle, row by row of the full square. */
  readonly a: Float64Array;
  readonly b: Float64Array;
}

const empty = (columns: number): System => ({ a: new Float64Array(columns * columns), b: new Float64Array(columns) });

function add({ a, b }: System, { columns, x, y, weight }: Rows, row: number): void {
  const w = weight(row);
  const values = Float64Array.from({ length: columns }, (_, column) => x(row, column));
  for (let i = 0; i < columns; i += 1) {
    const wx = w * (values[i] as number);
    if (wx === 0) continue;
    b[i] = (b[i] as number) + wx * y(row);
    for (let j = i; j < columns; j += 1)
      a[i * columns + j] = (a[i * columns + j] as number) + wx * (values[j] as number);
  }
}

function total(systems: readonly System[], columns: number): System {
  const sum = empty(columns);
  for (const { a, b } of systems) {
    a.forEach((value, i) => (sum.a[i] = (sum.a[i] as number) + value));
    b.forEach((value, i) => (sum.b[i] = (sum.b[i] as number) + value));
  }
  return sum;
}

const scaled = ({ a, b }: System, factor: number): System => ({
  a: a.map((value) => value * factor),
  b: b.map((value) => value * factor),
});

function solve({ a, b }: System): Float64Array | null {
  const columns = b.length;
  const matrix = Matrix.zeros(columns, columns);
  for (let i = 0; i < columns; i += 1)
    for (let j = i; j < columns; j += 1) {
      const value = a[i * columns + j] as number;
      matrix.set(i, j, value);
      matrix.set(j, i, value);
    }
  const decomposition = new CholeskyDecomposition(matrix);
  if (!decomposition.isPositiveDefinite()) return null;
  const answer = decomposition.solve(Matrix.columnVector(Array.from(b))).to1DArray();
  return answer.every(Number.isFinite) ? Float64Array.from(answer) : null;
}
