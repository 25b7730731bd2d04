/** The guided first run: what a workspace file for this sample and a model could say. */
import { existsSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { UserError } from '../errors';
import { discoverModels, nearestFirst } from '../workspace/discover';
import { isVariant, modelFiles } from '../workspace/exportFolder';
import { modelFacts } from '../workspace/facts';
import { guessColumns } from '../workspace/guess';
import { classOf } from '../workspace/labels';
import { WORKSPACE_FILE, workspaceFolderOf } from '../workspace/locate';
import { checkModelFile } from '../workspace/modelFile';
import { propose } from '../workspace/propose';
import { relativeSlashes, toUri } from '../workspace/uris';
import { anchorOf, isPicture } from './addresses';
import { nameOf, workspaceOf } from './choose';
import type { SampleAddress, SuggestRequest, SuggestResponse } from '../protocol';
import type { ModelFiles } from '../workspace/exportFolder';
import type { ColumnGuess } from '../workspace/guess';
import type { DatasetConfig, ModelConfig } from '../workspace/types';
import type { ChooseContext } from './choose';
import type { SampleSource } from './prepare';

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
  return {
    candidates: anchor === null ? models : nearestFirst(models, dirname(anchor)),
    columns: columns?.map(({ name }) => name) ?? [],
    guess,
    file: modelPath === null ? null : await proposal(context, address, root, modelPath, guess),
  };
}

async function proposal(
  context: SuggestContext,
  address: SampleAddress,
  root: string,
  modelPath: string,
  guess: ColumnGuess | null,
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
  const dataset = datasetOf(address, folder, guess, files);
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

function datasetOf(
  address: SampleAddress,
  folder: string,
  guess: ColumnGuess | null,
  files: ModelFiles,
): DatasetConfig | null {
  const path = anchorOf(address);
  if (path === null || address.kind === 'tensors') return null;
  if (!isPicture(path))
    return address.kind === 'selection' && guess === null ? null : { files: relativeSlashes(folder, path), ...guess };
  // Pictures sorted into folders named after the classes: all of them, with the folder as the gold label.
  const { labels } = modelFacts(files);
  const holder = dirname(path);
  if (labels !== null && classOf(basename(holder), labels) !== null)
    return { files: glob(folder, dirname(holder), `*/*${extname(path)}`), labelFrom: 'folder' };
  return { files: glob(folder, holder, `*${extname(path)}`) };
}

function glob(folder: string, below: string, pattern: string): string {
  const way = relativeSlashes(folder, below);
  return way === '' ? pattern : `${way}/${pattern}`;
}
