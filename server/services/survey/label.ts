/** Giving a sample a label: as an edit of its cell for the editor, or as a new row of another file. */
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { UserError } from '../../errors';
import { fileName } from '../../dataset';
import { readRecord } from '../../dataset/record';
import { toUri } from '../../workspace/uris';
import { classOf } from '../../workspace/labels';
import { chooseModel } from '../choose';
import { listed } from '../classes';
import { encoderFor } from '../prepare';
import { delimitedCell, delimitedLine } from './delimited';
import type { RecordSample } from '../../dataset';
import type { OpenDataset } from '../../dataset/record';
import type { SampleAddress, SurveyLabelRequest, SurveyLabelResponse } from '../../protocol';
import type { LoadedModel } from '../load';
import type { PrepareContext } from '../prepare';

/** @throws UserError `unknown-class`, `no-label-column`, `no-label-line`, `columns-differ`, `cannot-write`. */
export async function labelSample(
  context: PrepareContext,
  { address, model, label, to }: SurveyLabelRequest,
): Promise<SurveyLabelResponse> {
  const chosen = await chooseModel(context, address, model);
  const loaded = await context.loader.load(chosen, context.engine);
  const index = typeof label === 'number' ? label : classOf(label, loaded.labels);
  const name = index === null ? undefined : loaded.labels[index];
  if (name === undefined)
    throw new UserError('unknown-class', `The model has no class ${JSON.stringify(label)}.`, {
      next: `Classes: ${listed(loaded.labels)}.`,
    });
  const { sample, records, columns } = await labelled(context, loaded, address);
  if (to !== undefined && to !== null) return append(context, records, sample, columns, name, to);
  const [column, second] = columns;
  if (column !== undefined && second === undefined) return editOf(records, sample, column, name);
  throw new UserError('no-label-column', `The label is marked in ${columns.length} columns.`, {
    where: sample.ref.title,
    next: 'Change the marks there, or append the row to another file.',
  });
}

/** The record that a sample's label stands in: its own, or its line in the labels file of pictures. */
async function labelled(
  context: PrepareContext,
  loaded: LoadedModel,
  address: SampleAddress,
): Promise<{ readonly sample: RecordSample; readonly records: OpenDataset; readonly columns: readonly string[] }> {
  const { dataset } = loaded.chosen;
  const own = await context.samples.sample(address, dataset);
  const { gold } = await encoderFor(context, loaded, address, own.kind);
  if (own.kind !== 'record' && gold.file !== null && address.kind === 'file') {
    const { file } = gold;
    const line = file.lines.get(file.nameOf(address.uri) ?? '');
    const located = line === undefined ? null : file.records.index.record(line.record);
    if (located === null || line?.against !== null)
      throw new UserError(
        'no-label-line',
        `${fileName(file.uri)} ${located === null ? 'has no line for the picture' : 'names the picture twice, with different labels'}.`,
        { where: own.ref.title, next: `Correct it there: the picture’s name in column "${file.path}".` },
      );
    return { sample: readRecord(file.records, located), records: file.records, columns: file.columns };
  }
  if (own.kind !== 'record' || !('uri' in address))
    throw new UserError('no-label-column', 'Only rows of a dataset file have a cell for their label.', {
      where: own.ref.title,
      next: 'Move a picture into the folder of its label.',
    });
  if (gold.columns.length === 0 || !gold.columns.every((name) => own.fields.some((field) => field.name === name)))
    throw new UserError('no-label-column', 'It is not clear which column holds the label.', {
      where: own.ref.title,
      next: 'Name it: "label" of the dataset’s entry in model-blame.json.',
    });
  return { sample: own, records: await context.samples.records(address.uri, dataset), columns: gold.columns };
}

function editOf(
  { uri, content, format }: OpenDataset,
  sample: RecordSample,
  column: string,
  name: string,
): SurveyLabelResponse {
  const field = sample.fields.find((one) => one.name === column);
  const span = field?.locate(0, field.text.length) ?? null;
  if (field === undefined || span === null)
    throw new UserError('no-label-column', 'The label’s cell was not found.', { where: sample.ref.title });
  const quoted = content.bytes.subarray(span.startByte - 1, span.startByte)[0] === 0x22;
  if (format.kind === 'delimited') {
    const newText = quoted ? name.replaceAll('"', '""') : delimitedCell(name, format.delimiter);
    return { kind: 'edit', uri, range: span.range, newText };
  }
  const text = JSON.stringify(name);
  return { kind: 'edit', uri, range: span.range, newText: quoted ? text.slice(1, -1) : text };
}

async function append(
  context: PrepareContext,
  from: OpenDataset,
  sample: RecordSample,
  columns: readonly string[],
  name: string,
  path: string,
): Promise<SurveyLabelResponse> {
  const marks = columns.length > 1;
  // Of marks, those of one class: its column is named after it.
  const marked = marks ? columns.find((column) => classOf(column, [name]) !== null) : undefined;
  if (marks && marked === undefined)
    throw new UserError('no-label-column', `No column is named after the class "${name}".`, {
      where: columns.join(', '),
      next: 'Name the columns as the classes, or the classes as the columns.',
    });
  const written = (column: string): string => (marks ? (column === marked ? '1' : '0') : name);
  const cells = sample.fields.map((field) => ({
    name: field.name,
    text: columns.includes(field.name) ? written(field.name) : field.text,
  }));
  const json = ['.jsonl', '.ndjson'].includes(extname(path).toLowerCase());
  const exists = (await stat(path).catch(() => null)) !== null;
  const delimiter = from.format.kind === 'delimited' ? from.format.delimiter : ',';
  let line = json
    ? JSON.stringify(Object.fromEntries(cells.map((cell) => [cell.name, cell.text])))
    : delimitedLine(
        cells.map(({ text }) => text),
        delimiter,
      );
  try {
    if (!exists) {
      const header = json
        ? ''
        : `${delimitedLine(
            cells.map((cell) => cell.name),
            delimiter,
          )}\n`;
      await writeFile(path, `${header}${line}\n`, { flag: 'wx' });
      return { kind: 'appended', path, record: 1 };
    }
    const target = await context.samples.records(toUri(path), null);
    if (!json) {
      const columns = target.columns ?? [];
      const missing = [
        ...cells.map((cell) => cell.name).filter((one) => !columns.includes(one)),
        ...columns.filter((one) => !cells.some((cell) => cell.name === one)),
      ];
      if (missing.length > 0)
        throw new UserError('columns-differ', 'The file has other columns.', {
          where: `${path}: ${missing.slice(0, 6).join(', ')}`,
          next: 'Choose another file, or a new one.',
        });
      const own = target.format.kind === 'delimited' ? target.format.delimiter : delimiter;
      line = delimitedLine(
        columns.map((one) => cells.find((cell) => cell.name === one)?.text ?? ''),
        own,
      );
    }
    const last = (await readFile(path)).at(-1);
    await appendFile(path, `${last === undefined || last === 0x0a || last === 0x0d ? '' : '\n'}${line}\n`);
    return { kind: 'appended', path, record: target.index.count() + 1 };
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError('cannot-write', 'The row cannot be written.', {
      where: `${path}: ${cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason'}`,
      next: 'Choose another file.',
      cause,
    });
  }
}
