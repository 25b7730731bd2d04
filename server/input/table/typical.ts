/** Typical values of columns, for the baseline: mean of numbers, most frequent category. */
import { eachRecord } from '../../dataset';
import type { Files, ReadOptions } from '../../dataset';
import type { ColumnConfig } from '../../workspace/types';
import { parseNumber } from '../numbers';

/** Records looked at: means settle long before. */
const MOST_RECORDS = 50_000;
/** Different categories counted per column. */
const MOST_CATEGORIES = 10_000;

export type TypicalValues = Readonly<Record<string, number | string>>;

/** One pass over the dataset, nothing kept; cells that are empty or no numbers are left out. */
export async function typicalValues(
  uri: string,
  columns: readonly ColumnConfig[],
  files: Files,
  options: ReadOptions = {},
): Promise<TypicalValues> {
  const sums = columns.map(() => ({ sum: 0, count: 0 }));
  const counts = columns.map(() => new Map<string, number>());
  let records = 0;
  for await (const sample of eachRecord(uri, files, options)) {
    const cells = new Map(sample.fields.map((field) => [field.name, field]));
    columns.forEach((column, index) => {
      if (column.type === 'text') return;
      const text = cells.get(column.name)?.text.trim() ?? '';
      if (text === '') return;
      if (column.type === 'number') add(sums[index], parseNumber(text));
      else count(counts[index], text);
    });
    if (++records >= MOST_RECORDS) break;
  }
  return Object.fromEntries(
    columns.flatMap((column, index): [string, number | string][] => {
      const total = sums[index];
      if (column.type === 'number')
        return total === undefined || total.count === 0 ? [] : [[column.name, total.sum / total.count]];
      const [mode] = [...(counts[index] ?? [])].sort((a, b) => b[1] - a[1]);
      return mode === undefined ? [] : [[column.name, mode[0]]];
    }),
  );
}

function add(total: { sum: number; count: number } | undefined, value: number | null): void {
  if (total === undefined || value === null) return;
  total.sum += value;
  total.count++;
}

function count(counts: Map<string, number> | undefined, text: string): void {
  if (counts === undefined || (!counts.has(text) && counts.size >= MOST_CATEGORIES)) return;
  counts.set(text, (counts.get(text) ?? 0) + 1);
}
