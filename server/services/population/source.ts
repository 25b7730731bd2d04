/** The dataset that a model is compared with: which entry of the workspace file, which records. */
import { UserError } from '../../errors';
import { extension, hasRecords } from '../../dataset';
import { toPath, toUri } from '../../workspace/uris';
import { isPicture } from '../addresses';
import { keyOf } from '../cache';
import { encoderFor } from '../prepare';
import { fingerprint } from '../state';
import { filesOf } from './files';
import type { RawSample } from '../../dataset/types';
import type { SampleAddress } from '../../protocol';
import type { DatasetConfig } from '../../workspace/types';
import type { ChosenModel } from '../choose';
import type { LoadedModel } from '../load';
import type { PrepareContext, SampleEncoder } from '../prepare';

/** One file of a dataset. */
interface Part {
  readonly uri: string;
  /** Position of its first sample in the whole dataset. */
  readonly first: number;
  readonly count: number;
  /** The file is one sample. */
  readonly whole: boolean;
}

/** A dataset, opened for drawing: samples have positions from 0 to `total − 1`, in the order of files and records. */
export interface Source {
  /** As the workspace file writes it: `data/train.csv`. */
  readonly name: string;
  readonly role: NonNullable<DatasetConfig['role']> | null;
  readonly total: number;
  /** Changes when a file of the dataset does. */
  readonly fingerprint: string;
  readonly encoder: SampleEncoder;
  address(position: number): SampleAddress;
  read(position: number): Promise<RawSample>;
  /** Gold label of a sample; null for none. */
  label(sample: RawSample): string | null;
  /** The same without reading, where the path says it; undefined: read it. */
  labelAt(position: number): string | null | undefined;
}

const byRole = ['train', undefined, 'validation', 'test'] as const;

/**
 * Entries that hold samples for a model, the best first: role `train`, then without a role, validation, test; within
 * a role those that name the model, then the sample's own entry, then the order of the file.
 */
export function datasetsOf(chosen: ChosenModel): readonly DatasetConfig[] {
  const entries = chosen.workspace?.file.datasets ?? [];
  const rank = (entry: DatasetConfig): number =>
    4 * byRole.indexOf(entry.role) + (entry.model === undefined ? 2 : 0) + (entry === chosen.dataset ? 0 : 1);
  return entries
    .filter((entry) => entry.model === undefined || entry.model === chosen.name)
    .sort((a, b) => rank(a) - rank(b));
}

/** @throws UserError `no-dataset` with what to write where. */
export function datasetFor(chosen: ChosenModel): DatasetConfig {
  const [best] = datasetsOf(chosen);
  if (best !== undefined) return best;
  throw new UserError('no-dataset', `No dataset is known for the model "${chosen.name}".`, {
    ...(chosen.workspace === null ? {} : { where: 'model-blame.json' }),
    next: `Name one in model-blame.json: "datasets": [{ "files": "data/train.csv", "model": "${chosen.name}", "role": "train" }].`,
  });
}

/** @throws UserError `no-dataset`, `dataset-not-found`, `dataset-unreadable`, and what the encoder says. */
export async function openSource(
  context: PrepareContext,
  model: LoadedModel,
  dataset: DatasetConfig,
  files?: readonly string[],
): Promise<Source> {
  const { chosen } = model;
  const folder = chosen.workspace?.folder;
  const paths = files ?? (folder === undefined ? [] : await filesOf(dataset.files, folder, chosen.policy));
  const stamps: string[] = [];
  const parts: Part[] = [];
  let total = 0;
  for (const path of paths) {
    const uri = toUri(path);
    const whole = !hasRecords(uri) || (extension(uri) === '.txt' && dataset.labelFrom !== undefined);
    if (whole && !isPicture(uri) && !['.npy', '.txt'].includes(extension(uri))) continue;
    const { count, stamp } = whole ? { count: 1, stamp: '' } : await context.samples.extent(uri, dataset);
    stamps.push(path, stamp, await fingerprint(path));
    if (count > 0) parts.push({ uri, first: total, count, whole });
    total += count;
    context.uses(uri);
  }
  const [first] = parts;
  if (first === undefined)
    throw new UserError('dataset-unreadable', `The dataset "${dataset.files}" holds no samples.`, {
      next: 'It may hold CSV, TSV, JSON, JSON lines, PNG, JPEG and .npy files.',
    });

  const partOf = (position: number): Part => {
    let [low, high] = [0, parts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((parts[middle] as Part).first <= position) low = middle;
      else high = middle - 1;
    }
    return parts[low] as Part;
  };
  const address = (position: number): SampleAddress => {
    const { uri, first: begin, whole } = partOf(position);
    return whole ? { kind: 'file', uri } : { kind: 'record', uri, record: position - begin + 1 };
  };
  // The columns are those of this dataset, not of the sample's.
  const own: LoadedModel = { ...model, chosen: { ...chosen, dataset } };
  const { encoder, gold } = await encoderFor(context, own, address(0), kindOf(address(0)));
  return {
    name: dataset.files,
    role: dataset.role ?? null,
    total,
    fingerprint: keyOf(dataset, stamps, gold.file === null ? null : await fingerprint(toPath(gold.file.uri))),
    encoder,
    address,
    read: (position) => context.samples.sample(address(position), dataset),
    label: (sample) => gold.label(sample),
    labelAt(position) {
      const at = address(position);
      return at.kind === 'file' ? gold.labelOfFile(at.uri) : undefined;
    },
  };
}

function kindOf(address: SampleAddress): RawSample['kind'] {
  if (address.kind !== 'file') return 'record';
  if (isPicture(address.uri)) return 'picture';
  return extension(address.uri) === '.npy' ? 'tensors' : 'text';
}
