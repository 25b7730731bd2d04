/** Results in words, the same in the terminal and the report. Labels come from files: show them through `visible`. */
import type { Accounting, Parameters, SourceSpan, Target } from '../protocol';
import { percent, significant, signed } from './numbers';

/** What was explained: `logit of spam`, `spam rather than ham (difference of logits)`. */
export function targetWords(target: Target): string {
  switch (target.kind) {
    case 'class':
      return `${{ logit: 'logit', probability: 'probability', logProbability: 'log probability', value: 'value' }[target.scale]} of ${target.label}`;
    case 'contrast':
      return `${target.label} rather than ${target.againstLabel} (difference of logits)`;
    case 'contrastToRest':
      return `${target.label} rather than all others (logit minus logsumexp of the rest)`;
    case 'blame':
      return `what speaks against ${target.label} (${{ prior: 'expected logit without the sample', own: 'expected logit', contrast: 'logit of the predicted class' }[target.signal]} minus its logit)`;
  }
}

/** The accounting line: what the relevance sums to, what it should sum to, what is missing. */
export function accountingWords(accounting: Accounting): string {
  const { sum, score, baselineScore, expected } = accounting;
  const total = `Σ relevance ${significant(sum)}`;
  if (expected === undefined) return `${total}; score ${significant(score)} (this method promises no sum)`;
  const made =
    baselineScore === undefined
      ? 'the score'
      : `score ${significant(score)} − baseline score ${significant(baselineScore)}`.replace('− −', '+ ');
  if (accounting.absorbed !== undefined)
    return `${total} = ${absorbedWords(accounting, expected, accounting.absorbed)}`;
  const residual = accounting.residual ?? sum - expected;
  const share = expected === 0 ? '' : ` (${percent(Math.abs(residual / expected))})`;
  return `${total}, should be ${significant(expected)} (${made}); residual ${signed(residual)}${share}`;
}

/** What a propagation absorbed is no error: it is named instead of the residual. */
function absorbedWords(accounting: Accounting, expected: number, absorbed: number): string {
  const { sum, score, targetConstant, position } = accounting;
  const start =
    targetConstant === undefined
      ? `${significant(expected)} (the score)`
      : `${significant(expected)} that the pass started with (score ${significant(score)})`;
  const places = position === undefined ? '' : `${less(position)} at position and segment embeddings`;
  if (places === '' && significant(sum) === significant(expected)) return `${start}: nothing was absorbed on the way`;
  const part = expected === 0 ? '' : ` (${percent(Math.abs(absorbed / expected))})`;
  return absorbed > 0
    ? `${start}${less(absorbed)} absorbed by biases and stabilisers${part}${places}`
    : `${start}${less(absorbed)} that biases and stabilisers added${part}${places}`;
}

/** A term that is taken away: ` − 2`, or ` + 2` for −2. */
const less = (value: number): string => (value < 0 ? ` + ${significant(-value)}` : ` − ${significant(value)}`);

/** The rest of the accounting, where it was measured. */
export function accountingDetails(accounting: Accounting): string[] {
  const { cancellation, perInterval, changeByRefinement, samplingError, fit, evaluations } = accounting;
  return [
    `Σ|R| / |S| ${significant(cancellation)}`,
    ...(perInterval === undefined ? [] : [`local residuals together ${significant(perInterval)}`]),
    ...(changeByRefinement === undefined
      ? []
      : [`change by refinement ${significant(changeByRefinement)} (an estimate of the error, not a bound)`]),
    ...(samplingError === undefined ? [] : [`standard error at most ${significant(samplingError)}`]),
    ...(fit === undefined ? [] : [`the linear model explains ${percent(fit)} of the variation (R²)`]),
    `${evaluations} model ${evaluations === 1 ? 'evaluation' : 'evaluations'}`,
  ];
}

export function parameterWords(parameters: Parameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(', ');
}

/** Where a feature stands, as editors write it: `reviews.csv:17:5` (line and column from 1). */
export function placeWords(source: SourceSpan): string {
  return `${fileName(source.uri)}:${source.line}:${source.range.start.character + 1}`;
}

/** Last part of a URI, decoded. */
export function fileName(uri: string): string {
  const last = uri.split('/').at(-1) ?? uri;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
