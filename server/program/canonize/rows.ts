/** Values of a small subgraph for one row of an input, in double precision: what norms are made of. */
import { numbers, sizeOf } from '../../graph/tensor';
import type { Dim, Graph, Node, Tensor, Value } from '../../graph/types';
import type { Producers } from './cone';
import { scalarFunction } from './evaluate';

/** Reductions of a row to one number. */
const reduce: Readonly<Record<string, (row: readonly number[]) => number>> = {
  ReduceSum: (row) => row.reduce((sum, x) => sum + x, 0),
  ReduceMean: (row) => row.reduce((sum, x) => sum + x, 0) / row.length,
  ReduceSumSquare: (row) => row.reduce((sum, x) => sum + x * x, 0),
  ReduceL2: (row) => Math.sqrt(row.reduce((sum, x) => sum + x * x, 0)),
};
export const reductions: ReadonlySet<string> = new Set(Object.keys(reduce));

/** Layout between a reduced row and the row it was made of. */
export const layouts: ReadonlySet<string> = new Set(['Reshape', 'Unsqueeze', 'Squeeze', 'Expand', 'Identity', 'Cast']);

/** The last axes of values of one shape: `[…, ...dims]`, where the other axes count rows. */
export interface Rows {
  readonly rank: number;
  /** Sizes of the last axes. */
  readonly dims: readonly number[];
}

/** The last axes that a reduction is over; null where it is over others, or over unknown ones. */
export function rowsOf(node: Node, graph: Graph): Rows | null {
  const shape = graph.types.get(node.inputs[0] ?? '')?.shape;
  const axes = graph.constants.get(node.inputs[1] ?? '');
  if (shape === undefined || axes === undefined || sizeOf(axes.dims) === 0) return null;
  const rank = shape.length;
  const sorted = numbers(axes).map((axis) => (axis < 0 ? axis + rank : axis)).sort((p, q) => p - q); // prettier-ignore
  const dims = shape.slice(rank - sorted.length);
  const last = sorted.every((axis, index) => axis === rank - sorted.length + index);
  return last && dims.every((dim) => typeof dim === 'number') ? { rank, dims } : null;
}

/**
 * @param x Values of `root` in one row.
 * @returns Values of `value` in that row (one where they are all the same); null where it is no function of the row
 *   alone that is known here.
 */
export function evaluateRow(
  value: Value,
  root: Value,
  x: readonly number[],
  rows: Rows,
  producers: Producers,
  graph: Graph,
): readonly number[] | null {
  const known = new Map<Value, readonly number[] | null>([[root, x]]);
  const at = (name: Value): readonly number[] | null => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const tensor = graph.constants.get(name);
    const node = producers.get(name);
    const result = tensor === undefined ? (node === undefined ? null : computed(node)) : constantRow(tensor, rows);
    known.set(name, result);
    return result;
  };
  const shapeOf = (name: Value): readonly Dim[] | undefined => graph.types.get(name)?.shape;
  const computed = (node: Node): readonly number[] | null => {
    const [first = ''] = node.inputs;
    if (reductions.has(node.op)) return reduced(node, at(first));
    if (layouts.has(node.op)) {
      // One number for each row stays that, if its place among the axes does.
      const row = at(first);
      if (node.op === 'Identity') return row;
      if (node.op === 'Cast')
        return graph.types.get(node.outputs[0] ?? '')?.dtype.startsWith('float') === true ? row : null;
      return row?.length === 1 && isPerRow(shapeOf(node.outputs[0] ?? ''), rows) ? row : null;
    }
    return elementwise(node);
  };
  const reduced = (node: Node, row: readonly number[] | null): readonly number[] | null => {
    const own = rowsOf(node, graph);
    const same = own?.rank === rows.rank && own.dims.length === rows.dims.length;
    return same && row?.length === x.length ? [reduce[node.op]?.(row) ?? NaN] : null;
  };
  const elementwise = (node: Node): readonly number[] | null => {
    const f = scalarFunction(node.op);
    if (f === undefined || !aligned(node)) return null;
    const values = node.inputs.map((input) => (input === '' ? undefined : at(input)));
    if (values.includes(null)) return null;
    const length = Math.max(...values.map((row) => row?.length ?? 1));
    const element = (row: readonly number[] | null | undefined, index: number): number | undefined =>
      row?.length === 1 ? row[0] : row?.[index];
    return Array.from({ length }, (_, index) => f(values.map((row) => element(row, index)), node)); // prettier-ignore
  };
  /** Whether operands have one rank, so that broadcasting puts no row beside another row's elements. */
  const aligned = (node: Node): boolean => {
    const vectors = node.inputs.filter((input) => sizeOf(graph.constants.get(input)?.dims ?? []) > 1);
    const signals = node.inputs.filter((input) => input !== '' && !graph.constants.has(input));
    const ranks = new Set(signals.map((input) => shapeOf(input)?.length));
    return ranks.size <= 1 && (vectors.length === 0 || ranks.has(rows.rank));
  };
  return at(value);
}

/** `[…]` or `[…, 1, …]`: one number for each row, or as many equal ones as the row is long. */
function isPerRow(shape: readonly Dim[] | undefined, { rank, dims }: Rows): boolean {
  if (shape?.length === rank - dims.length) return true;
  const last = shape?.slice(-dims.length) ?? [];
  return shape?.length === rank && (last.every((dim) => dim === 1) || last.every((dim, at) => dim === dims[at]));
}

/** A number, or one for each element of a row. */
function constantRow(tensor: Tensor, { dims }: Rows): readonly number[] | null {
  if (tensor.dtype !== 'float32' && tensor.dtype !== 'float64') return null;
  if (sizeOf(tensor.dims) === 1) return numbers(tensor);
  const last = tensor.dims.slice(-dims.length);
  const fits = last.length === dims.length && last.every((dim, at) => dim === dims[at]);
  return fits && sizeOf(tensor.dims) === sizeOf(dims) ? numbers(tensor) : null;
}
