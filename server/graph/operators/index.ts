/** The table of operators: ONNX semantics at the canonical opset, one line per file. */
import { binary } from './binary';
import { casting } from './casting';
import { control } from './control';
import { convolution } from './convolution';
import { elementwise } from './elementwise';
import { gathering } from './gathering';
import { generating } from './generating';
import { layout } from './layout';
import { linear } from './linear';
import { microsoft } from './microsoft';
import { ml } from './ml';
import { normalization } from './normalization';
import { pooling } from './pooling';
import { quantization } from './quantization';
import { recurrent } from './recurrent';
import { reduction } from './reduction';
import { reshaping } from './reshaping';
import { resizing } from './resizing';
import { shape } from './shape';
import { slicing } from './slicing';
import { strings } from './strings';
import type { Operator } from './types';

export type { Known, Operator, OperatorContext } from './types';

export const operators: readonly Operator[] = [
  ...elementwise,
  ...binary,
  ...linear,
  ...convolution,
  ...pooling,
  ...normalization,
  ...reduction,
  ...shape,
  ...reshaping,
  ...layout,
  ...slicing,
  ...gathering,
  ...generating,
  ...casting,
  ...resizing,
  ...recurrent,
  ...control,
  ...quantization,
  ...strings,
  ...ml,
  ...microsoft,
];

const table = new Map<string, Operator>(
  operators.flatMap((entry) => entry.ops.map((op) => [`${entry.domain}:${op}`, entry] as const)),
);

/** The table's entry for an operator; undefined for one it does not know. */
export function operatorOf(op: string, domain = ''): Operator | undefined {
  return table.get(`${domain}:${op}`);
}
