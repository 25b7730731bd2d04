/** Reductions, normalisations and everything else that works along axes. */
import { numberOf, numbersOf } from '../../../server/graph/attributes';
import type { Node } from '../../../server/graph/types';
import { array, count, fill, get, getBroadcast, indices, list, need, normal, offset, reshaped } from './array';
import type { Array64, Operation } from './array';

const sum = (values: readonly number[]): number => values.reduce((a, c) => a + c, 0);

/** Applies a function to each group of elements that differ only along `axes`. */
function grouped(
  x: Array64,
  axes: readonly number[],
  keep: boolean,
  value: (values: number[]) => number,
  dtype = x.dtype,
): Array64 {
  const kept = x.dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const groups = Array.from({ length: count(kept) }, (): number[] => []);
  for (const index of indices(x.dims))
    groups[
      offset(
        kept,
        index.map((at, axis) => (axes.includes(axis) ? 0 : at)),
      )
    ]!.push(get(x, index));
  const dims = keep ? kept : x.dims.filter((_, axis) => !axes.includes(axis));
  return { dtype, dims, data: Float64Array.from(groups, value) };
}

function reducing(value: (values: number[]) => number): Operation {
  return (node, inputs) => {
    const x = need(inputs, 0);
    const given = (list(inputs, 1) ?? []).map((axis) => normal(axis, x.dims.length));
    const all = given.length === 0 && numberOf(node, 'noop_with_empty_axes', 0) === 0;
    const axes = all ? x.dims.map((_, axis) => axis) : given;
    return [grouped(x, axes, numberOf(node, 'keepdims', 1) === 1, value)];
  };
}

function picking(better: (a: number, c: number) => boolean): Operation {
  return (node, inputs) => {
    const x = need(inputs, 0);
    const axis = normal(numberOf(node, 'axis', 0), x.dims.length);
    const first = (values: number[]): number =>
      values.reduce((best, value, at) => (better(value, values[best]!) ? at : best), 0);
    return [grouped(x, [axis], numberOf(node, 'keepdims', 1) === 1, first, 'int64')];
  };
}

/** (x − mean) / √(var + ε) over axes. */
function standardized(
  x: Array64,
  axes: readonly number[],
  epsilon: number,
): { hat: Array64; mean: Array64; inverse: Array64 } {
  const mean = grouped(x, axes, true, (values) => sum(values) / values.length);
  const inverse = grouped(x, axes, true, (values) => {
    const centre = sum(values) / values.length;
    return 1 / Math.sqrt(sum(values.map((value) => (value - centre) ** 2)) / values.length + epsilon);
  });
  const hat = fill(x.dims, (index) => (get(x, index) - getBroadcast(mean, index)) * getBroadcast(inverse, index));
  return { hat, mean, inverse };
}

const channelwise = (x: Array64, f: (value: number, channel: number) => number): Array64 =>
  fill(x.dims, (index) => f(get(x, index), index[1]!));

function softmax(node: Node, x: Array64, log: boolean): Array64 {
  const axis = normal(numberOf(node, 'axis', -1), x.dims.length);
  const top = grouped(x, [axis], true, (values) => Math.max(...values));
  const total = grouped(x, [axis], true, (values) => {
    const most = Math.max(...values);
    return sum(values.map((value) => Math.exp(value - most)));
  });
  return fill(x.dims, (index) => {
    const shifted = get(x, index) - getBroadcast(top, index);
    return log ? shifted - Math.log(getBroadcast(total, index)) : Math.exp(shifted) / getBroadcast(total, index);
  });
}

export const reductions: Record<string, Operation> = {
  ReduceSum: reducing(sum),
  ReduceMean: reducing((values) => sum(values) / values.length),
  ReduceMax: reducing((values) => Math.max(...values)),
  ReduceMin: reducing((values) => Math.min(...values)),
  ReduceProd: reducing((values) => values.reduce((a, c) => a * c, 1)),
  ReduceL1: reducing((values) => sum(values.map(Math.abs))),
  ReduceL2: reducing((values) => Math.sqrt(sum(values.map((value) => value * value)))),
  ReduceSumSquare: reducing((values) => sum(values.map((value) => value * value))),
  ReduceLogSum: reducing((values) => Math.log(sum(values))),
  ReduceLogSumExp: reducing((values) => {
    const top = Math.max(...values);
    return top + Math.log(sum(values.map((value) => Math.exp(value - top))));
  }),
  ArgMax: picking((a, c) => a > c),
  ArgMin: picking((a, c) => a < c),
  Softmax: (node, inputs) => [softmax(node, need(inputs, 0), false)],
  LogSoftmax: (node, inputs) => [softmax(node, need(inputs, 0), true)],
  CumSum: (node, inputs) => {
    const x = need(inputs, 0);
    const axis = normal(need(inputs, 1).data[0]!, x.dims.length);
    const [exclusive, reverse] = [numberOf(node, 'exclusive', 0), numberOf(node, 'reverse', 0)];
    return [
      fill(x.dims, (index) => {
        let total = 0;
        for (let at = 0; at < x.dims[axis]!; at += 1) {
          const behind = reverse === 1 ? at - index[axis]! : index[axis]! - at;
          if (behind >= exclusive) total += get(x, index.with(axis, at));
        }
        return total;
      }),
    ];
  },
  TopK: (node, inputs) => {
    const x = need(inputs, 0);
    const axis = normal(numberOf(node, 'axis', -1), x.dims.length);
    const sign = numberOf(node, 'largest', 1) === 1 ? 1 : -1;
    const dims = x.dims.with(axis, need(inputs, 1).data[0]!);
    const places = fill(
      dims,
      (index) => {
        const order = Array.from({ length: x.dims[axis]! }, (_, at) => at);
        const value = (at: number): number => get(x, index.with(axis, at));
        return order.sort((a, c) => sign * (value(c) - value(a)) || a - c)[index[axis]!]!;
      },
      'int64',
    );
    return [fill(dims, (index) => get(x, index.with(axis, get(places, index)))), places];
  },
  BatchNormalization: (node, inputs) => {
    const [scale, bias, mean, variance] = [1, 2, 3, 4].map((at) => need(inputs, at).data);
    const epsilon = numberOf(node, 'epsilon', 1e-5);
    return [
      channelwise(
        need(inputs, 0),
        (x, c) => ((x - mean![c]!) / Math.sqrt(variance![c]! + epsilon)) * scale![c]! + bias![c]!,
      ),
    ];
  },
  InstanceNormalization: (node, inputs) => {
    const x = need(inputs, 0);
    const axes = x.dims.map((_, axis) => axis).slice(2);
    const { hat } = standardized(x, axes, numberOf(node, 'epsilon', 1e-5));
    return [channelwise(hat, (value, c) => value * need(inputs, 1).data[c]! + need(inputs, 2).data[c]!)];
  },
  GroupNormalization: (node, inputs) => {
    const x = need(inputs, 0);
    const groups = numberOf(node, 'num_groups', 1);
    const { hat } = standardized(
      reshaped(x, [x.dims[0]!, groups, x.data.length / x.dims[0]! / groups]),
      [2],
      numberOf(node, 'epsilon', 1e-5),
    );
    return [
      channelwise(reshaped(hat, x.dims), (value, c) => value * need(inputs, 1).data[c]! + need(inputs, 2).data[c]!),
    ];
  },
  LayerNormalization: (node, inputs) => {
    const x = need(inputs, 0);
    const first = normal(numberOf(node, 'axis', -1), x.dims.length);
    const axes = x.dims.map((_, axis) => axis).slice(first);
    const { hat, mean, inverse } = standardized(x, axes, numberOf(node, 'epsilon', 1e-5));
    const [scale, bias] = [need(inputs, 1), inputs[2]];
    const y = fill(
      x.dims,
      (index) => get(hat, index) * getBroadcast(scale, index) + (bias === undefined ? 0 : getBroadcast(bias, index)),
    );
    return [y, mean, inverse];
  },
  MeanVarianceNormalization: (node, inputs) => [
    standardized(need(inputs, 0), numbersOf(node, 'axes') ?? [0, 2, 3], 0).hat,
  ],
  LpNormalization: (node, inputs) => {
    const x = need(inputs, 0);
    const axis = normal(numberOf(node, 'axis', -1), x.dims.length);
    const p = numberOf(node, 'p', 2);
    const norms = grouped(x, [axis], true, (values) => sum(values.map((value) => Math.abs(value) ** p)) ** (1 / p));
    return [fill(x.dims, (index) => get(x, index) / (getBroadcast(norms, index) || 1))];
  },
  LRN: (node, inputs) => {
    const x = need(inputs, 0);
    const size = numberOf(node, 'size', 1);
    const [alpha, beta, bias] = [
      numberOf(node, 'alpha', 1e-4),
      numberOf(node, 'beta', 0.75),
      numberOf(node, 'bias', 1),
    ];
    return [
      fill(x.dims, (index) => {
        const from = Math.max(0, index[1]! - Math.floor((size - 1) / 2));
        const to = Math.min(x.dims[1]! - 1, index[1]! + Math.ceil((size - 1) / 2));
        let squares = 0;
        for (let c = from; c <= to; c += 1) squares += get(x, index.with(1, c)) ** 2;
        return get(x, index) / (bias + (alpha / size) * squares) ** beta;
      }),
    ];
  },
  Size: (_node, inputs) => [array([], [need(inputs, 0).data.length], 'int64')],
};
