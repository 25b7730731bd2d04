/** From relevance per element to an Attribution: pooling, accounting, warnings. */
import type { Value } from '../graph/types';
import type { PathReport } from '../protocol';
import { accounting } from './accounting';
import { placesOf } from './places';
import { magnitudes, pooling } from './pooling';
import type { Meter } from './runs';
import { scoreOf } from './scores';
import type { Attribution, MethodContext } from './types';
import { cancelling, fixedShare } from './warnings';

/** Relevance per element of each entry, gathered in double precision. */
export type Elements = Readonly<Record<Value, Float64Array>>;

export interface Sum {
  /** S(x′), or its mean over the references. */
  readonly baselineScore: number;
  /** What the sum should be; S(x) − S(x′) when left out. */
  readonly expected?: number;
  readonly path?: PathReport;
}

export function zeroElements(context: MethodContext): Elements {
  const { entries, sample } = context;
  return Object.fromEntries(
    entries.map(({ value }) => [value, new Float64Array(sample.entries[value]?.data.length ?? 0)]),
  );
}

/** The result of a method whose relevance is in units of the score. */
export function outcome(context: MethodContext, meter: Meter, elements: Elements, sum: Sum): Attribution {
  const { sample, target, model } = context;
  const places = placesOf(context.entries, sample);
  const pool = pooling(places, sample.count);
  pool.add(elements);
  const relevance = Float32Array.from(pool.features());
  const score = scoreOf(target, sample.logits, model.output);
  const balance = accounting({
    relevance,
    sum: pool.sum,
    score,
    baselineScore: sum.baselineScore,
    expected: sum.expected ?? score - sum.baselineScore,
    evaluations: meter.evaluations,
  });
  return {
    relevance,
    ...magnitudes(elements, places, sample),
    accounting: balance,
    path: sum.path ?? null,
    warnings: [...cancelling(balance), ...fixedShare(relevance, sample.fixed)],
    modelMilliseconds: meter.milliseconds,
    programKey: meter.programKey,
  };
}

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
