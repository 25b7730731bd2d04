/** The table of kernels: one line per family of operators. */
import type { Node } from '../../../graph/types';
import type { KernelEntry } from '../types';
import { binaries } from './binary';
import { categories } from './categories';
import { convolutions } from './convolution';
import { einsums } from './einsum';
import { elementwise } from './elementwise';
import { gatherings } from './gathering';
import { generatings } from './generating';
import { linear } from './linear';
import { normalizations } from './normalization';
import { poolings } from './pooling';
import { quantizations } from './quantization';
import { recurrents } from './recurrent';
import { reductions } from './reduction';
import { reshapings } from './reshaping';
import { resizings } from './resizing';
import { selectings } from './selecting';
import { slicings } from './slicing';
import { transposedConvolutions } from './transposed';

export const kernels: readonly KernelEntry[] = [
  ...elementwise,
  ...binaries,
  ...linear,
  ...einsums,
  ...convolutions,
  ...transposedConvolutions,
  ...poolings,
  ...normalizations,
  ...reductions,
  ...reshapings,
  ...slicings,
  ...gatherings,
  ...selectings,
  ...generatings,
  ...resizings,
  ...recurrents,
  ...quantizations,
  ...categories,
];

const table = new Map<string, KernelEntry>(
  kernels.flatMap((entry) => entry.ops.map((op) => [`${entry.domain ?? ''}:${op}`, entry] as const)),
);

export function kernelOf(node: Node): KernelEntry | undefined {
  return table.get(`${node.domain}:${node.op}`);
}
