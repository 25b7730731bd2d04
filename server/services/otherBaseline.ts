/** Where the baseline used is itself evidence: another one, in one click. */
import { UserError } from '../errors';
import type { BaselineInfo, Explanation, Warning } from '../protocol';
import type { PredictContext } from './predict';
import type { Prepared } from './prepare';
import type { RequestOptions } from './types';

/** Model runs that finding a better baseline is worth. */
const MOST_TRIED = 6;

interface Candidate {
  readonly info: BaselineInfo;
  /** Probability of the target's class there; null where it is not known before the method runs. */
  readonly probability: number | null;
  readonly sharesClass: boolean;
}

/**
 * Adds to the warning that the baseline is evidence a step to the one that gives the target's class least; one whose
 * prediction is not known beforehand (zeros inside the model) only where no other is better than the one used.
 */
export async function offerBaseline(
  context: PredictContext,
  prepared: Prepared,
  { baseline, target, prediction }: Pick<Explanation, 'baseline' | 'target' | 'prediction'>,
  warnings: readonly Warning[],
  options: RequestOptions,
): Promise<readonly Warning[]> {
  const at = warnings.findIndex(({ code }) => code === 'baseline-is-evidence');
  const warning = warnings[at];
  if (warning === undefined || baseline === null) return warnings;
  const used = baseline.scores.find((score) => score.class === target.class)?.probability ?? 1;
  const candidates: Candidate[] = [];
  for (const info of prepared.encoder.baselines.slice(0, MOST_TRIED)) {
    const found = info.id === baseline.id ? null : await tried(context, prepared, info, target.class, options);
    if (found !== null) candidates.push({ ...found, sharesClass: found.top === prediction[0]?.class });
  }
  const known = candidates.filter(({ probability, sharesClass }) => (probability ?? 1) < used && !sharesClass);
  const best =
    known.sort((a, b) => (a.probability ?? 1) - (b.probability ?? 1))[0] ??
    candidates.find(({ probability }) => probability === null);
  if (best === undefined) return warnings;
  const share =
    best.probability === null ? '' : `, which gives “${target.label}” ${(100 * best.probability).toFixed(0)} %`;
  const action = { title: `Compare with ${best.info.label}${share}`, baseline: best.info.id };
  return warnings.map((one, index) => (index === at ? { ...warning, action } : one));
}

/** What the model says at a baseline with its usual parameters; null where it cannot be made for the sample. */
async function tried(
  context: PredictContext,
  { encoder, encoded, model }: Prepared,
  info: BaselineInfo,
  target: number,
  options: RequestOptions,
): Promise<{ readonly info: BaselineInfo; readonly probability: number | null; readonly top: number | null } | null> {
  try {
    const parameters = Object.fromEntries((info.parameters ?? []).map(({ name, default: value }) => [name, value]));
    const made = await encoder.baseline(encoded, info.id, parameters);
    if (made.kind !== 'feeds') return { info, probability: null, top: null };
    const feeds = { ...encoded.feeds, ...made.feeds[0] };
    const { scores } = await context.compute.predict({ model: model.source, feeds, labels: [] }, options);
    const own = scores.find((score) => score.class === target);
    return { info, probability: own?.probability ?? null, top: scores[0]?.class ?? null };
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}
