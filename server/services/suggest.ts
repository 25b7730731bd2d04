/** The guided first run: what a workspace file for this sample and a model could say. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { UserError } from '../errors';
import { discoverModels, nearestFirst } from '../workspace/discover';
import { isVariant, modelFiles } from '../workspace/exportFolder';
import { modelFacts } from '../workspace/facts';
import { guessColumns, markColumns } from '../workspace/guess';
import { classOf, goldClass } from '../workspace/labels';
import { WORKSPACE_FILE, workspaceFolderOf } from '../workspace/locate';
import { checkModelFile } from '../workspace/modelFile';
import { propose } from '../workspace/propose';
import { isInside, relativeSlashes, toUri } from '../workspace/uris';
import { anchorOf, isPicture } from './addresses';
import { nameOf, workspaceOf } from './choose';
import { openLabelsFile } from './labelsFile';
import type { SampleAddress, SuggestRequest, SuggestResponse } from '../protocol';
import type { ModelFiles } from '../workspace/exportFolder';
import type { DatasetConfig, LabelsFileConfig, ModelConfig } from '../workspace/types';
import type { ChooseContext } from './choose';
import type { SampleSource } from './prepare';

/** Folders above a picture, and files of each, that are looked at for labels. */
const LEVELS = 3;
const MOST_TRIED = 8;
const LARGEST = 64 * 2 ** 20;

export interface SuggestContext extends ChooseContext {
  readonly samples: SampleSource;
}

export async function suggest(context: SuggestContext, request: SuggestRequest): Promise<SuggestResponse> {
  const { address, modelPath } = request;
  const anchor = anchorOf(address);
  const folder = (anchor === null ? null : workspaceFolderOf(anchor, context.folders)) ?? context.folders[0];
  const root = folder ?? (anchor === null ? process.cwd() : dirname(anchor));
  const { models } = await discoverModels(root);
  const columns =
    address.kind === 'text' || address.kind === 'tensors' ? null : await context.samples.columns(address, null);
  const guess = columns === null ? null : guessColumns(columns);
  const marks = columns === null || modelPath === null ? [] : markColumns(columns, classesOf(modelPath));
  return {
    candidates: anchor === null ? models : nearestFirst(models, dirname(anchor)),
    columns: columns?.map(({ name }) => name) ?? [],
    guess,
    file:
      modelPath === null
        ? null
        : await proposal(context, address, root, modelPath, marks.length > 0 ? { ...guess, label: marks } : guess),
  };
}

/** Names of the classes, where the files of the model say them. */
function classesOf(modelPath: string): readonly string[] {
  return existsSync(modelPath) ? (modelFacts(modelFiles(modelPath)).labels ?? []) : [];
}

async function proposal(
  context: SuggestContext,
  address: SampleAddress,
  root: string,
  modelPath: string,
  guess: Pick<DatasetConfig, 'text' | 'label'> | null,
): Promise<{ readonly uri: string; readonly content: string }> {
  if (!existsSync(modelPath))
    throw new UserError('model-not-found', 'The model does not exist.', {
      where: modelPath,
      next: 'Choose another one.',
    });
  const files = modelFiles(modelPath);
  checkModelFile(files.model);
  const { workspace } = await workspaceOf(context, address);
  const folder = workspace?.folder ?? root;
  const uri = workspace?.uri ?? toUri(join(folder, WORKSPACE_FILE));
  const model: ModelConfig = { path: relativeSlashes(folder, exportRoot(files, modelPath)) };
  const dataset = await datasetOf(context, address, folder, guess, files);
  const existing = workspace === null ? null : await context.read(join(folder, WORKSPACE_FILE));
  return { uri, content: propose(uri, existing, { name: nameOf(files.model), model, dataset }) };
}

/** An export folder is named by its folder: variants and companions belong to it. */
function exportRoot(files: ModelFiles, chosen: string): string {
  const { model } = files;
  const isPlain = basename(model) === 'model.onnx' || isVariant(basename(model));
  if (chosen !== model || files.config === null || !isPlain) return chosen;
  return dirname(files.config);
}

async function datasetOf(
  context: SuggestContext,
  address: SampleAddress,
  folder: string,
  guess: Pick<DatasetConfig, 'text' | 'label'> | null,
  files: ModelFiles,
): Promise<DatasetConfig | null> {
  const path = anchorOf(address);
  if (path === null || address.kind === 'tensors') return null;
  if (!isPicture(path))
    return address.kind === 'selection' && guess === null ? null : { files: relativeSlashes(folder, path), ...guess };
  // Pictures sorted into folders named after the classes: all of them, with the folder as the gold label.
  const { labels } = modelFacts(files);
  const holder = dirname(path);
  if (labels !== null && classOf(basename(holder), labels) !== null)
    return { files: glob(folder, dirname(holder), `*/*${extname(path)}`), labelFrom: 'folder' };
  const labelFrom = await labelsFileFor(context, path, folder, labels);
  return { files: glob(folder, holder, `*${extname(path)}`), ...(labelFrom === null ? {} : { labelFrom }) };
}

/** A file beside the picture, or above it, that has a line for the picture with a label the model knows. */
async function labelsFileFor(
  { samples, trusted }: SuggestContext,
  picture: string,
  folder: string,
  classes: readonly string[] | null,
): Promise<LabelsFileConfig | null> {
  const context = { samples, uses: () => undefined };
  const policy = { trusted, root: folder };
  for (let level = 0, at = dirname(picture); level < LEVELS && isInside(at, folder); level += 1, at = dirname(at)) {
    const entries = await readdir(at, { withFileTypes: true }).catch(() => []);
    const files = entries.filter((entry) => entry.isFile() && /\.(csv|tsv|jsonl|ndjson)$/i.test(entry.name));
    for (const { name } of files.sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, MOST_TRIED)) {
      const file = relativeSlashes(folder, join(at, name));
      const info = await stat(join(at, name)).catch(() => null);
      if (info === null || info.size > LARGEST) continue;
      const chosen = { workspace: null, policy };
      const found = await openLabelsFile(context, chosen, { files: '' }, { file: join(at, name) }, classes ?? []).catch(
        (error: unknown) => {
          // No labels file, then.
          if (error instanceof UserError) return null;
          throw error;
        },
      );
      const label = found?.lines.get(found.nameOf(toUri(picture)) ?? '')?.label ?? null;
      if (found === null || label === null || (classes !== null && goldClass(label, classes) === null)) continue;
      const [only, second] = found.columns;
      return { file, path: found.path, label: second === undefined ? (only ?? '') : found.columns };
    }
  }
  return null;
}

function glob(folder: string, below: string, pattern: string): string {
  const way = relativeSlashes(folder, below);
  return way === '' ? pattern : `${way}/${pattern}`;
}
