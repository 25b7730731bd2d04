/** The accounting in words: what the relevance sums to, what it should sum to, what is missing. Pure. */
import type { Accounting } from '../../server/protocol/explanation';
import { percent, significant } from '../../server/render/numbers';

/** `Σ relevance 2.31 = 2.33 (score − baseline score), residual 0.9 %`. */
export function accountingLine(accounting: Accounting): string {
  const { sum, score, baselineScore, expected, residual } = accounting;
  const total = `Σ relevance ${significant(sum)}`;
  if (expected === undefined) return `${total}; this method promises no sum (score ${significant(score)})`;
  const difference = baselineScore === undefined ? 'score' : 'score − baseline score';
  const missing = residual ?? sum - expected;
  const exact = significant(sum) === significant(expected);
  const { absorbed, targetConstant } = accounting;
  if (absorbed === undefined)
    return `${total} ${exact ? '=' : '≈'} ${significant(expected)} (${difference}), residual ${share(missing, expected)}`;
  return `${total} = ${absorbedText(accounting, expected, absorbed, targetConstant)}`;
}

/** What the pass absorbed is no error: it is named instead of the residual, which it would be counted in. */
function absorbedText(
  { sum, score }: Accounting,
  expected: number,
  absorbed: number,
  targetConstant: number | undefined,
): string {
  const start =
    targetConstant === undefined
      ? `${significant(expected)} (score)`
      : `${significant(expected)} that the pass started with (score ${significant(score)})`;
  if (significant(sum) === significant(expected)) return `${start}, nothing absorbed on the way`;
  const part = `${share(absorbed, expected)} of it`;
  return absorbed > 0
    ? `${start} − ${significant(absorbed)} absorbed on the way, ${part}`
    : `${start} + ${significant(-absorbed)} that biases and stabilisers added on the way, ${part}`;
}

/** The facts behind the line, by name. */
export function accountingFacts(accounting: Accounting): readonly (readonly [string, string, string])[] {
  const { baselineScore, residual, perInterval, changeByRefinement, samplingError, fit } = accounting;
  const facts: (readonly [string, string, string])[] = [
    ['Score', significant(accounting.score, 4), 'S(x), of the sample'],
  ];
  const { absorbed, targetConstant, position } = accounting;
  if (targetConstant !== undefined)
    facts.push([
      'Constant of the target',
      significant(targetConstant, 2),
      'score minus what the pass started with: the target is not linear in the logits, and no feature has this part',
    ]);
  if (absorbed !== undefined)
    facts.push([
      'Absorbed',
      significant(absorbed, 2),
      'stayed in biases, stabilisers, softmax or activations and reached no feature; “Conservation” shows where',
    ]);
  if (position !== undefined)
    facts.push(['Positions', significant(position, 2), 'relevance of position and segment embeddings']);
  if (baselineScore !== undefined) facts.push(['Baseline score', significant(baselineScore, 4), 'S(x′)']);
  if (residual !== undefined) facts.push(['Residual', significant(residual, 2), 'Σ relevance minus what it should be']);
  if (perInterval !== undefined)
    facts.push([
      'Residual by interval',
      significant(perInterval, 2),
      'local residuals added up along the path: they cannot cancel',
    ]);
  if (changeByRefinement !== undefined)
    facts.push([
      'Change by refinement',
      significant(changeByRefinement, 2),
      'an estimate of the attribution error, not a bound',
    ]);
  if (samplingError !== undefined)
    facts.push(['Standard error', significant(samplingError, 2), 'the largest of a value, by drawing at random']);
  if (fit !== undefined)
    facts.push(['Fit', percent(fit), 'of how the score varies around the sample is explained by the line (R²)']);
  facts.push(['Cancellation', significant(accounting.cancellation, 2), 'Σ|R| / |S|: above 100, large values cancel']);
  facts.push(['Evaluations', String(accounting.evaluations), 'passes through the model']);
  return facts;
}

/** A warning when large values cancel, or nothing. */
export function cancellationWarning(accounting: Accounting): string | null {
  if (accounting.cancellation <= 100) return null;
  return `Large values cancel: Σ|R| is ${significant(accounting.cancellation, 2)} times the score. Small differences between features mean little here.`;
}

function share(residual: number, expected: number): string {
  return expected === 0 ? significant(residual, 2) : percent(Math.abs(residual / expected));
}
