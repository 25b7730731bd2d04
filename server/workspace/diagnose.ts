/** Everything wrong with a workspace file, for the editor: also the files it names. */
import { dirname } from 'node:path';
import { UserError } from '../errors';
import { modelFiles } from './exportFolder';
import { checkModelFile } from './modelFile';
import { followPath, pathProblem } from './paths';
import { parseWorkspaceFile } from './parse';
import { toPath } from './uris';
import type { PathPolicy } from './paths';
import type { Problem } from './problem';
import type { JsonPath, ParsedWorkspaceFile } from './parse';
import type { ModelConfig } from './types';

/**
 * @param uri Where the file lies: its paths are relative to that folder.
 * @param policy Left out: trusted.
 */
export function diagnose(uri: string, text: string, policy?: PathPolicy): readonly Problem[] {
  const { file, problems, rangeOf } = parseWorkspaceFile(text);
  if (file === null) return problems;
  const folder = dirname(toPath(uri));
  const rules = policy ?? { trusted: true, root: folder };
  return [
    ...problems,
    ...Object.entries(file.models ?? {}).flatMap(([name, model]) => modelProblems(name, model, folder, rules, rangeOf)),
  ];
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
