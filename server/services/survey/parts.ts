/** The files of a survey, opened: how many samples, how each is read, encoded and named. */
import { hash as hashOnce } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { UserError } from '../../errors';
import { extension, fileName, hasRecords } from '../../dataset';
import { inputPaths } from '../../workspace/diagnose';
import { datasetOf } from '../../workspace/locate';
import { toPath, toUri } from '../../workspace/uris';
import { resolve } from 'node:path';
import { isPicture } from '../addresses';
import { keyOf } from '../cache';
import { encoderFor } from '../prepare';
import { datasetsOf } from '../population/source';
import { filesOf } from '../population/files';
import { fingerprint } from '../state';
import type { OpenDataset } from '../../dataset/record';
import type { RawSample } from '../../dataset/types';
import type { SampleAddress } from '../../protocol';
import type { Breathe } from '../../survey/slices';
import type { DatasetConfig } from '../../workspace/types';
import type { Gold } from '../gold';
import type { LoadedModel } from '../load';
import type { PrepareContext, SampleEncoder } from '../prepare';

/** One file: records, or a whole sample. */
export interface Part {
  readonly uri: string;
  readonly dataset: DatasetConfig | null;
  /** Null for a file that is one sample. */
  readonly records: OpenDataset | null;
  /** Position of its first sample in the survey. */
  readonly first: number;
  readonly count: number;
  readonly encoder: SampleEncoder;
  readonly gold: Gold;
  /** Column with the text, for records read by a text model. */
  readonly text: string | null;
  /** Everything but its content that the prediction of a sample depends on, the model's file aside. */
  readonly settings: string;
  /** Changes with the file on disk. */
  readonly stamp: string;
}

/** Changes when labels or samples come to be read in another way: what was predicted before is not taken over then. */
const READING = 'survey 3';
/** More files than this are no list that a person looks at. */
const MOST_PARTS = 60_000;

/** Files of a survey: those named, or all that the workspace file has for the model. */
export async function filesFor(model: LoadedModel, uris: readonly string[]): Promise<readonly string[]> {
  if (uris.length > 0) return uris.map(toPath);
  const { chosen } = model;
  const folder = chosen.workspace?.folder;
  const entries = datasetsOf(chosen);
  if (folder === undefined || entries.length === 0)
    throw new UserError('no-dataset', `No dataset is known for the model "${chosen.name}".`, {
      next: 'Name a file, or a dataset in model-blame.json: "datasets": [{ "files": "data/*.csv" }].',
    });
  const lists = await Promise.all(entries.map(({ files }) => filesOf(files, folder, chosen.policy)));
  return [...new Set(lists.flat())];
}

/**
 * Opens files and counts their samples, in slices.
 * @throws UserError `dataset-unreadable`, and what the files and the encoder say.
 */
export async function openParts(
  context: PrepareContext,
  model: LoadedModel,
  paths: readonly string[],
  breathe: Breathe,
): Promise<readonly Part[]> {
  const parts: Part[] = [];
  const beside = await besideModel(model);
  /** Encoders of whole files, which differ in nothing but the entry they belong to. */
  const known = new Map<DatasetConfig | null, Pick<Part, 'encoder' | 'gold' | 'text' | 'settings'>>();
  let first = 0;
  for (const path of paths) {
    await breathe();
    const uri = toUri(path);
    const dataset = model.chosen.workspace === null ? null : datasetOf(model.chosen.workspace, path);
    const whole = !hasRecords(uri) || (extension(uri) === '.txt' && dataset?.labelFrom !== undefined);
    if (whole && !isPicture(uri) && !['.npy', '.txt'].includes(extension(uri))) continue;
    const records = whole ? null : await context.samples.records(uri, dataset);
    const count = records === null ? 1 : await countOf(records, breathe);
    if (count === 0) continue;
    const own: LoadedModel = { ...model, chosen: { ...model.chosen, dataset } };
    const address: SampleAddress = whole ? { kind: 'file', uri } : { kind: 'record', uri, record: 1 };
    const before = whole ? known.get(dataset) : undefined;
    const { encoder, gold, text } = before ?? (await encoderFor(context, own, address, kindOf(uri, whole)));
    const settings =
      before?.settings ??
      keyOf(READING, records?.columns ?? null, records?.format ?? null, dataset, gold.columns, own.labels, beside, [
        own.chosen.config?.input ?? null,
        own.source.output ?? null,
        own.summary.engine,
      ]);
    if (whole) known.set(dataset, { encoder, gold, text, settings });
    context.uses(uri);
    parts.push({ uri, dataset, records, first, count, encoder, gold, text, settings, stamp: await fingerprint(path) });
    first += count;
    if (parts.length > MOST_PARTS)
      throw new UserError('too-many-files', `A survey has ${MOST_PARTS} files at most.`, {
        next: 'Name fewer of them.',
      });
  }
  if (parts.length > 0) return parts;
  throw new UserError('dataset-unreadable', 'The files hold no samples.', {
    ...(paths[0] === undefined ? {} : { where: fileName(toUri(paths[0])) }),
    next: 'They may be CSV, TSV, JSON, JSON lines, PNG, JPEG and .npy files.',
  });
}

/** Walking once remembers the places of the records, and ends with their number. */
async function countOf(records: OpenDataset, breathe: Breathe): Promise<number> {
  for (const { record } of records.index.from(1)) if (record % 8 === 0) await breathe();
  return records.index.count();
}

/** Hash of the files that make the input: a tokenizer that changes changes the predictions. */
async function besideModel({ chosen }: LoadedModel): Promise<readonly string[]> {
  const { files, config, workspace } = chosen;
  const named = (config === null ? [] : inputPaths(config)).flatMap(({ value }) =>
    value === undefined ? [] : [resolve(workspace?.folder ?? '', value)],
  );
  const beside = [files.config, files.tokenizer, files.preprocessor, files.vocabulary].filter((path) => path !== null);
  return Promise.all(
    [...beside, ...named].map(async (path) =>
      hashOnce('sha256', await readFile(path).catch(() => Buffer.alloc(0)), 'hex'),
    ),
  );
}

function kindOf(uri: string, whole: boolean): RawSample['kind'] {
  if (!whole) return 'record';
  if (isPicture(uri)) return 'picture';
  return extension(uri) === '.npy' ? 'tensors' : 'text';
}

/** The part that a position lies in. */
export function partAt(parts: readonly Part[], position: number): Part {
  let [low, high] = [0, parts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((parts[middle] as Part).first <= position) low = middle;
    else high = middle - 1;
  }
  return parts[low] as Part;
}

export function addressAt(parts: readonly Part[], position: number): SampleAddress {
  const { uri, records, first } = partAt(parts, position);
  return records === null ? { kind: 'file', uri } : { kind: 'record', uri, record: position - first + 1 };
}
