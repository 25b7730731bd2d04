import type { GraphBuilder } from '../../../../graph/builder';
import type { Value } from '../../../../graph/types';
import type { RuleContext, RuleEntry } from '../../../types';
import { maths } from '../../../maths';
import { delayed, gatesOf, kept, masked, recurrentRule, refuses } from '../../gradient/recurrent/cell';
import type { Carried, Direction } from '../../gradient/recurrent/cell';
import { lstmSteps } from '../../gradient/recurrent/lstm';
import type { LrpOptions } from '../types';
import { bookActivation, bookSum } from './books';
import { carryBack } from './loop';
import { activationShare, cellOptions, layerShares, opened, sumShares } from './shares';
import type { CellOptions } from './shares';
import { biasOf, gateOf } from './weights';

/**
 * LSTM (Arras et al. 2017, 2019): h = o ⊙ tanh c hands everything to c; c = f ⊙ c₋₁ + i ⊙ g is shared by the ε rule,
 * each part to its signal, c₋₁ or g; g = tanh(x Wᵀ + h₋₁ Rᵀ + b) is a layer with the ε rule. Gates get nothing.
 */
function lstm(b: GraphBuilder, d: Direction, ctx: RuleContext, options: CellOptions): Carried {
  const m = maths(b, d.x);
  const { names, i, forget, z, c, cells } = lstmSteps(b, d);
  const [, g, h] = names;
  const before = delayed(b, cells, d.firstCell);
  const sum = sumShares(b, cells, [m.mul(forget, before), m.mul(i, c)], options);
  const through = activationShare(b, g, c, options);
  const update = masked(b, d, sum.parts[1]);
  const reached = through === null ? update : m.mul(update, through);
  const seen = activationShare(b, h, b.op(h, [cells]), options);
  const looped = carryBack(b, d, ctx, {
    toCell: opened(b, d, seen, cells),
    stays: kept(b, d, sum.parts[0]),
    layer: layerShares(b, d, { z, bias: biasOf(b, d, 4, 3), reached }, options),
    signal: d.previous,
    behind: null,
    w: gateOf(b, d.w, 4, 3),
    r: gatesOf(b, d.r, 4, 0)[3] as Value,
  });
  bookSum(b, d, ctx, looped.relevance, sum);
  bookActivation(b, ctx, looped.relevance, update, through);
  bookActivation(b, ctx, looped.ofHidden, opened(b, d, null, cells), seen);
  return looped;
}

export function lstmRules(options: LrpOptions): readonly RuleEntry[] {
  const own = cellOptions(options);
  const rule = recurrentRule(4, (b, d, ctx) => lstm(b, d, ctx, own));
  return [{ ops: ['LSTM'], rule, refuses, outputs: 1, name: 'recurrent' }];
}
