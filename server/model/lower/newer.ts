/** Operators newer than the canonical set, and experimental ones of ONNX Runtime's own, in older operators. */
import { numberOf } from '../../graph/attributes';
import type { Lowering } from './types';
import { rmsNormalization } from './fused';

const lowering = (ops: readonly string[], doc: string, lower: Lowering['lower']): Lowering => ({
  ops,
  domain: '',
  doc,
  lower,
});

export const newer: readonly Lowering[] = [
  lowering(['Swish'], 'x·sigmoid(alpha·x), since 24.', (node, context) => {
    const [x = ''] = node.inputs;
    const alpha = numberOf(node, 'alpha', 1);
    const inner = alpha === 1 ? x : context.op('Mul', [x, context.b.scalar(alpha)]);
    const gate = context.op('Sigmoid', [inner]);
    return context.emit({ ...node, op: 'Mul', inputs: [x, gate], attributes: {} });
  }),
  lowering(
    ['RMSNormalization', 'SimplifiedLayerNormalization'],
    'root mean square normalisation, since 23.',
    (node, context) => {
      const [x = '', scale = ''] = node.inputs;
      return rmsNormalization(node, x, scale, context);
    },
  ),
];
