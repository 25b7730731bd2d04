/** The service behind `locate`: names from a failure's text → samples of the workspace. */
import { existsSync, statSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { UserError } from '../errors';
import { extension, fileName, hasRecords } from '../dataset';
import { isFileUri, isInside, toPath, toUri } from '../workspace/uris';
import { isPicture } from './addresses';
import { nameOf } from './check/name';
import { workspaceOf } from './choose';
import { datasetFiles } from './locate/files';
import { recordsWithId } from './locate/ids';
import type { DatasetFile } from './locate/files';
import type {
  FoundSample,
  LocateRequest,
  LocateResponse,
  MissedSample,
  SampleAddress,
  SampleCandidate,
} from '../protocol';
import type { RawSample } from '../dataset/types';
import type { PrepareContext } from './prepare';

const MOST_FOUND = 50;
const PREVIEW = 90;

export async function locate(context: PrepareContext, request: LocateRequest): Promise<LocateResponse> {
  const found = new Map<string, FoundSample>();
  const missed: MissedSample[] = [];
  const files = await datasetFiles(context);
  const near = request.near.filter(isFileUri).map((uri) => dirname(toPath(uri)));
  for (const [index, candidate] of request.candidates.entries()) {
    if (found.size >= MOST_FOUND) break;
    try {
      const addresses = await addressesOf(context, candidate, files, near);
      for (const address of addresses) {
        const sample = await described(context, address, candidate, index);
        const key = JSON.stringify([sample.name, sample.model]);
        if (!found.has(key)) found.set(key, sample);
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // A word that only might have been an id was looked up, but nobody meant it to be one.
      if (candidate.kind !== 'id' || candidate.sure) missed.push({ text: candidate.text, reason: error.what });
    }
  }
  return { found: [...found.values()], missed };
}

async function addressesOf(
  context: PrepareContext,
  candidate: SampleCandidate,
  files: readonly DatasetFile[],
  near: readonly string[],
): Promise<readonly SampleAddress[]> {
  if (candidate.kind === 'text') return [{ kind: 'text', text: candidate.value }];
  if (candidate.kind === 'id') {
    const own = candidate.path === undefined ? files : files.filter(({ path }) => endsWith(path, candidate.path ?? ''));
    const addresses = await recordsWithId(context, own, candidate.value);
    if (addresses.length > 0) return addresses;
    throw new UserError(
      'unknown-id',
      own.some(({ dataset }) => dataset.id !== undefined)
        ? `no row has the id “${candidate.value}”`
        : 'no dataset of model-blame.json names its id column ("id")',
    );
  }
  const paths = pathsOf(context, candidate.path, files, near);
  if (paths.length === 0) throw new UserError('file-not-found', `no file of the workspace is called ${candidate.path}`);
  return paths.map((path) => addressAt(candidate, path));
}

/** Files that a written path may mean: as it is, from near folders, else any dataset file that ends so. */
function pathsOf(
  context: PrepareContext,
  written: string,
  files: readonly DatasetFile[],
  near: readonly string[],
): readonly string[] {
  const path = written.replace(/^file:\/\/(?=\/)/, '').replaceAll('\\', '/');
  const isKnown = (file: string): boolean => files.some((known) => known.path === file);
  // Many a text names a .json or .txt that is no dataset.
  const fits = (file: string): boolean =>
    existsSync(file) && statSync(file).isFile() && (isKnown(file) || !['.json', '.txt'].includes(extension(file)));
  const allowed = (file: string): boolean =>
    context.trusted || context.folders.some((folder) => isInside(file, folder));
  const starts = isAbsolute(path) ? ['/'] : [...near.flatMap(upwards(context.folders)), ...context.folders];
  const first = starts.map((start) => resolve(start, path)).find((file) => allowed(file) && fits(file));
  if (first !== undefined) return [first];
  return files.map((file) => file.path).filter((file) => endsWith(file, path));
}

/** A folder and those above it, up to the workspace folder around it. */
function upwards(folders: readonly string[]): (start: string) => readonly string[] {
  return (start) => {
    const root = folders.find((folder) => isInside(start, folder));
    if (root === undefined) return [start];
    const found = [start];
    for (let at = start; at !== root && at !== dirname(at); at = dirname(at)) found.push(dirname(at));
    return found;
  };
}

/** Whole parts of the path: `reviews.csv` is no end of `old-reviews.csv`. */
function endsWith(path: string, end: string): boolean {
  const plain = path.replaceAll('\\', '/');
  const wanted = end.replaceAll('\\', '/').replace(/^(\.{0,2}\/)+/, '');
  return wanted !== '' && (plain === wanted || plain.endsWith(`/${wanted}`));
}

function addressAt(
  { line, record, path: written }: Extract<SampleCandidate, { readonly kind: 'file' }>,
  path: string,
): SampleAddress {
  const uri = toUri(path);
  if (line !== undefined && hasRecords(uri)) return { kind: 'line', uri, line };
  if (record !== undefined) return { kind: 'record', uri, record };
  if (isPicture(uri) || extension(uri) === '.npy') return { kind: 'file', uri };
  throw new UserError('row-needed', `${written} is a file of many samples, and no row is named`);
}

/** Reads the sample: what cannot be read is none. */
async function described(
  context: PrepareContext,
  address: SampleAddress,
  candidate: SampleCandidate,
  index: number,
): Promise<FoundSample> {
  const { workspace, dataset } = await workspaceOf(context, address);
  const sample = await context.samples.sample(address, dataset);
  const folder = workspace?.folder ?? context.folders[0] ?? '/';
  return {
    address,
    model: candidate.model ?? null,
    name: address.kind === 'text' ? 'text' : nameOf(sample.ref, folder),
    preview: previewOf(sample, dataset?.text),
    candidate: index,
  };
}

function previewOf(sample: RawSample, column: string | undefined): string {
  const cut = (text: string): string => {
    const line = text.replace(/\s+/g, ' ').trim();
    return line.length > PREVIEW ? `${line.slice(0, PREVIEW - 1)}…` : line;
  };
  switch (sample.kind) {
    case 'text':
      return cut(sample.text.text);
    case 'record': {
      const own = sample.fields.find(({ name }) => name === column);
      return cut(own?.text ?? sample.fields.map(({ text }) => text).join(', '));
    }
    case 'picture':
    case 'tensors':
      return fileName('uri' in sample.ref.address ? sample.ref.address.uri : '');
  }
}
