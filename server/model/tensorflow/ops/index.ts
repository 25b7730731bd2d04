/** The table of TensorFlow's operations: one line per file. */
import type { TfOperation } from '../types';
import { composed } from './composed';
import { convolution } from './convolution';
import { elementwise } from './elementwise';
import { indexing } from './indexing';
import { linear } from './linear';
import { shapes } from './shapes';

const table = new Map(
  [...elementwise, ...composed, ...linear, ...convolution, ...shapes, ...indexing].flatMap((entry) =>
    entry.ops.map((op) => [op, entry] as const),
  ),
);

export function tfOperation(op: string): TfOperation | undefined {
  return table.get(op);
}
