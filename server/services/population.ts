/** Samples of a dataset for methods that compare with them: drawn once, kept while the dataset stays the same. */
import { UserError } from '../errors';
import { bytesOf, keyOf } from './cache';
import { draw } from './population/draw';
import { datasetFor, openSource } from './population/source';
import type { Member } from '../explain/types';
import type { SampleAddress, Warning } from '../protocol';
import type { DatasetConfig } from '../workspace/types';
import type { ResultCache } from './cache';
import type { LoadedModel } from './load';
import type { Draw, Tally } from './population/draw';
import type { PrepareContext } from './prepare';
import type { RequestOptions } from './types';

export type { Draw } from './population/draw';

export interface Population {
  readonly members: readonly Member[];
  /** Where each member lies. */
  readonly addresses: readonly SampleAddress[];
  /** The dataset as the workspace file writes it. */
  readonly dataset: string;
  readonly role: NonNullable<DatasetConfig['role']> | null;
  /** Samples the dataset has. */
  readonly total: number;
  /** Samples that could not be read. */
  readonly skipped: number;
  /** Changes with the dataset, the encoder and the draw. */
  readonly key: string;
}

export interface PopulationContext extends PrepareContext {
  readonly populations: ResultCache<Population>;
}

/** Tensors a population may hold: 256 MiB. What does not fit is not drawn. */
const MOST_BYTES = 2 ** 28;

/**
 * Draws samples of the model's dataset (`datasetFor`: role `train` preferred) and encodes them as the model reads
 * them. The same wish gives the same members until a file of the dataset changes.
 * @param model With the workspace it was chosen from.
 * @throws UserError `no-dataset`, `dataset-not-found`, `dataset-unreadable`, `no-members`.
 */
export async function populationOf(
  context: PopulationContext,
  model: LoadedModel,
  wish: Draw,
  { signal, progress }: RequestOptions = {},
): Promise<Population> {
  const source = await openSource(context, model, datasetFor(model.chosen));
  const key = keyOf('population', source.fingerprint, source.encoder.key, model.labels, wish);
  const known = context.populations.get(key);
  if (known !== undefined) return known;
  const tally: Tally = { drawn: 0, skipped: 0, reason: null };
  const members: Member[] = [];
  const addresses: SampleAddress[] = [];
  let bytes = 0;
  const wanted = Math.min(wish.count, source.total);
  for await (const { member, sample } of draw(source, model.labels, wish, tally, signal)) {
    bytes += bytesOf(member.feeds);
    if (bytes > MOST_BYTES && members.length > 0) break;
    members.push(member);
    addresses.push(sample.ref.address);
    progress?.(members.length, wanted, `Reading ${source.name}`);
  }
  const { name, role, total } = source;
  if (members.length === 0) throw noMembers(name, wish, model, tally);
  const population = { members, addresses, dataset: name, role, total, skipped: tally.skipped, key };
  context.populations.set(key, population);
  return population;
}

function noMembers(name: string, wish: Draw, model: LoadedModel, { skipped, reason }: Tally): UserError {
  if (skipped > 0)
    return new UserError('no-members', `None of the ${skipped} samples looked at in "${name}" can be read.`, {
      ...(reason === null ? {} : { where: reason }),
      next: 'Check the dataset’s entry in model-blame.json.',
    });
  const label = wish.class === undefined ? '' : (model.labels[wish.class] ?? `class ${wish.class}`);
  return new UserError('no-members', `"${name}" has no sample with the label "${label}".`, {
    next: 'Name the column or folder with the labels: "label" or "labelFrom" of the dataset’s entry.',
  });
}

/** What a result made from a population has to say about it. */
export function populationWarning(population: Population): Warning {
  const { members, total, dataset, role, skipped } = population;
  const training = role === 'train' ? 'training data' : 'not marked as training data: "role": "train"';
  const left = skipped === 0 ? '' : `; ${skipped} could not be read`;
  return {
    code: 'population',
    message: `Compared with ${members.length} of ${total} samples of ${dataset} (${training}${left}).`,
  };
}
