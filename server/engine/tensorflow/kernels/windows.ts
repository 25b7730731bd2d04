/** Windows of convolutions and poolings: sizes, strides and pads of a node, once its input's sizes are known. */
import { numberOf, numbersOf, textOf } from '../../../graph/attributes';
import { windowSizes } from '../../../graph/operators/spatial';
import type { Node } from '../../../graph/types';

export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Before and after each spatial axis, as the node says. */
  readonly pads: readonly (readonly [number, number])[];
  /** Sizes of the output. */
  readonly out: readonly number[];
  /** Elements read beyond the pads by a last window that `ceil_mode` keeps. */
  readonly beyond: readonly number[];
}

/** Elements from the first to the last tap of a kernel. */
export const reach = (kernel: number, dilation: number): number => (kernel - 1) * dilation + 1;

export function windowOf(node: Node, input: readonly number[], kernel: readonly number[]): Window {
  const ones = kernel.map(() => 1);
  const strides = numbersOf(node, 'strides') ?? ones;
  const dilations = numbersOf(node, 'dilations') ?? ones;
  const out = windowSizes(node, input, kernel) as number[];
  const given = numbersOf(node, 'pads');
  const automatic = textOf(node, 'auto_pad', 'NOTSET');
  const pads = kernel.map((_, axis): [number, number] => {
    if (automatic === 'VALID') return [0, 0];
    if (!automatic.startsWith('SAME')) return [given?.[axis] ?? 0, given?.[axis + kernel.length] ?? 0];
    const total = Math.max(0, span(out, strides, kernel, dilations, axis) - (input[axis] as number));
    const [small, large] = [Math.floor(total / 2), Math.ceil(total / 2)];
    return automatic === 'SAME_UPPER' ? [small, large] : [large, small];
  });
  const beyond = kernel.map((_, axis) => {
    const padded = (input[axis] as number) + (pads[axis] as [number, number])[0] + (pads[axis] as [number, number])[1];
    const ceil = numberOf(node, 'ceil_mode', 0) === 1;
    return ceil ? Math.max(0, span(out, strides, kernel, dilations, axis) - padded) : 0;
  });
  return { kernel, strides, dilations, pads, out, beyond };
}

/** Elements that all windows of an axis cover. */
function span(
  out: readonly number[],
  strides: readonly number[],
  kernel: readonly number[],
  dilations: readonly number[],
  axis: number,
): number {
  return (
    ((out[axis] as number) - 1) * (strides[axis] as number) + reach(kernel[axis] as number, dilations[axis] as number)
  );
}
