/** Predictions beside what the file says: whether they are right, and scores in words. */
import { probability, quantity, significant } from './numbers';
import type { ClassScore, Explanation } from '../protocol';

type Result = Pick<Explanation, 'gold' | 'prediction' | 'model'>;

/** The number of a score: its probability, the quantity, or the bare logit of a model that has neither. */
export function scoreNumber(score: ClassScore, unit?: string): string {
  if (score.value !== undefined) return quantity(score.value, unit);
  return score.probability === null ? significant(score.logit ?? 0) : probability(score.probability);
}

/** What the model says at a baseline: `spam, 0.831`, or of the quantity that is explained `price, 23.4 k€`. */
export function baselineSays({ baseline, target, model }: Pick<Explanation, 'baseline' | 'target' | 'model'>): string {
  const scores = baseline?.scores ?? [];
  const said = isRegression(model) ? scores.find((score) => score.class === target.class) : scores[0];
  if (said === undefined || (said.probability === null && said.value === undefined)) return '';
  return `${said.label}, ${scoreNumber(said, model.unit)}`;
}

/** `+2.4`, with three digits. */
export function errorWords(error: number, unit?: string): string {
  const rounded = Number(error.toPrecision(3));
  return `${rounded > 0 ? '+' : ''}${quantity(rounded, unit)}`;
}

/** How far a quantity is from what the file says; null for classes, and where the file says no number. */
export function quantityError({
  gold,
  prediction,
}: Omit<Result, 'model'>): { readonly output: number; readonly error: number } | null {
  const known = gold?.quantity ?? null;
  const value = known === null ? undefined : prediction.find((score) => score.class === known.output)?.value;
  return known === null || value === undefined ? null : { output: known.output, error: value - known.value };
}

/** `the file says 21.0 (error +2.4)`, with the label as the file has it; null where the file says nothing. */
export function quantityVerdict(result: Result): string | null {
  if (result.gold === null) return null;
  const found = quantityError(result);
  const said = `the file says ${result.gold.label}`;
  if (found === null) return said;
  return `${said} (error ${errorWords(found.error, result.model.unit)})`;
}

/** Whether a model gives quantities (regression) rather than scores of classes. */
export const isRegression = ({ output }: Pick<Explanation['model'], 'output'>): boolean => output === 'quantities';

/** Whether the prediction is what the file says; null when the file says nothing, or names none of the classes. */
export function isRight({ gold, prediction }: Pick<Explanation, 'gold' | 'prediction'>): boolean | null {
  const top = prediction[0];
  return typeof gold?.class !== 'number' || top === undefined ? null : gold.class === top.class;
}
