/** Products of matrices, and Einsum. */
import { numberOf, textOf } from '../../../server/graph/attributes';
import { broadcastDims, fill, get, getBroadcast, need, permuted, reshaped } from './array';
import type { Array64, Operation } from './array';

export function matmul(left: Array64, right: Array64): Array64 {
  const a = left.dims.length === 1 ? reshaped(left, [1, ...left.dims]) : left;
  const c = right.dims.length === 1 ? reshaped(right, [...right.dims, 1]) : right;
  const lead = broadcastDims([a.dims.slice(0, -2), c.dims.slice(0, -2)]);
  const [rows, depth, columns] = [a.dims.at(-2)!, a.dims.at(-1)!, c.dims.at(-1)!];
  if (c.dims.at(-2) !== depth) throw new Error(`matmul [${left.dims.join()}] × [${right.dims.join()}]`);
  const full = fill([...lead, rows, columns], (index) => {
    const at = index.slice(0, -2);
    let sum = 0;
    for (let k = 0; k < depth; k += 1) {
      const x = get(a, [...aligned(at, a.dims), index.at(-2)!, k]);
      sum += x * get(c, [...aligned(at, c.dims), k, index.at(-1)!]);
    }
    return sum;
  });
  const dims = [...lead, ...(left.dims.length === 1 ? [] : [rows]), ...(right.dims.length === 1 ? [] : [columns])];
  return { ...reshaped(full, dims), dtype: left.dtype };
}

function aligned(index: readonly number[], dims: readonly number[]): number[] {
  const lead = dims.slice(0, -2);
  return lead.map((dim, axis) => (dim === 1 ? 0 : index[index.length - lead.length + axis]!));
}

export const linear: Record<string, Operation> = {
  MatMul: (_node, inputs) => [matmul(need(inputs, 0), need(inputs, 1))],
  Gemm: (node, inputs) => {
    const turned = (input: Array64, name: string): Array64 =>
      numberOf(node, name, 0) === 0 ? input : permuted(input, [1, 0]);
    const product = matmul(turned(need(inputs, 0), 'transA'), turned(need(inputs, 1), 'transB'));
    const [alpha, beta] = [numberOf(node, 'alpha', 1), numberOf(node, 'beta', 1)];
    const bias = inputs[2];
    return [
      fill(
        product.dims,
        (index) => alpha * get(product, index) + (bias === undefined ? 0 : beta * getBroadcast(bias, index)),
      ),
    ];
  },
  Einsum: (node, inputs) => {
    const equation = textOf(node, 'equation', '').replaceAll(' ', '');
    const [left, right] = equation.split('->') as [string, string | undefined];
    const terms = left.split(',');
    if (equation.includes('.')) throw new Error('einsum with an ellipsis');
    const size = new Map<string, number>();
    terms.forEach((term, at) =>
      Array.from(term).forEach((letter, axis) => size.set(letter, need(inputs, at).dims[axis]!)),
    );
    const implicit = [...size.keys()].filter((letter) => left.split(letter).length === 2).sort();
    const out = right === undefined ? implicit : Array.from(right);
    const summed = [...size.keys()].filter((letter) => !out.includes(letter));
    const dims = out.map((letter) => size.get(letter)!);
    return [
      fill(dims, (index) => {
        const at = new Map(out.map((letter, axis) => [letter, index[axis]!]));
        return sumOver(summed, size, at, () =>
          terms.reduce(
            (product, term, input) =>
              product *
              get(
                need(inputs, input),
                Array.from(term).map((letter) => at.get(letter)!),
              ),
            1,
          ),
        );
      }),
    ];
  },
};

function sumOver(
  letters: readonly string[],
  size: ReadonlyMap<string, number>,
  at: Map<string, number>,
  term: () => number,
): number {
  const [letter, ...rest] = letters;
  if (letter === undefined) return term();
  let sum = 0;
  for (let index = 0; index < size.get(letter)!; index += 1) {
    at.set(letter, index);
    sum += sumOver(rest, size, at, term);
  }
  return sum;
}
