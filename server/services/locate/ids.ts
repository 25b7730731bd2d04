/** Rows by the value of their dataset's id column. */
import { LRUCache } from 'lru-cache';
import { UserError } from '../../errors';
import { toUri } from '../../workspace/uris';
import { fingerprint } from '../state';
import type { SampleAddress } from '../../protocol';
import type { PrepareContext } from '../prepare';
import type { DatasetFile } from './files';

/** Rows of a file that are looked at; beyond it ids are not known. */
const MOST_ROWS = 200_000;

type Index = ReadonlyMap<string, number>;
const indices = new LRUCache<string, Index>({ max: 32 });

/** Addresses of rows with the id, one for each file at most: the first such row. */
export async function recordsWithId(
  context: PrepareContext,
  files: readonly DatasetFile[],
  value: string,
): Promise<readonly SampleAddress[]> {
  const found: SampleAddress[] = [];
  for (const file of files) {
    if (file.dataset.id === undefined) continue;
    const record = (await indexOf(context, file, file.dataset.id)).get(value.trim());
    if (record !== undefined) found.push({ kind: 'record', uri: toUri(file.path), record });
  }
  return found;
}

async function indexOf(context: PrepareContext, { path, dataset }: DatasetFile, column: string): Promise<Index> {
  const uri = toUri(path);
  const { count, stamp } = await context.samples.extent(uri, dataset);
  const key = JSON.stringify([path, column, dataset, stamp, await fingerprint(path)]);
  const known = indices.get(key);
  if (known !== undefined) return known;
  const index = new Map<string, number>();
  for (let record = 1; record <= Math.min(count, MOST_ROWS); record += 1) {
    const value = await valueOf(context, uri, dataset, record, column);
    if (value !== null && value !== '' && !index.has(value)) index.set(value, record);
  }
  indices.set(key, index);
  return index;
}

/** Null for a row that cannot be read. */
async function valueOf(
  context: PrepareContext,
  uri: string,
  dataset: DatasetFile['dataset'],
  record: number,
  column: string,
): Promise<string | null> {
  try {
    const sample = await context.samples.sample({ kind: 'record', uri, record }, dataset);
    if (sample.kind !== 'record') return null;
    return sample.fields.find(({ name }) => name === column)?.text.trim() ?? null;
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}
