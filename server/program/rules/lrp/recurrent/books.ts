/** What recurrent cells book beside biases, stabilisers of layers and initial states. */
import type { GraphBuilder } from '../../../../graph/builder';
import type { Value } from '../../../../graph/types';
import type { RuleContext } from '../../../types';
import { maths } from '../../../maths';
import { masked } from '../../gradient/recurrent/cell';
import type { Direction } from '../../gradient/recurrent/cell';
import type { Sum } from './shares';

/** The stabiliser's share of a cell's sum. @param relevance Of the sum, at every step. */
export function bookSum(b: GraphBuilder, d: Direction, ctx: RuleContext, relevance: Value, { lost }: Sum): void {
  if (lost !== null) ctx.absorb('stabiliser', () => maths(b, relevance).mul(relevance, masked(b, d, lost)));
}

/**
 * What an activation with f(0) ≠ 0 keeps.
 * @param arriving Share of `relevance` that reaches the activation; 0 at padding.
 * @param through Share that it hands on; null for all.
 */
export function bookActivation(
  b: GraphBuilder,
  ctx: RuleContext,
  relevance: Value,
  arriving: Value,
  through: Value | null,
): void {
  if (through === null) return;
  const m = maths(b, relevance);
  ctx.absorb('activation', () => m.mul(m.mul(relevance, arriving), m.sub(1, through)));
}
