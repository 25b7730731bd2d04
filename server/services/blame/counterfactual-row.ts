/**
 * Counterfactual of a table row: other categories and other numbers that occur in the model's dataset, words left out,
 * fewest columns and words first; then each changed number is moved back towards its own as far as gold still wins.
 */
import { openSource, datasetFor } from '../population/source';
import { draw } from '../population/draw';
import { UserError } from '../../errors';
import { rewritten } from './counterfactual-text';
import { blameOf, isGold, substitute } from './substitutions';
import type { RawSample } from '../../dataset/types';
import type { ColumnFeature, ColumnFeatures, FeatureChange } from '../../protocol';
import type { Tally } from '../population/draw';
import type { Quest, Reached } from './counterfactual';
import type { Chosen, Slot } from './substitutions';

/** Rows whose values are candidates; numbers are tried at so many quantiles. */
const ROWS = 500;
const QUANTILES = 11;
const MOST_CATEGORIES = 30;
/** Halvings of the way back to a number's own value. */
const HALVINGS = 12;

export async function rowCounterfactual(quest: Quest): Promise<Reached | null> {
  const { prepared } = quest;
  const { sample, encoded } = prepared;
  const { features } = encoded;
  if (features.kind !== 'columns' || sample.kind !== 'record') throw new Error('not a row');
  const blame = await blameOf(quest);
  const values = await valuesOf(quest, features);
  const order = features.columns.map((_, id) => id).sort((a, b) => (blame[b] ?? 0) - (blame[a] ?? 0) || a - b);
  const slots = order.map((id): Slot<string> => {
    const column = features.columns[id] as ColumnFeatures['columns'][number];
    return { id, choices: choicesOf(column, values.get(column.name) ?? [], isRun(column, features.columns)) };
  });
  const write = (chosen: Chosen<string>): RawSample => ({
    ...sample,
    fields: sample.fields.map((field) => {
      const text = writtenCell(field.name, features, chosen);
      return text === undefined ? field : { ...field, text };
    }),
  });
  const found = await substitute(quest, slots, { write });
  if (found === null) return null;
  let { chosen, feeds, evaluations } = found;
  for (const [id, far] of found.chosen) {
    const { name, type, value } = features.columns[id] as ColumnFeatures['columns'][number];
    if (type !== 'number' || value === null) continue;
    const whole = [...(values.get(name) ?? []), String(value)].every((text) => Number.isInteger(Number(text)));
    let [near, wide] = [value, Number(far)];
    for (let turn = 0; turn < HALVINGS; turn += 1) {
      const exact = (near + wide) / 2;
      // Toward the value that is known to work, so that a whole number is never skipped.
      const middle = whole ? (wide > near ? Math.ceil(exact) : Math.floor(exact)) : Number(exact.toPrecision(4));
      if (middle === wide || middle === near) break;
      const candidate = new Map([...chosen, [id, String(middle)]]);
      evaluations += 1;
      const gold = await isGold(quest, candidate, { write });
      if (gold === null) near = middle;
      else [wide, chosen, feeds] = [middle, candidate, gold];
    }
  }
  const changes = [...chosen].map(([feature, to]): FeatureChange => {
    const { name, text } = features.columns[feature] as ColumnFeatures['columns'][number];
    return { feature, name, from: text, to };
  });
  const changed = write(chosen);
  const cells = changed.kind === 'record' ? changed.fields.map(({ name, text }) => [name, text] as const) : [];
  return { changes, result: { kind: 'columns', cells: Object.fromEntries(cells) }, feeds, evaluations };
}

/** Cells of the dataset's rows, per column. @throws UserError `no-dataset`. */
async function valuesOf(
  { context, prepared, options }: Quest,
  features: ColumnFeatures,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { model } = prepared;
  const source = await openSource(context, model, datasetFor(model.chosen));
  const tally: Tally = { drawn: 0, skipped: 0, reason: null };
  const values = new Map<string, string[]>(features.columns.map(({ name }) => [name, []]));
  for await (const { encoded } of draw(source, model.labels, { count: ROWS, seed: 0 }, tally, options.signal))
    if (encoded.features.kind === 'columns')
      for (const { name, text } of encoded.features.columns) values.get(name)?.push(text.trim());
  if (tally.drawn === 0)
    throw new UserError('no-members', `No row of "${source.name}" can be read, so there are no values to try.`, {
      ...(tally.reason === null ? {} : { where: tally.reason }),
      next: 'Check the dataset’s entry in model-blame.json.',
    });
  return values;
}

/**
 * Of a word, that it is not there.
 * @param isRun It is of several words, each of which can be left out.
 */
function choicesOf({ type, text, span }: ColumnFeature, values: readonly string[], isRun: boolean): readonly string[] {
  if (type === 'text') return span === undefined || isRun ? [] : [''];
  return (type === 'number' ? quantiles(values) : categories(values)).filter((choice) => choice !== text.trim());
}

function isRun({ name, span }: ColumnFeature, columns: readonly ColumnFeature[]): boolean {
  if (span === undefined) return false;
  const [start, end] = span;
  return columns.some((other) => {
    if (other.name !== name || other.span === undefined) return false;
    const [from, to] = other.span;
    return from >= start && to <= end && to - from < end - start;
  });
}

/** A cell with the choices made; undefined where none is about it. */
function writtenCell(
  name: string,
  { columns, texts = [] }: ColumnFeatures,
  chosen: Chosen<string>,
): string | undefined {
  const own = columns.flatMap((column, id) => (column.name === name && chosen.has(id) ? [{ ...column, id }] : []));
  const cell = texts.find((text) => text.name === name);
  if (cell === undefined || own.length === 0) return chosen.get(own[0]?.id ?? -1);
  const words = own.map(({ span = [0, 0] as const }) => ({ start: span[0], end: span[1] }));
  return rewritten(cell.text, words, new Map(own.map(({ id }, at) => [at, chosen.get(id) ?? ''])));
}

function quantiles(values: readonly string[]): string[] {
  const sorted = values
    .filter((text) => text !== '' && Number.isFinite(Number(text)))
    .sort((a, b) => Number(a) - Number(b));
  const picked = Array.from(
    { length: QUANTILES },
    (_, q) => sorted[Math.round((q * (sorted.length - 1)) / (QUANTILES - 1))],
  );
  return [...new Set(picked.filter((text) => text !== undefined))];
}

function categories(values: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST_CATEGORIES)
    .map(([value]) => value);
}
