/** Which column holds the text, which the gold label: by name first, by the first values otherwise. */
import { markOf } from './labels';

export interface ColumnGuess {
  readonly text?: string;
  readonly label?: string;
}

/** A column with its first few values, in the file's order. */
export interface ColumnSample {
  readonly name: string;
  readonly values: readonly string[];
}

/** Common names, best first. */
const textNames =
  'text sentence review content body message comment question tweet post document utterance email mail title headline description summary abstract input query prompt phrase'.split(
    ' ',
  );
const labelNames =
  'label labels class target gold sentiment category y stars rating topic species outcome intent emotion tag answer verdict spam'.split(
    ' ',
  );

/** @param quantities The label is a number of any value: repeated values are those of other columns. */
export function guessColumns(columns: readonly ColumnSample[], quantities = false): ColumnGuess {
  const label = named(columns, labelNames) ?? (quantities ? undefined : fewValues(columns));
  const rest = columns.filter((column) => column !== label);
  const text = named(rest, textNames) ?? longest(rest);
  return {
    ...(text === undefined ? {} : { text: text.name }),
    ...(label === undefined ? {} : { label: label.name }),
  };
}

/** Common names of the column that names a picture, best first. */
const pathNames =
  'file filename file_name path filepath file_path image image_id image_name image_path img picture id'.split(' ');

/** Column of a labels file that names the picture; undefined where it is not clear. */
export function guessPathColumn(columns: readonly ColumnSample[]): string | undefined {
  return named(columns, pathNames)?.name;
}

/** Columns of 0 and 1 named after the classes, else the one with the label; none where it is not clear. */
export function guessLabelColumns(columns: readonly ColumnSample[], classes: readonly string[]): readonly string[] {
  const marks = markColumns(columns, classes);
  if (marks.length > 0) return marks;
  const rest = withoutClasses(columns, classes);
  const only = rest.length === 1 ? rest[0] : (named(rest, labelNames) ?? fewValues(rest));
  return only === undefined ? [] : [only.name];
}

/** Columns of 0 and 1 (or true and false), one a class and named after it; none where a class has no such column. */
export function markColumns(columns: readonly ColumnSample[], classes: readonly string[]): readonly string[] {
  const found = classNamed(columns, classes);
  const marks = ({ values }: ColumnSample): boolean => {
    const filled = values.filter((value) => value.trim() !== '');
    // Some data sets mark what was left out with another number.
    return filled.filter((value) => markOf(value) !== null).length * 2 > filled.length;
  };
  return found.length >= 2 && found.length === classes.length && found.every(marks)
    ? found.map(({ name }) => name)
    : [];
}

/** Columns without those named after classes, where there are several of them: none of these holds the label. */
export function withoutClasses(columns: readonly ColumnSample[], classes: readonly string[]): readonly ColumnSample[] {
  const found = classNamed(columns, classes);
  return found.length < 2 ? columns : columns.filter((column) => !found.includes(column));
}

/** In the order of the classes. */
function classNamed(columns: readonly ColumnSample[], classes: readonly string[]): readonly ColumnSample[] {
  const loose = (text: string): string => text.trim().toLowerCase();
  const byName = new Map(columns.map((column) => [loose(column.name), column]));
  return [...new Set(classes.map(loose))].flatMap((name) => byName.get(name) ?? []);
}

/** The exact name, else the name as one word of the column's (`review_text`, `goldLabel`). */
function named(columns: readonly ColumnSample[], names: readonly string[]): ColumnSample | undefined {
  const words = (name: string): string[] =>
    name
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .split(/[^a-z0-9]+/);
  for (const name of names) {
    const exact = columns.find((column) => column.name.trim().toLowerCase() === name);
    if (exact !== undefined) return exact;
  }
  for (const name of names) {
    const part = columns.find((column) => words(column.name).includes(name));
    if (part !== undefined) return part;
  }
  return undefined;
}

/** The column with the longest values, when they are more than single words or numbers. */
function longest(columns: readonly ColumnSample[]): ColumnSample | undefined {
  const mean = ({ values }: ColumnSample): number =>
    values.length === 0 ? 0 : values.reduce((sum, value) => sum + value.length, 0) / values.length;
  const prose = columns.filter(
    ({ values }) => values.filter((value) => /\S\s+\S/.test(value)).length * 2 > values.length,
  );
  return prose.sort((a, b) => mean(b) - mean(a))[0];
}

/** The last column of few, short, repeated values. */
function fewValues(columns: readonly ColumnSample[]): ColumnSample | undefined {
  return columns.findLast(({ values }) => {
    const filled = values.filter((value) => value !== '');
    const different = new Set(filled).size;
    return (
      filled.length >= 4 && different >= 2 && different * 2 <= filled.length && filled.every((v) => v.length <= 32)
    );
  });
}
