/** Normalisations with more than one output. */
import { numberOf } from '../attributes';
import { normalizeAxis } from '../shapes';
import type { ValueType } from '../types';
import { sameAsInput } from './elementwise';
import type { Operator, OperatorContext } from './types';

/** Mean and inverse standard deviation have size 1 from `axis` on. */
function layerNormalization(context: OperatorContext): (ValueType | undefined)[] {
  const type = context.type(0);
  if (type === undefined) return [undefined];
  const axis = normalizeAxis(numberOf(context.node, 'axis', -1), type.shape?.length ?? 0);
  const statistics: ValueType = { dtype: 'float32', shape: type.shape?.map((dim, index) => (index < axis ? dim : 1)) };
  return [{ dtype: type.dtype, shape: type.shape }, statistics, statistics];
}

export const normalization: readonly Operator[] = [
  {
    ops: ['LayerNormalization'],
    domain: '',
    doc: '(x − mean)/√(variance + epsilon) over the axes from `axis` on, then scale and bias.',
    infer: layerNormalization,
  },
  {
    ops: ['BatchNormalization'],
    domain: '',
    doc: '(x − mean)/√(variance + epsilon)·scale + bias per channel, with stored statistics.',
    infer: (context) => sameAsInput(context),
  },
];
