/** Geometry of sliding windows: convolutions and pooling. */
import { numberOf, numbersOf, textOf } from '../../graph/attributes';
import type { GraphBuilder } from '../../graph/builder';
import type { Node, Value } from '../../graph/types';
import { rankOf, shapeOf } from '../shapes';

export interface Window {
  /** Spatial axes. */
  readonly spatial: number;
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly group: number;
  /** Sizes of the input's spatial axes; undefined where not known. */
  readonly sizes: readonly (number | undefined)[];
  /** Begin of every axis, then end; undefined when `auto_pad` depends on a size that is not known. */
  readonly pads: readonly number[] | undefined;
}

/** @param kernel Kernel sizes where the node's attributes do not say (the weights' shape). */
export function windowOf(b: GraphBuilder, node: Node, x: Value, kernel?: readonly number[]): Window {
  const spatial = rankOf(b, x) - 2;
  const filled = (name: string): readonly number[] => numbersOf(node, name) ?? new Array<number>(spatial).fill(1);
  const window = {
    spatial,
    kernel: numbersOf(node, 'kernel_shape') ?? kernel ?? [],
    strides: filled('strides'),
    dilations: filled('dilations'),
    group: numberOf(node, 'group', 1),
    sizes: (shapeOf(b, x) ?? []).slice(2).map((dim) => (typeof dim === 'number' ? dim : undefined)),
  };
  return { ...window, pads: padsOf(node, window) };
}

function padsOf(node: Node, window: Omit<Window, 'pads'>): readonly number[] | undefined {
  const mode = textOf(node, 'auto_pad', 'NOTSET');
  const none = new Array<number>(2 * window.spatial).fill(0);
  if (mode === 'NOTSET') return numbersOf(node, 'pads') ?? none;
  if (mode === 'VALID') return none;
  const totals = window.kernel.map((kernel, axis) => {
    const stride = window.strides[axis] as number;
    const reach = (window.dilations[axis] as number) * (kernel - 1) + 1;
    const size = window.sizes[axis];
    if (size === undefined) return stride === 1 ? reach - 1 : undefined;
    return Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
  });
  if (totals.includes(undefined)) return undefined;
  const known = totals as number[];
  const small = known.map((total) => Math.floor(total / 2));
  const large = known.map((total) => Math.ceil(total / 2));
  return mode === 'SAME_UPPER' ? [...small, ...large] : [...large, ...small];
}
