/** The books of a pass that carries c = R/a: what a node keeps is Σ a c at its outputs − Σ a c at its inputs. */
import type { Node, Value } from '../../../graph/types';
import type { GraphBuilder } from '../../../graph/builder';
import { carriedTo } from '../../backward';
import { worth } from '../../conservation';
import { reduceSum } from '../../shapes';
import type { Absorption, RuleEntry } from '../../types';

const softmaxes = new Set(['Softmax', 'LogSoftmax', 'ReduceLogSumExp']);
const biased = new Set(['Add', 'Sub', 'Sum', 'Mean', 'Gemm', 'Conv', 'ConvTranspose', 'BatchNormalization']);

function causeOf(node: Node, name: string | undefined): Absorption {
  if (softmaxes.has(node.op)) return 'softmax';
  if (name === 'pass') return 'activation';
  return name === 'identity' || biased.has(node.op) ? 'bias' : 'constant';
}

/** The same rule, which says in the conservation table what it does not hand on. */
export function booked(entry: RuleEntry): RuleEntry {
  return {
    ...entry,
    rule: (node, r, b, ctx) => {
      const parts = entry.rule(node, r, b, ctx);
      ctx.absorb(causeOf(node, entry.name), () => {
        const arrived = total(b, node.outputs, r);
        const reached = carriedTo(node, entry);
        const handed = total(
          b,
          reached,
          parts.map((part, index) => (ctx.needed(reached[index] ?? '') ? part : null)),
        );
        return b.op('Sub', [arrived, handed]);
      });
      return parts;
    },
  };
}

/** Σ of all a c, [1]. */
function total(b: GraphBuilder, values: readonly Value[], parts: readonly (Value | null)[]): Value {
  const sums = parts.flatMap((part, index) => {
    if (part === null) return [];
    const flat = b.op('Reshape', [worth(b, values[index] ?? '', part), b.indices([-1])]);
    return [reduceSum(b, flat, [0])];
  });
  const zero = (): Value => b.constant({ dtype: 'float32', dims: [1], data: Float32Array.of(0) }, 'zero');
  return sums.length === 0 ? zero() : sums.reduce((left, right) => b.op('Add', [left, right]));
}
