/** Samples of a survey as a new file: for the next training round, or for pandas and DuckDB. */
import { writeFile } from 'node:fs/promises';
import { UserError } from '../../errors';
import { readFields } from '../../dataset/record';
import { confidenceOf, predictedClass, state as known } from '../../survey/predictions';
import { isScored } from '../../survey/metrics';
import { breathing } from '../../survey/slices';
import { delimitedLine } from './delimited';
import { partAt } from './parts';
import type { SurveyExportRequest, SurveyExportResponse } from '../../protocol';
import type { ExportColumns } from '../../survey/arrow';
import type { Edition } from './survey';

type Wish = Pick<SurveyExportRequest, 'kind' | 'format'>;

/** @throws UserError `no-rows`, `export-unfit`, and what reading the records throws. */
export async function exported(
  edition: Edition,
  rows: Uint32Array,
  { kind, format }: Wish,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  if (rows.length === 0)
    throw new UserError('no-rows', 'No sample fits the filter.', { next: 'Let the filter through more.' });
  if (format === 'arrow') {
    if (kind === 'predictions') return arrowOf(edition, rows);
    throw new UserError('export-unfit', 'Only predictions are written as Arrow.', { next: 'Choose csv or jsonl.' });
  }
  return kind === 'predictions' ? predictionsOf(edition, rows, format) : recordsOf(edition, rows, kind, format, signal);
}

/** Writes a new file; another one is only overwritten where that is wished. */
export async function writeExport(
  bytes: Uint8Array,
  rows: number,
  { path, overwrite }: SurveyExportRequest,
): Promise<SurveyExportResponse> {
  try {
    await writeFile(path, bytes, { flag: overwrite === true ? 'w' : 'wx' });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
    if (code === 'EEXIST')
      throw new UserError('file-exists', 'There is such a file already.', {
        where: path,
        next: 'Name another.',
        cause,
      });
    throw new UserError('cannot-write', 'The file cannot be written.', {
      where: `${path}: ${code}`,
      next: 'Choose another place.',
      cause,
    });
  }
  return { path, rows };
}

/** Labels, probabilities and places of samples, column by column. */
function columnsOf(edition: Edition, rows: Uint32Array): ExportColumns {
  const { predictions, line } = edition.sheet;
  const label = (c: number): string => edition.model.labels[c] ?? `class ${c}`;
  const predicted = rows.filter((at) => predictions.state[at] === known.predicted);
  const floats = (value: (at: number) => number): Float32Array => Float32Array.from(predicted, value);
  return {
    position: predicted,
    file: Array.from(predicted, (at) => partAt(edition.parts, at).uri),
    line: Uint32Array.from(predicted, (at) => line[at] as number),
    gold: Array.from(predicted, (at) => (isScored(predictions, at) ? label(predictions.gold[at] as number) : null)),
    predicted: Array.from(predicted, (at) => label(predictedClass(predictions, at))),
    probability: floats((at) => confidenceOf(predictions, at)),
    goldProbability: floats((at) => predictions.goldProbability[at] as number),
    entropy: floats((at) => predictions.entropy[at] as number),
  };
}

async function arrowOf(edition: Edition, rows: Uint32Array): Promise<Uint8Array> {
  return (await import('../../survey/arrow')).exportFile(columnsOf(edition, rows));
}

function predictionsOf(edition: Edition, rows: Uint32Array, format: 'csv' | 'jsonl'): Uint8Array {
  const { position, file, line, gold, predicted, probability, goldProbability, entropy } = columnsOf(edition, rows);
  const names = ['position', 'file', 'line', 'gold', 'predicted', 'probability', 'gold_probability', 'entropy'];
  const values = (i: number): (string | number | null)[] => [
    position[i] as number,
    file[i] as string,
    line[i] === 0 ? null : (line[i] as number),
    gold[i] ?? null,
    predicted[i] as string,
    probability[i] as number,
    gold[i] === null ? null : (goldProbability[i] as number),
    entropy[i] as number,
  ];
  const lines = Array.from(position, (_, i) =>
    format === 'csv'
      ? delimitedLine(values(i).map((value) => (value === null ? '' : String(value))))
      : JSON.stringify(Object.fromEntries(values(i).map((value, k) => [names[k], value]))),
  );
  return Buffer.from(`${[...(format === 'csv' ? [delimitedLine(names)] : []), ...lines].join('\n')}\n`);
}

/** The records with all their columns; those of several files side by side. */
async function recordsOf(
  edition: Edition,
  rows: Uint32Array,
  kind: 'rows' | 'negatives',
  format: 'csv' | 'jsonl',
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const { predictions } = edition.sheet;
  const breathe = breathing(signal);
  const columns = new Set<string>();
  const records: Record<string, string>[] = [];
  for (const at of rows) {
    await breathe();
    const part = partAt(edition.parts, at);
    const { records: opened, first } = part;
    // A column may be called __proto__.
    const cells = Object.create(null) as Record<string, string>;
    if (opened === null) {
      cells['file'] = part.uri;
      cells['label'] = part.gold.labelOfFile(part.uri) ?? '';
    } else {
      const located = opened.index.record(at - first + 1);
      if (located === null) continue;
      for (const { name, text } of readFields(opened, located).fields) cells[name] = text;
    }
    if (kind === 'negatives') {
      const label = (c: number): string => edition.model.labels[c] ?? `class ${c}`;
      cells['gold'] = isScored(predictions, at) ? label(predictions.gold[at] as number) : '';
      cells['not'] = predictions.state[at] === known.predicted ? label(predictedClass(predictions, at)) : '';
    }
    for (const name of Object.keys(cells)) columns.add(name);
    records.push(cells);
  }
  const names = [...columns];
  const lines = records.map((cells) =>
    format === 'csv' ? delimitedLine(names.map((name) => cells[name] ?? '')) : JSON.stringify(cells),
  );
  return Buffer.from(`${[...(format === 'csv' ? [delimitedLine(names)] : []), ...lines].join('\n')}\n`);
}
