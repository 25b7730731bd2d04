/** Ids that are turned before they are looked up: turned after it instead, so that the embedding is as they were fed. */
import { ints, numberOf, numbersOf } from '../../graph/attributes';
import type { Node, Value } from '../../graph/types';
import type { Lowering, LowerContext } from './types';

/** Operators between that keep every element where it is. */
const kept: ReadonlySet<string> = new Set(['Cast', 'Identity']);

/** table[idsᵀ] = (table[ids])ᵀ: models that put time first, such as XLNet. */
function lookUpFirst(node: Node, context: LowerContext): readonly Value[] | undefined {
  const [table = '', ids = ''] = node.inputs;
  const rank = context.type(ids)?.shape?.length;
  if (numberOf(node, 'axis', 0) !== 0 || context.constant(table)?.dims.length !== 2 || rank === undefined)
    return undefined;
  if (context.type(table)?.dtype !== 'float32' || context.constant(ids) !== undefined) return undefined;
  const casts: Node[] = [];
  let turned = context.producer(ids);
  while (turned?.domain === '' && kept.has(turned.op)) {
    casts.unshift(turned);
    turned = context.producer(turned.inputs[0] ?? '');
  }
  if (turned?.op !== 'Transpose' || turned.domain !== '') return undefined;
  const order = numbersOf(turned, 'perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  const straight = casts.reduce(
    (value, { op, attributes }) => context.op(op, [value], attributes),
    turned.inputs[0] ?? '',
  );
  const found = context.op('Gather', [table, straight], node.attributes);
  return context.emit({
    ...node,
    op: 'Transpose',
    inputs: [found],
    attributes: { perm: ints([...order, rank]) },
  });
}

export const transposedIds: readonly Lowering[] = [
  { ops: ['Gather'], domain: '', doc: 'ids that were transposed are looked up as they were fed.', lower: lookUpFirst },
];
