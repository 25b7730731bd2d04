/** Columns of a table row as rows of a bar list. Pure. */
import type { ColumnFeature, ColumnFeatures } from '../../server/protocol/features';
import { significant } from '../../server/render/numbers';
import type { BarRow } from '../result/bar-row';

export function columnRows(
  features: ColumnFeatures,
  relevance: Float32Array | null,
  order: 'relevance' | 'file',
): BarRow[] {
  const rows = features.columns.map((column, index) => ({
    name: column.name,
    detail: valueText(column),
    relevance: relevance?.[index] ?? null,
    dim: false,
    source: column.source,
    features: [index],
  }));
  if (order === 'file') return rows;
  return rows.sort((a, b) => Math.abs(b.relevance ?? 0) - Math.abs(a.relevance ?? 0));
}

/** The cell as the file spells it; with the number the model read, where that is another one. */
function valueText(column: ColumnFeature): string {
  if (column.text.trim() === '') return column.value === null ? '(empty)' : `(empty) → ${significant(column.value)}`;
  if (column.value === null || Number(column.text) === column.value) return column.text;
  return `${column.text} → ${significant(column.value)}`;
}
