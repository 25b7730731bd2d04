/** The smallest eigenpairs of a neighbour graph's normalised Laplacian. */
import { EigenvalueDecomposition, Matrix, QrDecomposition } from 'ml-matrix';
import { uniform } from '../random';
import type { Neighbours } from './neighbours';

/** Symmetric weights of a graph, by rows. */
interface Graph {
  readonly count: number;
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  /** D^-½ A D^-½: the Laplacian is I minus this. */
  readonly weights: Float64Array;
}

export interface Spectrum {
  /** Ascending, in 0…2. */
  readonly values: readonly number[];
  /** count × values.length, row-major; column j belongs to `values[j]`. */
  readonly vectors: Float64Array;
}

/** Below this many nodes the whole matrix is decomposed. */
const DENSE = 96;
const DEGREE = 12;
const MOST_ROUNDS = 200;
const TOLERANCE = 1e-7;

/**
 * A = (C + Cᵀ)/2 for C the k-nearest-neighbour graph, as scikit-learn's SpectralClustering builds it; L = I − D^-½ A D^-½. Large graphs by subspace iteration with Chebyshev filters (Zhou et
 * al. 2006, doi:10.1016/j.jcp.2006.03.017): the dense work is only as large as the number of pairs.
 */
export function smallestEigenpairs(neighbours: Neighbours, wanted: number, seed = 0): Spectrum {
  const graph = graphOf(neighbours);
  const count = Math.min(wanted, graph.count);
  const block = count + 8;
  if (graph.count <= Math.max(DENSE, block)) return dense(graph, count);
  const random = uniform(seed);
  let basis = orthonormal(new Matrix(graph.count, block).apply(fill(() => random() - 0.5)));
  let low = 0;
  for (let round = 0; ; round += 1) {
    basis = orthonormal(filtered(graph, basis, low));
    const image = apply(graph, basis);
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
      symmetric(basis.transpose().mmul(image)),
      {
        assumeSymmetric: true,
      },
    );
    // Ascending; the largest of D^-½ A D^-½ are the smallest of L.
    const order = realEigenvalues.map((_, i) => i).reverse();
    const turn = eigenvectorMatrix.subMatrixColumn(order);
    const values = order.map((i) => realEigenvalues[i] as number);
    basis = basis.mmul(turn);
    low = Math.max(-0.9, Math.min(0.99, values[block - 1] as number));
    const residual = image.mmul(turn).sub(scaled(basis, values));
    const worst = Math.max(...Array.from({ length: count }, (_, j) => norm(residual, j)));
    if (worst < TOLERANCE || round === MOST_ROUNDS) return spectrum(basis, values, count);
  }
}

function graphOf({ count, k, indices }: Neighbours): Graph {
  const edges = Array.from({ length: count }, () => new Map<number, number>());
  const half = (from: number, to: number): void => {
    const row = edges[from];
    row?.set(to, (row.get(to) ?? 0) + 0.5);
  };
  for (let row = 0; row < count; row += 1)
    for (let i = 0; i < k; i += 1) {
      half(row, indices[row * k + i] as number);
      half(indices[row * k + i] as number, row);
    }
  const degrees = edges.map((row) => [...row.values()].reduce((sum, weight) => sum + weight, 0));
  const starts = new Int32Array(count + 1);
  edges.forEach((row, i) => (starts[i + 1] = (starts[i] as number) + row.size));
  const columns = Int32Array.from(edges.flatMap((row) => [...row.keys()]));
  const weights = Float64Array.from(
    edges.flatMap((row, i) =>
      [...row].map(([j, weight]) => weight / Math.sqrt((degrees[i] as number) * (degrees[j] as number))),
    ),
  );
  return { count, starts, columns, weights };
}

function dense(graph: Graph, count: number): Spectrum {
  const matrix = Matrix.zeros(graph.count, graph.count);
  for (let row = 0; row < graph.count; row += 1)
    for (let i = graph.starts[row] as number; i < (graph.starts[row + 1] as number); i += 1)
      matrix.set(row, graph.columns[i] as number, graph.weights[i] as number);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).reverse();
  return spectrum(
    eigenvectorMatrix.subMatrixColumn(order),
    order.map((i) => realEigenvalues[i] as number),
    count,
  );
}

function spectrum(basis: Matrix, values: readonly number[], count: number): Spectrum {
  const vectors = new Float64Array(basis.rows * count);
  for (let row = 0; row < basis.rows; row += 1)
    for (let j = 0; j < count; j += 1) vectors[row * count + j] = basis.get(row, j);
  return { values: values.slice(0, count).map((value) => Math.max(0, 1 - value)), vectors };
}

function apply(graph: Graph, basis: Matrix): Matrix {
  const width = basis.columns;
  const result = Matrix.zeros(graph.count, width);
  for (let row = 0; row < graph.count; row += 1) {
    const sums = new Float64Array(width);
    for (let i = graph.starts[row] as number; i < (graph.starts[row + 1] as number); i += 1) {
      const [other, weight] = [graph.columns[i] as number, graph.weights[i] as number];
      for (let j = 0; j < width; j += 1) sums[j] = (sums[j] as number) + weight * basis.get(other, j);
    }
    sums.forEach((sum, j) => result.set(row, j, sum));
  }
  return result;
}

/** T_degree of the matrix with [−1, low] mapped to [−1, 1]: what lies there is damped, what is above grows. */
function filtered(graph: Graph, basis: Matrix, low: number): Matrix {
  const [centre, half] = [(low - 1) / 2, (low + 1) / 2];
  const mapped = (x: Matrix): Matrix => apply(graph, x).sub(Matrix.mul(x, centre)).div(half);
  let [before, now] = [basis, mapped(basis)];
  for (let degree = 2; degree <= DEGREE; degree += 1) {
    const next = mapped(now).mul(2).sub(before);
    [before, now] = [now, next];
  }
  return now;
}

const orthonormal = (matrix: Matrix): Matrix => new QrDecomposition(matrix).orthogonalMatrix;
const symmetric = (matrix: Matrix): Matrix => Matrix.add(matrix, matrix.transpose()).div(2);
const scaled = (basis: Matrix, values: readonly number[]): Matrix => basis.clone().mulRowVector([...values]);

function norm(matrix: Matrix, column: number): number {
  let sum = 0;
  for (let row = 0; row < matrix.rows; row += 1) sum += matrix.get(row, column) ** 2;
  return Math.sqrt(sum);
}

function fill(value: () => number) {
  return function set(this: Matrix, row: number, column: number): void {
    this.set(row, column, value());
  };
}
