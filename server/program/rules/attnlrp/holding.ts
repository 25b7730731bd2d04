/** Values that count as constants: attention weights, gates, the deviation of a normalisation. */
import type { Node, Value } from '../../../graph/types';
import type { RuleContext, RuleEntry } from '../../types';

const activations = new Set([
  ...['Sigmoid', 'HardSigmoid', 'Tanh', 'Gelu', 'Mish', 'HardSwish', 'Relu', 'LeakyRelu', 'Elu', 'Selu', 'Celu'],
  ...['Softplus', 'Softsign', 'Clip'],
]);

/**
 * Gates of products of two signals, by node and input: the factor that comes out of an activation where the other
 * does not (SwiGLU, GeGLU, gated units).
 * @param selfGated Products known to be an activation themselves (x·σ(x)): their results are activations.
 */
export function gates(way: readonly Node[], selfGated: ReadonlyMap<Node, ReadonlySet<number>>): Map<Node, number> {
  const producers = new Map(way.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const isActivation = (value: Value): boolean => {
    const node = producers.get(value);
    return node !== undefined && (activations.has(node.op) || (node.op === 'Mul' && selfGated.has(node)));
  };
  const found = new Map<Node, number>();
  for (const node of way) {
    if (node.op !== 'Mul' || selfGated.has(node) || !node.inputs.every((input) => producers.has(input))) continue;
    const [first, second] = node.inputs.map(isActivation);
    if (first !== second) found.set(node, first === true ? 0 : 1);
  }
  return found;
}

/**
 * Rules that see held inputs as constants, and so everything that depends on nothing else.
 * @param uses Inputs held at one node, by position. @param constants Values held everywhere.
 */
export function holding(
  uses: ReadonlyMap<Node, ReadonlySet<number>>,
  constants: ReadonlySet<Value>,
): (entry: RuleEntry) => RuleEntry {
  const known = new Map<Value, boolean>();
  const signal = (value: Value, ctx: RuleContext): boolean => {
    const before = known.get(value);
    if (before !== undefined) return before;
    const node = ctx.producer(value);
    const result =
      ctx.needed(value) &&
      !constants.has(value) &&
      (node === undefined || node.inputs.some((input) => signal(input, ctx)));
    known.set(value, result);
    return result;
  };
  return (entry) => ({
    ...entry,
    rule: (node, r, b, ctx) => {
      const held = new Set(node.inputs.filter((_, index) => uses.get(node)?.has(index) === true));
      const needed = (value: Value): boolean => !held.has(value) && signal(value, ctx);
      const parts = entry.rule(node, r, b, { ...ctx, needed });
      return parts.map((part, index) => (needed(node.inputs[index] ?? '') ? part : null));
    },
  });
}
