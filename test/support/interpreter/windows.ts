/** Convolutions and pooling, by their definitions. */
import { numberOf, numbersOf, textOf } from '../../../server/graph/attributes';
import type { Node } from '../../../server/graph/types';
import { count, fill, get, indices, need, offset } from './array';
import type { Array64, Operation } from './array';

interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly begins: readonly number[];
  readonly ends: readonly number[];
  readonly out: readonly number[];
}

function windowOf(node: Node, sizes: readonly number[], kernelDims?: readonly number[]): Window {
  const ones = sizes.map(() => 1);
  const kernel = numbersOf(node, 'kernel_shape') ?? kernelDims!;
  const strides = numbersOf(node, 'strides') ?? ones;
  const dilations = numbersOf(node, 'dilations') ?? ones;
  const mode = textOf(node, 'auto_pad', 'NOTSET');
  const reach = kernel.map((k, axis) => dilations[axis]! * (k - 1) + 1);
  let pads = numbersOf(node, 'pads') ?? [...ones, ...ones].map(() => 0);
  if (mode.startsWith('SAME')) {
    const total = sizes.map((size, axis) =>
      Math.max(0, (Math.ceil(size / strides[axis]!) - 1) * strides[axis]! + reach[axis]! - size),
    );
    const [small, large] = [total.map((sum) => Math.floor(sum / 2)), total.map((sum) => Math.ceil(sum / 2))];
    pads = mode === 'SAME_UPPER' ? [...small, ...large] : [...large, ...small];
  }
  const begins = pads.slice(0, sizes.length);
  const ends = pads.slice(sizes.length);
  const out = sizes.map((size, axis) => {
    const room = size + begins[axis]! + ends[axis]! - reach[axis]!;
    const steps = room / strides[axis]!;
    if (numberOf(node, 'ceil_mode', 0) === 0) return Math.floor(steps) + 1;
    const last = Math.ceil(steps);
    return last * strides[axis]! >= size + begins[axis]! ? last : last + 1;
  });
  return { kernel, strides, dilations, begins, ends, out };
}

const place = (window: Window, index: readonly number[], tap: readonly number[]): number[] =>
  index.map((at, axis) => at * window.strides[axis]! - window.begins[axis]! + tap[axis]! * window.dilations[axis]!);

const inside = (at: readonly number[], sizes: readonly number[]): boolean =>
  at.every((position, axis) => position >= 0 && position < sizes[axis]!);

function conv(node: Node, inputs: readonly (Array64 | undefined)[]): Array64[] {
  const [x, w, bias] = [need(inputs, 0), need(inputs, 1), inputs[2]];
  const sizes = x.dims.slice(2);
  const window = windowOf(node, sizes, w.dims.slice(2));
  const group = numberOf(node, 'group', 1);
  const [outputs, perGroup] = [w.dims[0]!, w.dims[1]!];
  return [
    fill([x.dims[0]!, outputs, ...window.out], ([n, o, ...index]) => {
      const first = Math.floor(o! / (outputs / group)) * perGroup;
      let sum = bias?.data[o!] ?? 0;
      for (const tap of indices(window.kernel)) {
        const at = place(window, index, tap);
        if (!inside(at, sizes)) continue;
        for (let c = 0; c < perGroup; c += 1) sum += get(x, [n!, first + c, ...at]) * get(w, [o!, c, ...tap]);
      }
      return sum;
    }),
  ];
}

function convTranspose(node: Node, inputs: readonly (Array64 | undefined)[]): Array64[] {
  const [x, w, bias] = [need(inputs, 0), need(inputs, 1), inputs[2]];
  const spatial = x.dims.length - 2;
  const ones = x.dims.slice(2).map(() => 1);
  const group = numberOf(node, 'group', 1);
  const kernel = w.dims.slice(2);
  const strides = numbersOf(node, 'strides') ?? ones;
  const dilations = numbersOf(node, 'dilations') ?? ones;
  const extra = numbersOf(node, 'output_padding') ?? ones.map(() => 0);
  let pads = numbersOf(node, 'pads') ?? [...ones, ...ones].map(() => 0);
  const shape = numbersOf(node, 'output_shape');
  const full = kernel.map(
    (k, axis) => strides[axis]! * (x.dims[axis + 2]! - 1) + extra[axis]! + (k - 1) * dilations[axis]! + 1,
  );
  if (shape !== undefined) {
    const total = full.map((size, axis) => Math.max(0, size - shape.slice(-spatial)[axis]!));
    const [small, large] = [total.map((sum) => Math.floor(sum / 2)), total.map((sum) => Math.ceil(sum / 2))];
    pads = textOf(node, 'auto_pad', 'NOTSET') === 'SAME_UPPER' ? [...small, ...large] : [...large, ...small];
  }
  const out = full.map((size, axis) => size - pads[axis]! - pads[axis + spatial]!);
  const outputs = w.dims[1]! * group;
  const dims = [x.dims[0]!, outputs, ...out];
  const result = fill(dims, ([, o]) => bias?.data[o!] ?? 0);
  for (const [n, c, ...index] of indices(x.dims)) {
    const part = Math.floor(c! / (x.dims[1]! / group));
    for (const tap of indices(kernel)) {
      const at = index.map((position, axis) => position * strides[axis]! - pads[axis]! + tap[axis]! * dilations[axis]!);
      if (!inside(at, out)) continue;
      for (let o = 0; o < w.dims[1]!; o += 1) {
        result.data[offset(dims, [n!, part * w.dims[1]! + o, ...at])]! +=
          get(x, [n!, c!, ...index]) * get(w, [c!, o, ...tap]);
      }
    }
  }
  return [result];
}

function maxPool(node: Node, inputs: readonly (Array64 | undefined)[]): Array64[] {
  const x = need(inputs, 0);
  const sizes = x.dims.slice(2);
  const window = windowOf(node, sizes);
  const dims = [...x.dims.slice(0, 2), ...window.out];
  const winners = fill(
    dims,
    ([n, c, ...index]) => {
      let best = -1;
      for (const tap of indices(window.kernel)) {
        const at = place(window, index, tap);
        const here = offset(x.dims, [n!, c!, ...at]);
        if (inside(at, sizes) && (best < 0 || x.data[here]! > x.data[best]!)) best = here;
      }
      return best;
    },
    'int64',
  );
  return [{ ...winners, dtype: x.dtype, data: winners.data.map((winner) => x.data[winner]!) }, winners];
}

function pooling(value: (window: readonly number[], taps: number, node: Node) => number): Operation {
  return (node, inputs) => {
    const x = need(inputs, 0);
    const sizes = x.dims.slice(2);
    const window = windowOf(node, sizes);
    return [
      fill([...x.dims.slice(0, 2), ...window.out], ([n, c, ...index]) => {
        const values: number[] = [];
        let taps = 0;
        for (const tap of indices(window.kernel)) {
          const at = place(window, index, tap);
          if (inside(at, sizes)) values.push(get(x, [n!, c!, ...at]));
          // Windows that hang over the padded picture (ceil mode) count only what lies on it.
          if (at.every((position, axis) => position < sizes[axis]! + window.ends[axis]!)) taps += 1;
        }
        return value(values, taps, node);
      }),
    ];
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, c) => a + c, 0);
const norm = (values: readonly number[], p: number): number =>
  sum(values.map((value) => Math.abs(value) ** p)) ** (1 / p);

function globally(value: (values: readonly number[], node: Node) => number): Operation {
  return (node, inputs) => {
    const x = need(inputs, 0);
    const positions = count(x.dims.slice(2));
    const dims = [...x.dims.slice(0, 2), ...x.dims.slice(2).map(() => 1)];
    const row = (at: number): number[] => Array.from(x.data.slice(at * positions, (at + 1) * positions));
    return [
      { dtype: x.dtype, dims, data: Float64Array.from({ length: count(dims) }, (_, at) => value(row(at), node)) },
    ];
  };
}

export const windows: Record<string, Operation> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: maxPool,
  AveragePool: pooling(
    (values, taps, node) => sum(values) / (numberOf(node, 'count_include_pad', 0) === 1 ? taps : values.length),
  ),
  LpPool: pooling((values, _taps, node) => norm(values, numberOf(node, 'p', 2))),
  GlobalAveragePool: globally((values) => sum(values) / values.length),
  GlobalMaxPool: globally((values) => Math.max(...values)),
  GlobalLpPool: globally((values, node) => norm(values, numberOf(node, 'p', 2))),
};
