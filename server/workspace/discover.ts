/** Finds model files in a folder, within bounds. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { isExportFolder, isVariant, modelFiles } from './exportFolder';
import { mayBeModel, modelFormat, otherFormats } from './modelFile';
import type { Dirent } from 'node:fs';

export interface FoundModels {
  /** Absolute paths of model files, nearest first; of an export folder only the file it stands for. */
  readonly models: readonly string[];
  /** Models of other formats, for the message when there is nothing else. */
  readonly others: readonly string[];
}

const MAX_DEPTH = 6;
const MAX_FOLDERS = 2000;
const MAX_FOUND = 200;
const skipped = new Set(['node_modules', '__pycache__', 'site-packages', 'venv', 'env', 'dist', 'out', 'build']);

/** Breadth first below `folder`; hidden folders and those of packages and builds are left out. */
export async function discoverModels(folder: string): Promise<FoundModels> {
  const models: string[] = [];
  const others: string[] = [];
  const queue: { readonly path: string; readonly depth: number }[] = [{ path: folder, depth: 0 }];
  for (let visited = 0; visited < queue.length && visited < MAX_FOLDERS && models.length < MAX_FOUND; visited++) {
    const { path, depth } = queue[visited] as (typeof queue)[number];
    const entries = await entriesOf(path);
    const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    const found = [...modelsIn(path, files), ...readableIn(path, files)];
    models.push(...found);
    // The shards of a model that is read are no models of their own.
    if (found.length === 0)
      others.push(
        ...files.filter((name) => otherFormats.includes(extname(name).toLowerCase())).map((name) => join(path, name)),
      );
    if (depth < MAX_DEPTH)
      for (const entry of entries)
        if (entry.isDirectory() && !entry.name.startsWith('.') && !skipped.has(entry.name))
          queue.push({ path: join(path, entry.name), depth: depth + 1 });
  }
  return { models, others: others.slice(0, MAX_FOUND) };
}

/** Every `.onnx` of a plain folder; of an export folder only the one it stands for, unless that is not clear. */
function modelsIn(folder: string, names: readonly string[]): string[] {
  const found = names.filter((name) => name.toLowerCase().endsWith('.onnx')).sort();
  if (found.length === 0) return [];
  const plain = found.filter((name) => !isVariant(name));
  const isExport = isExportFolder(names) || basename(folder) === 'onnx' || plain.includes('model.onnx');
  if (!isExport) return (plain.length > 0 ? plain : found).map((name) => join(folder, name));
  if (plain.length > 1 && !plain.includes('model.onnx')) return plain.map((name) => join(folder, name));
  return [modelFiles(folder).model];
}

/** TensorFlow.js, Keras and SavedModel. */
function readableIn(folder: string, names: readonly string[]): string[] {
  return names
    .filter((name) => mayBeModel(name) && !name.toLowerCase().endsWith('.onnx'))
    .map((name) => join(folder, name))
    .filter((path) => modelFormat(path) !== null);
}

/** Sorted by distance to `from`: models in the same folder first, then by the folders between. */
export function nearestFirst(paths: readonly string[], from: string): string[] {
  const steps = (path: string): number => {
    const a = dirname(path).split(/[\\/]/);
    const b = from.split(/[\\/]/);
    const common = a.findIndex((part, index) => part !== b[index]);
    const shared = common === -1 ? a.length : common;
    return a.length - shared + (b.length - shared);
  };
  return [...paths].sort((a, b) => steps(a) - steps(b) || a.localeCompare(b));
}

async function entriesOf(path: string): Promise<Dirent[]> {
  try {
    return (await readdir(path, { withFileTypes: true })).sort((a, b) => a.name.localeCompare(b.name));
  } catch {
    return [];
  }
}
