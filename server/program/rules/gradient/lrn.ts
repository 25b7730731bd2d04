/** LRN: y = x D^−β, D = bias + α/size · Σ x² over neighbouring channels. */
import { numberOf } from '../../../graph/attributes';
import type { GraphBuilder } from '../../../graph/builder';
import { f32 } from '../../../graph/tensor';
import type { Node, Value } from '../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../types';
import { maths } from '../../maths';
import { reshape, reshapeLike, shapeOf } from '../../shapes';
import { inputOf, only } from '../common';

/** r D^−β − (2αβ/size) x Σ′ r x D^−(β+1), Σ′ over the channels whose windows contain this one. */
const lrn: RelevanceRule = (node, r, b) => {
  const x = inputOf(node, 0);
  const m = maths(b, x);
  const size = numberOf(node, 'size', 1);
  const [alpha, beta] = [numberOf(node, 'alpha', 1e-4), numberOf(node, 'beta', 0.75)];
  const rows = reshape(b, x, [0, 0, -1]);
  const arrived = reshape(b, only(r), [0, 0, -1]);
  const around = b.op('MatMul', [neighbours(b, node, size, false), m.square(rows)]);
  const d = m.add(m.mul(around, alpha / size), numberOf(node, 'bias', 1));
  const scaled = m.mul(arrived, m.pow(d, -beta));
  const back = b.op('MatMul', [neighbours(b, node, size, true), m.mul(m.div(scaled, d), rows)]);
  return [reshapeLike(b, m.sub(scaled, m.mul(m.mul(rows, (2 * alpha * beta) / size), back)), x)];
};

/** [channels, channels] of ones where the column lies in the row's window (or the other way round). */
function neighbours(b: GraphBuilder, node: Node, size: number, turned: boolean): Value {
  const channels = shapeOf(b, inputOf(node, 0))?.[1] as number;
  const data = new Float32Array(channels * channels);
  for (let row = 0; row < channels; row += 1) {
    for (let column = 0; column < channels; column += 1) {
      const distance = turned ? row - column : column - row;
      if (distance >= -Math.floor((size - 1) / 2) && distance <= Math.ceil((size - 1) / 2))
        data[row * channels + column] = 1;
    }
  }
  return b.constant(f32(data, [channels, channels]), 'neighbours');
}

export const lrnRules: readonly RuleEntry[] = [
  {
    ops: ['LRN'],
    rule: lrn,
    refuses: (node, b) =>
      typeof shapeOf(b, inputOf(node, 0))?.[1] === 'number' ? null : 'with a number of channels known only at run time',
  },
];
