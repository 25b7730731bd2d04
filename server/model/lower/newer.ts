/** Operators newer than the canonical set, and experimental ones of ONNX Runtime's own, in older operators. */
import { numberOf } from '../../graph/attributes';
import type { Node, Value } from '../../graph/types';
import { rmsNormalization } from './fused';
import type { Lowering, LowerContext } from './types';

const lowering = (ops: readonly string[], doc: string, lower: Lowering['lower']): Lowering => ({
  ops,
  domain: '',
  doc,
  lower,
});

/** sigmoid(alpha·x). */
function gateOf(x: Value, node: Node, context: LowerContext): Value {
  const alpha = numberOf(node, 'alpha', 1);
  return context.op('Sigmoid', [alpha === 1 ? x : context.op('Mul', [x, context.b.scalar(alpha)])]);
}

export const newer: readonly Lowering[] = [
  lowering(['Swish'], 'x·sigmoid(alpha·x), since 24.', (node, context) => {
    const [x = ''] = node.inputs;
    return context.emit({ ...node, op: 'Mul', inputs: [x, gateOf(x, node, context)], attributes: {} });
  }),
  lowering(['SwiGLU'], 'a·sigmoid(alpha·a)·b, since 28.', (node, context) => {
    const [a = '', b = ''] = node.inputs;
    const swish = context.op('Mul', [a, gateOf(a, node, context)]);
    return context.emit({ ...node, op: 'Mul', inputs: [swish, b], attributes: {} });
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
