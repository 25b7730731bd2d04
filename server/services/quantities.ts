/** Regression: what a sample's quantity should be, what it is called, and what needs classes instead. */
import { UserError } from '../errors';
import { listed, resolveTarget } from './classes';
import type { GoldLabel, TargetRequest, Warning } from '../protocol';
import type { LoadedModel } from './load';

export function givesQuantities({ summary }: Pick<LoadedModel, 'summary'>): boolean {
  return summary.output.quantities === true;
}

/**
 * @param what Begins a sentence: `Blame`.
 * @throws UserError `needs-classes` for a regression.
 */
export function needsClasses(model: Pick<LoadedModel, 'summary' | 'chosen'>, what: string): void {
  if (!givesQuantities(model)) return;
  throw new UserError('needs-classes', `${what} needs classes, and the model gives quantities (regression).`, {
    where: model.chosen.name,
    next: 'Predict and explain work, and checks of the kind relevance; if it is a classifier, write "task": "classification" into model-blame.json.',
  });
}

/**
 * The target with the index of a class or of an output.
 * @throws UserError `unknown-class`, `same-class`; `needs-classes` for a contrast of quantities.
 */
export function targetOf(model: LoadedModel, request: TargetRequest): TargetRequest {
  if (request.kind === 'contrast' || request.kind === 'contrastToRest') needsClasses(model, 'A contrast');
  return resolveTarget(request, model.labels, givesQuantities(model) ? 'output' : 'class');
}

/** The column that holds the label, where one does. */
export const onlyColumn = (columns: readonly string[]): string | null =>
  columns.length === 1 ? (columns[0] ?? null) : null;

/** The one quantity of a model is called like the column that says what it should be, while nobody has named it. */
export function withColumnName(model: LoadedModel, column: string | null): LoadedModel {
  const isNameless = model.labelsArePlaceholders && model.labels.length === 1;
  return givesQuantities(model) && isNameless && column !== null ? { ...model, labels: [column] } : model;
}

/** @param column Column the label is from; null: a part of a picture's path. */
export function goldQuantity(label: string | null, column: string | null, model: LoadedModel): GoldLabel | null {
  if (label === null) return null;
  const value = label.trim() === '' ? Number.NaN : Number(label);
  const output = outputOf(column, model.labels);
  return { label, class: null, quantity: Number.isFinite(value) && output !== null ? { value, output } : null };
}

/** Of several outputs the one that is named like the column. */
function outputOf(column: string | null, names: readonly string[]): number | null {
  if (names.length <= 1) return 0;
  const plain = (name: string): string => name.trim().toLowerCase();
  const index = column === null ? -1 : names.findIndex((name) => plain(name) === plain(column));
  return index === -1 ? null : index;
}

/** A label that is no number, or of which it is not known which output it is about. */
export function unreadGold(gold: GoldLabel | null, model: LoadedModel): Warning[] {
  if (gold?.quantity !== null) return [];
  const isNumber = gold.label.trim() !== '' && Number.isFinite(Number(gold.label));
  const message = isNumber
    ? `It is not known which output the label ${gold.label} is about: name the outputs ("labels" in model-blame.json; now ${listed(model.labels)}), one of them like the label's column.`
    : `The label "${gold.label}" is no number, and the model gives quantities: name the column that says what they should be ("label" of the dataset's entry in model-blame.json).`;
  return [{ code: 'unknown-gold', message }];
}
