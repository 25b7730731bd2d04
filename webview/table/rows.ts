/** Columns of a table row as rows of a bar list; a text is the sum of its words. Pure. */
import { rowColumns } from '../../server/protocol/features';
import type { ColumnFeatures, RowColumn } from '../../server/protocol/features';
import { significant } from '../../server/render/numbers';
import type { BarRow } from '../result/bar-row';

export function columnRows(
  features: ColumnFeatures,
  relevance: Float32Array | null,
  order: 'relevance' | 'file',
): BarRow[] {
  const rows = rowColumns(features).map((column) => ({
    name: column.name,
    detail: valueText(column),
    relevance: relevance === null ? null : column.features.reduce((sum, index) => sum + (relevance[index] ?? 0), 0),
    dim: false,
    source: column.source,
    features: column.features,
  }));
  if (order === 'file') return rows;
  return rows.sort((a, b) => Math.abs(b.relevance ?? 0) - Math.abs(a.relevance ?? 0));
}

/** The cell as the file spells it; with the number the model read, where that is another one. */
function valueText(column: RowColumn): string {
  if (column.text.trim() === '') return column.value === null ? '(empty)' : `(empty) → ${significant(column.value)}`;
  if (column.value === null || Number(column.text) === column.value) return column.text;
  return `${column.text} → ${significant(column.value)}`;
}
