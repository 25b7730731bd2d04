/** A file that gives pictures their gold labels, a line each, as competitions and data portals hand them out. */
import { UserError } from '../errors';
import { fileName, nearestNames } from '../dataset';
import { readFields } from '../dataset/record';
import { guessLabelColumns, guessPathColumn } from '../workspace/guess';
import { followPath, pathProblem } from '../workspace/paths';
import { problemError } from '../workspace/problem';
import { toPath, toUri } from '../workspace/uris';
import { breathing } from '../survey/slices';
import { labelIn } from './labelColumns';
import type { OpenDataset } from '../dataset/record';
import type { DatasetConfig, LabelsFileConfig } from '../workspace/types';
import type { ChosenModel } from './choose';
import type { SampleSource } from './prepare';

/** What a labels file says about a picture. */
export interface LabelLine {
  /** Number of the record. */
  readonly record: number;
  /** As it is spelled; null where the cell is empty. */
  readonly label: string | null;
  /** Another record names the same picture with another label: then neither counts. */
  readonly against: number | null;
}

export interface LabelsFile {
  readonly uri: string;
  readonly records: OpenDataset;
  /** How the file is read. */
  readonly settings: DatasetConfig;
  /** Column that names the picture, and those with the label. */
  readonly path: string;
  readonly columns: readonly string[];
  /** By the picture's name as it is written, tidied up. */
  readonly lines: ReadonlyMap<string, LabelLine>;
  /** The name in the file that means a picture; null for none. */
  nameOf(uri: string): string | null;
}

interface Context {
  readonly samples: Pick<SampleSource, 'records' | 'columns'>;
  readonly uses: (uri: string) => void;
}

interface Lines extends Pick<LabelsFile, 'lines'> {
  /** Parts of the longest name. */
  readonly deepest: number;
}

type Place = readonly ('file' | 'path' | 'label')[];

/** Lines by the bytes they were read from: the same object as long as the file does not change. */
const known = new WeakMap<object, Map<string, Promise<Lines>>>();

/**
 * @param classes Names of the model's classes, which columns of 0 and 1 are recognised by.
 * @throws UserError at the place in the workspace file: `file-not-found`, `path-outside-workspace`, `column-missing`,
 *   `label-column-unclear`; and what the file's reader says.
 */
export async function openLabelsFile(
  context: Context,
  { workspace, policy }: Pick<ChosenModel, 'workspace' | 'policy'>,
  dataset: DatasetConfig,
  from: LabelsFileConfig,
  classes: readonly string[],
): Promise<LabelsFile> {
  const fault = (code: string, message: string, next: string, key: Place): UserError => {
    const at = workspace?.file.datasets?.indexOf(dataset) ?? -1;
    if (workspace === null || at < 0) return new UserError(code, message, { where: from.file, next });
    const range = workspace.rangeOf(['datasets', at, 'labelFrom', ...key]);
    return problemError(workspace.uri, { code, severity: 'error', message, next, range });
  };
  const followed = followPath(from.file, workspace?.folder ?? '', policy);
  const problem = pathProblem(from.file, followed);
  if (problem !== null) throw fault(problem.code, problem.message, problem.next, ['file']);
  const uri = toUri(followed.path);
  context.uses(uri);
  const settings: DatasetConfig = {
    files: from.file,
    ...(from.delimiter === undefined ? {} : { delimiter: from.delimiter }),
    ...(from.header === undefined ? {} : { header: from.header }),
  };
  const samples = (await context.samples.columns({ kind: 'record', uri, record: 1 }, settings)) ?? [];
  const names = samples.map(({ name }) => name);
  const asked: readonly (readonly ['path' | 'label', string])[] = [
    ...[from.path ?? []].flat().map((name) => ['path', name] as const),
    ...[from.label ?? []].flat().map((name) => ['label', name] as const),
  ];
  for (const [key, name] of asked) {
    if (names.includes(name)) continue;
    const near = nearestNames(name, names);
    const next =
      near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Its columns: ${names.slice(0, 12).join(', ')}.`;
    throw fault('column-missing', `${fileName(uri)} has no column "${name}".`, next, [key]);
  }
  const path = from.path ?? guessPathColumn(samples);
  const rest = samples.filter(({ name }) => name !== path);
  const columns = from.label === undefined ? guessLabelColumns(rest, classes) : [from.label].flat();
  if (names.length < 2)
    throw fault(
      'label-column-unclear',
      `${fileName(uri)} has ${names.length === 0 ? 'no columns' : 'one column only'}: a picture and its label are two.`,
      'Say how its lines are divided: "delimiter" beside "file", and "header": false where the first line is data.',
      ['file'],
    );
  if (path === undefined || columns.length === 0)
    throw fault(
      'label-column-unclear',
      `It is not clear which column of ${fileName(uri)} ${path === undefined ? 'names the picture' : 'holds the label'}.`,
      `Write it: "${path === undefined ? 'path' : 'label'}" beside "file". Its columns: ${names.slice(0, 12).join(', ')}.`,
      ['file'],
    );
  const records = await context.samples.records(uri, settings);
  const { lines, deepest } = await linesOf(records, path, columns);
  return { uri, records, settings, path, columns, lines, nameOf: (picture) => nameIn(lines, deepest, picture) };
}

function linesOf(records: OpenDataset, path: string, columns: readonly string[]): Promise<Lines> {
  const { bytes } = records.content;
  const byColumns = known.get(bytes) ?? new Map<string, Promise<Lines>>();
  known.set(bytes, byColumns);
  const key = JSON.stringify([path, columns, records.format]);
  const lines = byColumns.get(key) ?? readLines(records, path, columns);
  byColumns.set(key, lines);
  lines.catch(() => byColumns.delete(key));
  return lines;
}

async function readLines(records: OpenDataset, path: string, columns: readonly string[]): Promise<Lines> {
  const lines = new Map<string, LabelLine>();
  let deepest = 0;
  const breathe = breathing();
  for (const located of records.index.from(1)) {
    await breathe();
    const { fields } = readFields(records, located);
    const name = tidy(fields.find((field) => field.name === path)?.text ?? '');
    if (name === '') continue;
    deepest = Math.max(deepest, name.split('/').length);
    const label = labelIn(fields, columns);
    const { record } = located;
    const before = lines.get(name);
    if (before === undefined) lines.set(name, { record, label, against: null });
    else if (before.label !== label && before.against === null) lines.set(name, { ...before, against: record });
  }
  return { lines, deepest };
}

/** The longest end of the picture's path that the file names, with its extension or without. */
function nameIn(lines: LabelsFile['lines'], deepest: number, uri: string): string | null {
  const parts = tidy(toPath(uri)).split('/');
  for (let from = Math.max(0, parts.length - deepest); from < parts.length; from += 1) {
    const whole = parts.slice(from).join('/');
    for (const name of [whole, whole.replace(/\.[^./]+$/, '')]) if (lines.has(name)) return name;
  }
  return null;
}

/** Forward slashes, nothing that means “here”, and letters with accents written as on other systems. */
function tidy(path: string): string {
  return path
    .trim()
    .replaceAll('\\', '/')
    .replace(/^(\.?\/)+/, '')
    .normalize('NFC');
}
