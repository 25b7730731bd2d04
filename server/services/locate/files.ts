/** Dataset files that the workspace knows. */
import { dirname } from 'node:path';
import { UserError } from '../../errors';
import { nearestWorkspace, workspaceFolderOf } from '../../workspace/locate';
import { discoverCheckFiles } from '../check/discover';
import { filesOf } from '../population/files';
import type { DatasetConfig } from '../../workspace/types';
import type { ChooseContext } from '../choose';

export interface DatasetFile {
  readonly path: string;
  readonly dataset: DatasetConfig;
}

const KEPT = 3000;
let kept: { readonly key: string; readonly at: number; readonly files: readonly DatasetFile[] } | null = null;

/** Files of all dataset entries of all workspace files; looked at anew after three seconds. Broken entries have none. */
export async function datasetFiles(context: ChooseContext): Promise<readonly DatasetFile[]> {
  const key = JSON.stringify([context.folders, context.trusted]);
  if (kept?.key === key && Date.now() - kept.at < KEPT) return kept.files;
  const files = await lookAll(context);
  kept = { key, at: Date.now(), files };
  return files;
}

async function lookAll(context: ChooseContext): Promise<readonly DatasetFile[]> {
  const found = new Map<string, DatasetFile>();
  for (const folder of context.folders)
    for (const file of await discoverCheckFiles(folder)) {
      if (!file.endsWith('model-blame.json')) continue;
      const start = dirname(file);
      const workspace = await nearestWorkspace(start, context.folders, context.read, context.trusted).catch(
        unlessBroken,
      );
      const policy = { trusted: context.trusted, root: workspaceFolderOf(start, context.folders) ?? start };
      for (const dataset of workspace?.file.datasets ?? []) {
        const paths = await filesOf(dataset.files, start, policy).catch(unlessBroken);
        for (const path of paths ?? []) if (!found.has(path)) found.set(path, { path, dataset });
      }
    }
  return [...found.values()];
}

function unlessBroken(error: unknown): null {
  if (error instanceof UserError) return null;
  throw error;
}
