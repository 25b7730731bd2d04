/** Sizes of sliding windows, shared by convolutions and poolings. */
import { numberOf, numbersOf, textOf } from '../attributes';
import { addDims, ceilDivide, floorDivide, multiplyDims, subtractDims } from '../dims';
import type { Dim, Node } from '../types';

/** Output size of one spatial axis of Conv and the poolings. */
export function windowSizes(node: Node, input: readonly Dim[], kernel: readonly Dim[]): Dim[] {
  const strides = numbersOf(node, 'strides');
  const dilations = numbersOf(node, 'dilations');
  const pads = numbersOf(node, 'pads');
  const automatic = textOf(node, 'auto_pad', 'NOTSET');
  const ceil = numberOf(node, 'ceil_mode', 0) === 1;
  return input.map((size, axis) => {
    const stride = strides?.[axis] ?? 1;
    if (automatic.startsWith('SAME')) return ceilDivide(size, stride);
    const extent = addDims(multiplyDims(subtractDims(kernel[axis] ?? 1, 1), dilations?.[axis] ?? 1), 1);
    const before = automatic === 'VALID' ? 0 : (pads?.[axis] ?? 0);
    const after = automatic === 'VALID' ? 0 : (pads?.[axis + input.length] ?? 0);
    const room = subtractDims(addDims(size, before + after), extent);
    if (!ceil) return addDims(floorDivide(room, stride), 1);
    const count = addDims(ceilDivide(room, stride), 1);
    // A last window that starts in the right padding is left out.
    if (typeof count === 'number' && typeof size === 'number' && (count - 1) * stride >= size + before)
      return count - 1;
    return count;
  });
}

/** Output size of one spatial axis of ConvTranspose. */
export function transposedSizes(node: Node, input: readonly Dim[], kernel: readonly Dim[]): Dim[] {
  const strides = numbersOf(node, 'strides');
  const dilations = numbersOf(node, 'dilations');
  const pads = numbersOf(node, 'pads');
  const extra = numbersOf(node, 'output_padding');
  const fixed = numbersOf(node, 'output_shape');
  const automatic = textOf(node, 'auto_pad', 'NOTSET');
  return input.map((size, axis) => {
    const given = fixed?.[fixed.length - input.length + axis];
    if (given !== undefined) return given;
    const stride = strides?.[axis] ?? 1;
    if (automatic.startsWith('SAME')) return multiplyDims(size, stride);
    const extent = addDims(multiplyDims(subtractDims(kernel[axis] ?? 1, 1), dilations?.[axis] ?? 1), 1);
    const padding = automatic === 'VALID' ? 0 : (pads?.[axis] ?? 0) + (pads?.[axis + input.length] ?? 0);
    const stretched = multiplyDims(subtractDims(size, 1), stride);
    return addDims(addDims(stretched, extent), (extra?.[axis] ?? 0) - padding);
  });
}
