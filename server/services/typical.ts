/** Typical values of table columns: from the training set where the workspace file names one. */

import { hasRecords } from '../dataset';
import { typicalValues } from '../input';
import { followPath } from '../workspace/paths';
import { isFileUri, toPath, toUri } from '../workspace/uris';
import { readOptions } from './samples';
import { fingerprint } from './state';
import type { Files } from '../dataset';
import type { TypicalValues } from '../input';
import type { SampleAddress } from '../protocol';
import type { DatasetConfig, TableInputConfig } from '../workspace/types';
import type { ChosenModel } from './choose';

/** A dataset to take means and modes from. */
export interface TypicalSource {
  readonly uri: string;
  readonly dataset: DatasetConfig | null;
  /** Changes when the file does. */
  readonly state: string;
}

/** The training set of the model, else the sample's own dataset; null when the configuration says everything. */
export async function typicalSource(
  chosen: ChosenModel,
  input: TableInputConfig,
  address: SampleAddress,
): Promise<TypicalSource | null> {
  if (input.columns.every(({ type, typical }) => type === 'text' || typical !== undefined)) return null;
  const training = trainingSet(chosen);
  if (training !== null) return { ...training, state: await fingerprint(toPath(training.uri)) };
  if (!('uri' in address) || !hasRecords(address.uri)) return null;
  const state = isFileUri(address.uri) ? await fingerprint(toPath(address.uri)) : address.uri;
  return { uri: address.uri, dataset: chosen.dataset, state };
}

/** Globs of several files are left alone: one file settles the means. */
function trainingSet({ workspace, name, policy }: ChosenModel): Pick<TypicalSource, 'uri' | 'dataset'> | null {
  if (workspace === null) return null;
  for (const dataset of workspace.file.datasets ?? []) {
    if (dataset.role !== 'train' || (dataset.model ?? name) !== name) continue;
    const followed = followPath(dataset.files, workspace.folder, policy);
    if (followed.kind === 'found') return { uri: toUri(followed.path), dataset };
  }
  return null;
}

export function typicalOf(source: TypicalSource, input: TableInputConfig, files: Files): Promise<TypicalValues> {
  return typicalValues(source.uri, input.columns, files, readOptions(source.dataset));
}
