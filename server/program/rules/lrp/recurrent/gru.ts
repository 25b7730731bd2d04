import type { GraphBuilder } from '../../../../graph/builder';
import type { Value } from '../../../../graph/types';
import type { RuleContext, RuleEntry } from '../../../types';
import { maths } from '../../../maths';
import { kept, masked, recurrentRule, refuses } from '../../gradient/recurrent/cell';
import type { Carried, Direction } from '../../gradient/recurrent/cell';
import { gruSteps } from '../../gradient/recurrent/gru';
import type { LrpOptions } from '../types';
import { bookActivation, bookSum } from './books';
import { carryBack } from './loop';
import { activationShare, cellOptions, layerShares, sumShares } from './shares';
import type { CellOptions } from './shares';
import { gateOf } from './weights';

/**
 * GRU, after the same two rules (Arras et al. 2019): h = z ⊙ h₋₁ + (1 − z) ⊙ n is shared by the ε rule, each part to
 * its signal, h₋₁ or n; n is a layer with the ε rule on x and on r ⊙ h₋₁, whose signal is h₋₁. With the reset gate
 * behind the hidden product, r is a constant factor of that product's weights and bias: one layer, one ε.
 */
function gru(b: GraphBuilder, d: Direction, ctx: RuleContext, options: CellOptions): Carried {
  const m = maths(b, d.x);
  const { names, linear, z, r, before, n, weights, biases } = gruSteps(b, d);
  const [stays, update] = [m.mul(z, d.previous), m.mul(m.sub(1, z), n)];
  const sum = sumShares(b, m.add(stays, update), [stays, update], options);
  const through = activationShare(b, names[1], n, options);
  const candidate = masked(b, d, sum.parts[1]);
  const reached = through === null ? candidate : m.mul(candidate, through);
  const looped = carryBack(b, d, ctx, {
    toCell: null,
    stays: kept(b, d, sum.parts[0]),
    layer: layerShares(b, d, { z: before, bias: bias(), reached }, options),
    signal: linear ? d.previous : m.mul(r, d.previous),
    behind: linear ? r : null,
    w: gateOf(b, d.w, 3, 2),
    r: weights[2],
  });
  bookSum(b, d, ctx, looped.relevance, sum);
  bookActivation(b, ctx, looped.relevance, candidate, through);
  return looped;

  function bias(): Value | null {
    const [, , hidden] = biases;
    if (hidden === null || d.inputBias === null) return null;
    return m.add(gateOf(b, d.inputBias, 3, 2), linear ? m.mul(r, hidden) : hidden);
  }
}

export function gruRules(options: LrpOptions): readonly RuleEntry[] {
  const own = cellOptions(options);
  const rule = recurrentRule(3, (b, d, ctx) => gru(b, d, ctx, own));
  return [{ ops: ['GRU'], rule, refuses, outputs: 1, name: 'recurrent' }];
}
