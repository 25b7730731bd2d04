/** Resize: nearest, linear and cubic, each axis by itself. */
import { numberOf, numbersOf, textOf } from '../../../server/graph/attributes';
import type { Node } from '../../../server/graph/types';
import { fill, get, list, need, normal } from './array';
import type { Array64, Operation } from './array';

function source(mode: string, at: number, scale: number, from: number, to: number): number {
  switch (mode) {
    case 'half_pixel':
      return (at + 0.5) / scale - 0.5;
    case 'half_pixel_symmetric': {
      const adjust = to / (scale * from);
      return (from / 2) * (1 - adjust) + (at + 0.5) / scale - 0.5;
    }
    case 'pytorch_half_pixel':
      return to > 1 ? (at + 0.5) / scale - 0.5 : 0;
    case 'align_corners':
      return to === 1 ? 0 : (at * (from - 1)) / (to - 1);
    case 'asymmetric':
      return at / scale;
    default:
      throw new Error(`coordinate_transformation_mode ${mode}`);
  }
}

function nearest(mode: string, x: number): number {
  if (mode === 'floor') return Math.floor(x);
  if (mode === 'ceil') return Math.ceil(x);
  if (mode === 'round_prefer_ceil') return Math.floor(x + 0.5);
  return Math.ceil(x - 0.5);
}

/** Weight of every input position for one output position. */
function weights(node: Node, at: number, scale: number, from: number, to: number): Map<number, number> {
  const result = new Map<number, number>();
  const put = (position: number, weight: number): void => {
    const inside = Math.min(from - 1, Math.max(0, position));
    result.set(inside, (result.get(inside) ?? 0) + weight);
  };
  const x = source(textOf(node, 'coordinate_transformation_mode', 'half_pixel'), at, scale, from, to);
  const mode = textOf(node, 'mode', 'nearest');
  const floor = Math.floor(x);
  const rest = x - floor;
  if (mode === 'nearest') put(nearest(textOf(node, 'nearest_mode', 'round_prefer_floor'), x), 1);
  else if (mode === 'linear') {
    put(floor, 1 - rest);
    put(floor + 1, rest);
  } else {
    const a = numberOf(node, 'cubic_coeff_a', -0.75);
    const near = (t: number): number => (a + 2) * t ** 3 - (a + 3) * t ** 2 + 1;
    const far = (t: number): number => a * t ** 3 - 5 * a * t ** 2 + 8 * a * t - 4 * a;
    put(floor - 1, far(rest + 1));
    put(floor, near(rest));
    put(floor + 1, near(1 - rest));
    put(floor + 2, far(2 - rest));
  }
  return result;
}

function along(node: Node, x: Array64, axis: number, scale: number, to: number): Array64 {
  const from = x.dims[axis]!;
  if (scale === 1 && to === from) return x;
  const table = Array.from({ length: to }, (_, at) => weights(node, at, scale, from, to));
  return fill(x.dims.with(axis, to), (index) => {
    let sum = 0;
    for (const [position, weight] of table[index[axis]!]!) sum += weight * get(x, index.with(axis, position));
    return sum;
  });
}

export const resizing: Record<string, Operation> = {
  Resize: (node, inputs) => {
    let x = need(inputs, 0);
    const axes = (numbersOf(node, 'axes') ?? x.dims.map((_, axis) => axis)).map((axis) => normal(axis, x.dims.length));
    const scales = inputs[2] === undefined || inputs[2].data.length === 0 ? undefined : list(inputs, 2);
    const sizes = list(inputs, 3);
    axes.forEach((axis, at) => {
      const from = x.dims[axis]!;
      const to = sizes?.[at] ?? Math.floor(from * scales![at]!);
      x = along(node, x, axis, scales?.[at] ?? to / from, to);
    });
    return [x];
  },
};
