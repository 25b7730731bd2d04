/** Which column holds the text, which the gold label: by name first, by the first values otherwise. */

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

export function guessColumns(columns: readonly ColumnSample[]): ColumnGuess {
  const label = named(columns, labelNames) ?? fewValues(columns);
  const rest = columns.filter((column) => column !== label);
  const text = named(rest, textNames) ?? longest(rest);
  return {
    ...(text === undefined ? {} : { text: text.name }),
    ...(label === undefined ? {} : { label: label.name }),
  };
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
