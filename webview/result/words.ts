/** What numbers mean, in words: for accessible names, hover cards and read-outs. Pure. */
import type { Target } from '../../server/protocol/explanation';
import { legend } from '../../server/render/colour';
import { percent, signed } from '../../server/render/numbers';
import { inert } from '../widgets/inert';

/** What positive and negative relevance mean for a target, with labels made visible. */
export interface Meaning {
  readonly positive: string;
  readonly negative: string;
}

export function meaningOf(target: Target): Meaning {
  const { positive, negative } = legend(target);
  if (target.kind === 'class' && target.scale === 'value')
    return { positive: inert(positive), negative: inert(`lowers ${target.label}`) };
  const against =
    target.kind === 'contrast'
      ? `evidence ${negative}`
      : target.kind === 'blame'
        ? `speaks for ${target.label}`
        : `evidence against ${target.label}`;
  return { positive: inert(positive), negative: inert(against) };
}

/** `evidence for positive`, `evidence against positive`, `no relevance`. */
export function direction(value: number, meaning: Meaning): string {
  if (value === 0) return 'no relevance';
  return value > 0 ? meaning.positive : meaning.negative;
}

/** Share of Σ|R|, or an empty text when there is no relevance at all. */
export function shareText(value: number, total: number): string {
  return total > 0 ? percent(Math.abs(value) / total) : '';
}

/** An accessible name: `good, +0.42, evidence for positive`. */
export function spoken(name: string, value: number | null, meaning: Meaning | null): string {
  if (value === null || meaning === null) return name;
  return `${name}, ${signed(value)}, ${direction(value, meaning)}`;
}

/** Σ|R|: what shares are shares of. */
export function totalMagnitude(relevance: Float32Array): number {
  let total = 0;
  for (const value of relevance) total += Math.abs(value);
  return total;
}
