import type { GraphBuilder } from '../../../../graph/builder';
import type { RuleContext, RuleEntry } from '../../../types';
import { maths } from '../../../maths';
import { activationsOf } from '../../gradient/recurrent/activations';
import { affine, recurrentRule, refuses } from '../../gradient/recurrent/cell';
import type { Carried, Direction } from '../../gradient/recurrent/cell';
import type { LrpOptions } from '../types';
import { bookActivation } from './books';
import { carryBack } from './loop';
import { activationShare, cellOptions, layerShares, opened } from './shares';
import type { CellOptions } from './shares';
import { biasOf } from './weights';

/** Simple RNN: h = f(x Wᵀ + h₋₁ Rᵀ + b) is a layer with the ε rule at every step. */
function rnn(b: GraphBuilder, d: Direction, ctx: RuleContext, options: CellOptions): Carried {
  const [f] = activationsOf(d.node, d.index, ['Tanh']) as [string];
  const z = maths(b, d.x).add(affine(b, d.x, d.w, d.inputBias), affine(b, d.previous, d.r, d.hiddenBias));
  const through = activationShare(b, f, b.op(f, [z]), options);
  const looped = carryBack(b, d, ctx, {
    toCell: null,
    stays: null,
    layer: layerShares(b, d, { z, bias: biasOf(b, d, 1, 0), reached: opened(b, d, through, z) }, options),
    signal: d.previous,
    behind: null,
    w: d.w,
    r: d.r,
  });
  bookActivation(b, ctx, looped.relevance, opened(b, d, null, z), through);
  return looped;
}

export function rnnRules(options: LrpOptions): readonly RuleEntry[] {
  const own = cellOptions(options);
  const rule = recurrentRule(1, (b, d, ctx) => rnn(b, d, ctx, own));
  return [{ ops: ['RNN'], rule, refuses, outputs: 1, name: 'recurrent' }];
}
