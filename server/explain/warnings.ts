/** What a person should know before believing a result. One function, one warning. */
import type { Accounting, ClassScore, Warning } from '../protocol';

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** The baseline must look like nothing to the model. Quantities have no value that means nothing. */
export function baselineIsEvidence(
  target: number,
  sample: readonly ClassScore[],
  baseline: readonly ClassScore[],
): Warning[] {
  const classes = baseline.length;
  if (sample.some(({ value }) => value !== undefined)) return [];
  const own = baseline.find((score) => score.class === target);
  const [top, sampleTop] = [baseline[0], sample[0]];
  const limit = 1 / classes + 0.25 * (1 - 1 / classes);
  const likely = own?.probability !== undefined && own.probability !== null && own.probability > limit;
  if (own === undefined || top === undefined || (!likely && top.class !== sampleTop?.class)) return [];
  const because = likely
    ? `it gives “${own.label}” ${percent(own.probability)}`
    : `it is predicted as “${top.label}”, like the sample`;
  return [
    {
      code: 'baseline-is-evidence',
      message: `The baseline is itself evidence: ${because}. What sample and baseline share gets no relevance; compare with another baseline.`,
    },
  ];
}

/** Below this share of what it should sum to, gradient × input has met a flat stretch. */
const SATURATED_SHARE = 0.25;

/** @param sum Σ gradient × input. @param expected S(x) − S(x′), or S(x). */
export function saturated(sum: number, expected: number): Warning[] {
  if (expected === 0 || Math.abs(sum) >= SATURATED_SHARE * Math.abs(expected)) return [];
  return [
    {
      code: 'saturated',
      message: `Gradient × input sums to ${sum.toPrecision(3)} of ${expected.toPrecision(3)}: the score is flat around this sample, so its slope says little about what made it.`,
      action: { title: 'Integrated gradients', method: 'integrated-gradients' },
    },
  ];
}

/** Only for methods whose relevance is in units of the score. */
export function cancelling(accounting: Accounting): Warning[] {
  if (accounting.cancellation <= 100) return [];
  return [
    {
      code: 'cancellation',
      message: `Large values cancel: Σ|R| is ${accounting.cancellation.toPrecision(3)} times the score, so single features are badly determined.`,
    },
  ];
}

/** Share of all relevance above which special tokens are named. */
const FIXED_SHARE = 0.25;

/** @param fixed Features that are no part of the sample's own text: special tokens. */
export function fixedShare(relevance: ArrayLike<number>, fixed: ReadonlySet<number>): Warning[] {
  let [all, special] = [0, 0];
  for (let i = 0; i < relevance.length; i += 1) {
    const size = Math.abs(relevance[i] as number);
    all += size;
    if (fixed.has(i)) special += size;
  }
  if (all === 0 || special / all < FIXED_SHARE) return [];
  return [
    {
      code: 'special-tokens',
      message: `Special tokens carry ${percent(special / all)} of the relevance: part of the answer is not in the words.`,
    },
  ];
}

/** The curve is far below completeness. @param tolerance Largest |residual| as a share of |expected|. */
export function incomplete(accounting: Accounting, tolerance = 0.05): Warning[] {
  const { expected, residual, baselineScore = 0, score } = accounting;
  if (expected === undefined || residual === undefined) return [];
  const scale = Math.max(Math.abs(expected), 0.01 * Math.max(Math.abs(score), Math.abs(baselineScore)));
  if (scale === 0 || Math.abs(residual) <= tolerance * scale) return [];
  return [
    {
      code: 'incomplete',
      message: `Relevance sums to ${accounting.sum.toPrecision(4)}, but the score changed by ${expected.toPrecision(4)}: more steps are needed.`,
      action: { title: 'Refine to 1 %', parameters: { tolerance: 0.01 } },
    },
  ];
}
