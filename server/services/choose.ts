/** Which model a request means: by name, by path, by the dataset's entry, or the only one that fits. */
import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { UserError } from '../errors';
import { discoverModels, nearestFirst } from '../workspace/discover';
import { isExportFolder, modelFiles } from '../workspace/exportFolder';
import { datasetOf, nearestWorkspace, workspaceFolderOf } from '../workspace/locate';
import { checkModelFile, modelStem, otherFormat } from '../workspace/modelFile';
import { confine, followPath, pathProblem } from '../workspace/paths';
import { problemError } from '../workspace/problem';
import { relativeSlashes, toUri } from '../workspace/uris';
import { anchorOf, kindsOf } from './addresses';
import type { ModelEntry, SampleAddress, Task } from '../protocol';
import type { ModelFiles } from '../workspace/exportFolder';
import type { PathPolicy } from '../workspace/paths';
import type { LoadedWorkspace, ReadText } from '../workspace/locate';
import type { DatasetConfig, ModelConfig } from '../workspace/types';
import type { InputKind } from './addresses';

/** A model that was chosen but not loaded. */
export interface ChosenModel {
  readonly name: string;
  readonly files: ModelFiles;
  readonly origin: ModelEntry['origin'];
  /** What the workspace file says about it. */
  readonly config: ModelConfig | null;
  /** The entry of the sample's file. */
  readonly dataset: DatasetConfig | null;
  readonly workspace: LoadedWorkspace | null;
  readonly policy: PathPolicy;
  /** What its numbers are, where a person said so. */
  readonly task?: Task;
}

export interface ChooseContext {
  readonly folders: readonly string[];
  readonly trusted: boolean;
  /** Open documents before the disk. */
  readonly read: ReadText;
  /** Said of whatever model is chosen, in place of what its workspace file says. */
  readonly task?: Task;
  /** Path of an earlier state of a model's file, by the hash of its content; null where it was not kept. */
  readonly kept?: (hash: string) => string | null;
}

/**
 * @param model Name of the workspace file, or a path; null lets the workspace decide.
 * Throws `model-ambiguous` with the names to choose from when several fit.
 */
export async function chooseModel(
  context: ChooseContext,
  address: SampleAddress,
  model: string | null,
): Promise<ChosenModel> {
  const chosen = await chosenFiles(context, address, model);
  const task = context.task ?? chosen.config?.task;
  return task === undefined ? chosen : { ...chosen, task };
}

async function chosenFiles(context: ChooseContext, address: SampleAddress, model: string | null): Promise<ChosenModel> {
  const { workspace, dataset } = await workspaceOf(context, address);
  if (model !== null) return byName(context, model, workspace, dataset);
  if (workspace !== null && dataset?.model !== undefined)
    return fromWorkspace(context, workspace, dataset.model, dataset);

  const fitting = await fittingModels(context, address);
  const only = fitting[0];
  if (only === undefined) throw await noModel(context, address);
  if (fitting.length > 1)
    throw new UserError('model-ambiguous', `${fitting.length} models fit this sample.`, {
      ...whereOf(address),
      next: `Choose one: ${fitting
        .map(({ name }) => name)
        .slice(0, 8)
        .join(', ')}${fitting.length > 8 ? ', …' : ''}.`,
    });
  return byName(context, only.name, workspace, dataset);
}

/** Models that fit a sample, for the front door to ask; one when the workspace file says which. */
export async function fittingModels(context: ChooseContext, address: SampleAddress): Promise<readonly ModelEntry[]> {
  const { workspace, dataset } = await workspaceOf(context, address);
  const kinds = kindsOf(address);
  const fits = ({ inputKind }: ModelEntry): boolean => inputKind === null || kinds.includes(inputKind);
  if (workspace !== null) {
    const entries = entriesOf(context, workspace);
    const named = entries.find(({ name }) => name === dataset?.model);
    const fitting = named === undefined ? entries.filter(fits) : [named];
    const usable = fitting.filter(({ problem }) => problem === null);
    if (fitting.length > 0) return usable.length > 0 ? usable : fitting;
  }
  return (await foundModels(context, anchorOf(address))).filter(fits);
}

/** The workspace file that holds for an address, and its entry for the address's file. */
export async function workspaceOf(
  context: ChooseContext,
  address: SampleAddress,
): Promise<{ readonly workspace: LoadedWorkspace | null; readonly dataset: DatasetConfig | null }> {
  const anchor = anchorOf(address);
  const starts = anchor === null ? context.folders : [dirname(anchor)];
  for (const start of starts) {
    const workspace = await nearestWorkspace(start, context.folders, context.read, context.trusted);
    if (workspace !== null) return { workspace, dataset: anchor === null ? null : datasetOf(workspace, anchor) };
  }
  return { workspace: null, dataset: null };
}

async function byName(
  context: ChooseContext,
  model: string,
  workspace: LoadedWorkspace | null,
  dataset: DatasetConfig | null,
): Promise<ChosenModel> {
  if (workspace !== null && Object.hasOwn(workspace.file.models ?? {}, model))
    return fromWorkspace(context, workspace, model, dataset);
  const [, present, hash] = /^(.+)@([0-9a-f]{12,64})$/.exec(model) ?? [];
  const earlier = hash === undefined ? null : (context.kept?.(hash) ?? null);
  if (present !== undefined && earlier !== null) {
    const chosen = await byName(context, present, workspace, dataset);
    return { ...chosen, name: model, files: { ...chosen.files, model: earlier } };
  }
  for (const folder of context.folders) {
    const other = await nearestWorkspace(folder, context.folders, context.read, context.trusted);
    if (other !== null && Object.hasOwn(other.file.models ?? {}, model))
      return fromWorkspace(context, other, model, dataset);
  }
  const path = isAbsolute(model)
    ? model
    : [...context.folders, process.cwd()].map((folder) => resolve(folder, model)).find((file) => existsSync(file));
  const known = Object.keys(workspace?.file.models ?? {});
  if (path === undefined || !existsSync(path))
    throw new UserError('model-not-found', `There is no model "${model}".`, {
      ...(workspace === null ? {} : { where: basename(workspace.uri) }),
      next:
        known.length > 0
          ? `Known: ${known.join(', ')}; or give a path.`
          : 'Give the path of a model file or export folder.',
    });
  const root = workspaceFolderOf(path, context.folders) ?? context.folders[0] ?? dirname(path);
  if (!context.trusted && followPath(path, root, { trusted: false, root }).kind === 'outside')
    throw new UserError('path-outside-workspace', 'The model lies outside the workspace, which is not trusted.', {
      where: path,
      next: 'Trust the workspace, or move the model into it.',
    });
  // A model asked about without a sample (its card) is known to the workspace file beside it.
  const near = workspace ?? (await nearestWorkspace(dirname(path), context.folders, context.read, context.trusted));
  const configured = near === null ? null : configuredAs(near, path);
  if (near !== null && configured !== null) return fromWorkspace(context, near, configured, dataset);
  const policy = { trusted: context.trusted, root };
  const files = confine(checked(path), policy);
  return { name: nameOf(path), files, origin: originOf(files), config: null, dataset, workspace, policy };
}

function fromWorkspace(
  context: ChooseContext,
  workspace: LoadedWorkspace,
  name: string,
  dataset: DatasetConfig | null,
): ChosenModel {
  const config = workspace.file.models?.[name];
  const place = { range: workspace.rangeOf(['models', name, 'path']), severity: 'error' as const };
  if (config === undefined)
    throw new UserError('model-not-found', `There is no model "${name}".`, { where: basename(workspace.uri) });
  const policy = { trusted: context.trusted, root: workspace.root };
  const followed = followPath(config.path, workspace.folder, policy);
  const problem = pathProblem(config.path, followed);
  if (problem !== null) throw problemError(workspace.uri, { ...problem, code: codeOf(problem.code), ...place });
  const files = confine(checked(followed.path), policy);
  return { name, files, origin: 'workspace-file', config, dataset, workspace, policy };
}

/** A missing model has a code of its own. */
function codeOf(code: string): string {
  return code === 'file-not-found' ? 'model-not-found' : code;
}

function checked(path: string): ModelFiles {
  const files = modelFiles(path);
  checkModelFile(files.model);
  return files;
}

/** Name of the workspace entry that means this file or folder; null when none does. */
function configuredAs(workspace: LoadedWorkspace, path: string): string | null {
  const entry = Object.entries(workspace.file.models ?? {}).find(([, config]) =>
    means(resolve(workspace.folder, config.path), path),
  );
  return entry?.[0] ?? null;
}

/** The path itself, or the model file of the export folder that is named: another file in it is another model. */
function means(named: string, path: string): boolean {
  if (named === path || !path.startsWith(`${named}${sep}`)) return named === path;
  try {
    return modelFiles(named).model === path;
  } catch (error) {
    // A folder that leaves open which model it is does not mean this one.
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** All models of all workspace files and, where there is none, the model files found. */
export async function allModels(context: ChooseContext): Promise<readonly ModelEntry[]> {
  const lists = await Promise.all(
    context.folders.map(async (folder) => {
      const workspace = await nearestWorkspace(folder, context.folders, context.read, context.trusted);
      return workspace === null ? [] : entriesOf(context, workspace);
    }),
  );
  const configured = lists.flat();
  const known = new Set(configured.map(({ uri }) => uri));
  const found = (await foundModels(context, null)).filter(({ uri }) => !known.has(uri));
  return [...configured, ...found];
}

function entriesOf(context: ChooseContext, workspace: LoadedWorkspace): ModelEntry[] {
  return Object.entries(workspace.file.models ?? {}).map(([name, config]) => {
    const uri = toUri(resolve(workspace.folder, config.path));
    const base = { name, origin: 'workspace-file' as const };
    try {
      const { files } = fromWorkspace(context, workspace, name, null);
      return { ...base, uri: toUri(files.model), inputKind: config.input?.kind ?? kindHint(files), problem: null };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { ...base, uri, inputKind: config.input?.kind ?? null, problem: error.message };
    }
  });
}

/** Model files below the workspace folders (or beside a sample that is in none), nearest first. */
async function foundModels(context: ChooseContext, anchor: string | null): Promise<ModelEntry[]> {
  const around = anchor === null ? null : workspaceFolderOf(anchor, context.folders);
  const beside = anchor !== null && around === null && context.trusted ? [dirname(anchor)] : [];
  const searched = around === null ? [...context.folders, ...beside] : [around];
  const found = await Promise.all(searched.map(async (folder) => (await discoverModels(folder)).models));
  const paths = [...new Set(found.flat())];
  const sorted = anchor === null ? paths : nearestFirst(paths, dirname(anchor));
  return sorted.map((path) => {
    const files = modelFiles(path);
    const folder = workspaceFolderOf(path, context.folders);
    const name = folder === null ? path : relativeSlashes(folder, path);
    return { name, uri: toUri(path), inputKind: kindHint(files), origin: originOf(files), problem: null };
  });
}

/** What the companions say about the input before the model is loaded. */
function kindHint(files: ModelFiles): InputKind | null {
  if (files.tokenizer !== null || files.vocabulary !== null) return 'text';
  return files.preprocessor === null ? null : 'image';
}

function originOf(files: ModelFiles): ModelEntry['origin'] {
  const names = [files.config, files.tokenizer, files.preprocessor].flatMap((file) =>
    file === null ? [] : [basename(file)],
  );
  return isExportFolder(names) ? 'export-folder' : 'path';
}

/** `models/sentiment/onnx/model.onnx` → `sentiment`. */
export function nameOf(path: string): string {
  return modelStem(path);
}

async function noModel(context: ChooseContext, address: SampleAddress): Promise<UserError> {
  const anchor = anchorOf(address);
  const folders = context.folders.length > 0 || anchor === null ? context.folders : [dirname(anchor)];
  const others = (await Promise.all(folders.map((folder) => discoverModels(folder)))).flatMap(
    ({ others: list }) => list,
  );
  const first = others[0];
  if (first !== undefined) return otherFormat(first);
  return new UserError('no-model', 'No model was found for this sample.', {
    ...whereOf(address),
    next: `Add a model to the workspace and name it in ${join('.', 'model-blame.json')}.`,
  });
}

function whereOf(address: SampleAddress): { readonly where?: string } {
  const anchor = anchorOf(address);
  return anchor === null ? {} : { where: basename(anchor) };
}
