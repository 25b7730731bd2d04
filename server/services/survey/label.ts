/** Giving a sample a label: as an edit of its cell for the editor, or as a new row of another file. */
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { UserError } from '../../errors';
import { toUri } from '../../workspace/uris';
import { classOf } from '../../workspace/labels';
import { chooseModel } from '../choose';
import { listed } from '../classes';
import { encoderFor } from '../prepare';
import { delimitedCell, delimitedLine } from './delimited';
import type { RecordSample } from '../../dataset';
import type { OpenDataset } from '../../dataset/record';
import type { SurveyLabelRequest, SurveyLabelResponse } from '../../protocol';
import type { PrepareContext } from '../prepare';

/** @throws UserError `unknown-class`, `no-label-column`, `columns-differ`, `cannot-write`. */
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
  const sample = await context.samples.sample(address, chosen.dataset);
  if (sample.kind !== 'record' || !('uri' in address))
    throw new UserError('no-label-column', 'Only rows of a dataset file have a cell for their label.', {
      where: sample.ref.title,
      next: 'Move a picture into the folder of its label.',
    });
  const { label: column } = await encoderFor(context, loaded, address, 'record');
  if (column === null || !sample.fields.some((field) => field.name === column))
    throw new UserError('no-label-column', 'It is not clear which column holds the label.', {
      where: sample.ref.title,
      next: 'Name it: "label" of the dataset’s entry in model-blame.json.',
    });
  const records = await context.samples.records(address.uri, chosen.dataset);
  return to === undefined || to === null
    ? editOf(records, sample, column, name)
    : append(context, records, sample, column, name, to);
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
  column: string,
  name: string,
  path: string,
): Promise<SurveyLabelResponse> {
  const cells = sample.fields.map((field) => ({ name: field.name, text: field.name === column ? name : field.text }));
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
