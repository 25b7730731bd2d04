/** The table of TensorFlow's operations: one line per file. */
import type { TfOperation } from '../types';
import { convolution } from './convolution';
import { elementwise } from './elementwise';
import { linear } from './linear';
import { shapes } from './shapes';

const table = new Map(
  [...elementwise, ...linear, ...convolution, ...shapes].flatMap((entry) =>
    entry.ops.map((op) => [op, entry] as const),
  ),
);

export function tfOperation(op: string): TfOperation | undefined {
  return table.get(op);
}
