/** Everything wrong with a workspace file, for the editor: also the files it names. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../errors';
import { CHECK_FILE_ENDING } from './checkList';
import { WORKSPACE_FILE } from './locate';
import { modelFiles } from './exportFolder';
import { checkModelFile } from './modelFile';
import { followPath, pathProblem } from './paths';
import { parseCheckFile, parseWorkspaceFile } from './parse';
import { isInside, toPath } from './uris';
import type { PathPolicy } from './paths';
import type { Problem } from './problem';
import type { CheckConfig } from './checkTypes';
import type { JsonPath, ParsedWorkspaceFile } from './parse';
import type { ModelConfig } from './types';

/**
 * @param uri Where the file lies: its paths are relative to that folder.
 * @param policy Left out: trusted.
 */
export function diagnose(uri: string, text: string, policy?: PathPolicy): readonly Problem[] {
  const folder = dirname(toPath(uri));
  const rules = policy ?? { trusted: true, root: folder };
  if (basename(toPath(uri)).endsWith(CHECK_FILE_ENDING)) return checkFileProblems(text, folder, rules);
  const { file, problems, rangeOf } = parseWorkspaceFile(text);
  if (file === null) return problems;
  return [
    ...problems,
    ...Object.entries(file.models ?? {}).flatMap(([name, model]) => modelProblems(name, model, folder, rules, rangeOf)),
    ...checkProblems(file.checks ?? [], problems, folder, rules, rangeOf),
  ];
}

/** A `*.modelcheck.json`: its names and paths are those of the nearest workspace file. */
function checkFileProblems(text: string, start: string, policy: PathPolicy): readonly Problem[] {
  const folder = workspaceFolder(start, policy);
  const models = folder === null ? null : modelNames(readFileSync(join(folder, WORKSPACE_FILE), 'utf8'));
  const { file, problems, rangeOf } = parseCheckFile(text, models);
  if (file === null) return problems;
  return [...problems, ...checkProblems(file.checks, problems, folder ?? start, policy, rangeOf)];
}

function workspaceFolder(start: string, { trusted, root }: PathPolicy): string | null {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (!trusted && !isInside(folder, root)) return null;
    if (existsSync(join(folder, WORKSPACE_FILE))) return folder;
    if (folder === dirname(folder)) return null;
  }
}

function modelNames(text: string): readonly string[] | null {
  const { file } = parseWorkspaceFile(text);
  return file === null ? null : Object.keys(file.models ?? {});
}

/** Files that checks name; accepted mistakes may be written later. Data that is made by a script may be missing yet. */
function checkProblems(
  list: readonly CheckConfig[],
  known: readonly Problem[],
  folder: string,
  policy: PathPolicy,
  rangeOf: ParsedWorkspaceFile['rangeOf'],
): Problem[] {
  const faulty = new Set(known.map(({ path }) => Number(path?.[1])));
  return list.flatMap((check, index) => {
    if (faulty.has(index)) return [];
    const sample = 'sample' in check ? check.sample : undefined;
    const mask = check.kind === 'relevance' ? check.on.mask : undefined;
    const written: readonly (readonly [JsonPath, string | undefined, Problem['severity']])[] = [
      [['sample'], existsSync(resolve(folder, sample ?? '')) ? sample : sample?.replace(/[:#]\d+$/, ''), 'warning'],
      [['on', 'mask'], mask, 'error'],
    ];
    return written.flatMap(([path, value, severity]): Problem[] => {
      if (value === undefined) return [];
      const problem = pathProblem(value, followPath(value, folder, policy));
      if (problem === null) return [];
      return [{ ...problem, severity, range: rangeOf(['checks', index, ...path]) }];
    });
  });
}

function modelProblems(
  name: string,
  model: ModelConfig,
  folder: string,
  policy: PathPolicy,
  rangeOf: ParsedWorkspaceFile['rangeOf'],
): Problem[] {
  const written: readonly { readonly path: JsonPath; readonly value: string | undefined }[] = [
    { path: ['models', name, 'path'], value: model.path },
    ...inputPaths(model).map(({ key, value }) => ({ path: ['models', name, 'input', key], value })),
  ];
  const found: Problem[] = [];
  for (const { path, value } of written) {
    if (value === undefined) continue;
    const problem = pathProblem(value, followPath(value, folder, policy));
    if (problem !== null) found.push({ ...problem, severity: 'error', range: rangeOf(path) });
  }
  return found.length > 0 ? found : modelFileProblems(name, model, folder, policy, rangeOf);
}

/** Files an input names. */
export function inputPaths(
  model: ModelConfig,
): readonly { readonly key: string; readonly value: string | undefined }[] {
  switch (model.input?.kind) {
    case 'text':
      return [
        { key: 'tokenizer', value: model.input.tokenizer },
        { key: 'vocabulary', value: model.input.vocabulary },
      ];
    case 'image':
      return [{ key: 'preprocessor', value: model.input.preprocessor }];
    default:
      return [];
  }
}

function modelFileProblems(
  name: string,
  model: ModelConfig,
  folder: string,
  policy: PathPolicy,
  rangeOf: ParsedWorkspaceFile['rangeOf'],
): Problem[] {
  try {
    checkModelFile(modelFiles(followPath(model.path, folder, policy).path).model);
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const next = error.next === undefined ? {} : { next: error.next };
    return [
      { code: error.code, severity: 'error', message: error.what, ...next, range: rangeOf(['models', name, 'path']) },
    ];
  }
}
