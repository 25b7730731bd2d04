/** QuantizeLinear and DequantizeLinear, per tensor or per axis. */
import { numberOf } from '../../../server/graph/attributes';
import type { Node } from '../../../server/graph/types';
import { fill, get, need, normal } from './array';
import type { Array64, Operation } from './array';

const bounds: Record<string, readonly [number, number]> = { uint8: [0, 255], int8: [-128, 127] };

function perChannel(
  node: Node,
  x: Array64,
  parameter: Array64 | undefined,
  index: readonly number[],
): number | undefined {
  if (parameter === undefined || parameter.data.length === 1) return parameter?.data[0];
  return parameter.data[index[normal(numberOf(node, 'axis', 1), x.dims.length)]!];
}

function even(x: number): number {
  const floor = Math.floor(x);
  return x - floor < 0.5 || (x - floor === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

export const quantization: Record<string, Operation> = {
  QuantizeLinear: (node, inputs) => {
    const [x, scale, zero] = [need(inputs, 0), need(inputs, 1), inputs[2]];
    const dtype = zero?.dtype ?? 'uint8';
    const [low, high] = bounds[dtype]!;
    const value = (index: readonly number[]): number =>
      even(get(x, index) / perChannel(node, x, scale, index)!) + (perChannel(node, x, zero, index) ?? 0);
    return [fill(x.dims, (index) => Math.min(high, Math.max(low, value(index))), dtype)];
  },
  DequantizeLinear: (node, inputs) => {
    const [x, scale, zero] = [need(inputs, 0), need(inputs, 1), inputs[2]];
    const value = (index: readonly number[]): number => get(x, index) - (perChannel(node, x, zero, index) ?? 0);
    return [fill(x.dims, (index) => value(index) * perChannel(node, x, scale, index)!)];
  },
};
