/** What is wrong with the labels files that a workspace file names: missing ones, and whether lines and pictures fit. */
import { dirname } from 'node:path';
import { UserError } from '../errors';
import { fileName } from '../dataset';
import { breathing } from '../survey/slices';
import { parseWorkspaceFile } from '../workspace/parse';
import { workspaceFolderOf } from '../workspace/locate';
import { toPath, toUri } from '../workspace/uris';
import { isPicture } from './addresses';
import { openLabelsFile } from './labelsFile';
import { filesOf } from './population/files';
import type { LoadedWorkspace } from '../workspace/locate';
import type { Problem } from '../workspace/problem';
import type { DatasetConfig } from '../workspace/types';
import type { LabelsFile } from './labelsFile';
import type { PrepareContext } from './prepare';

type Context = Pick<PrepareContext, 'samples' | 'uses' | 'folders' | 'trusted'>;

/** How the lines of a labels file and the pictures of a dataset fit each other. */
export interface LabelsFit {
  readonly pictures: number;
  readonly lines: number;
  /** Pictures without a line, lines without a picture, lines that mean more than one picture. */
  readonly without: readonly string[];
  readonly unused: readonly string[];
  readonly ambiguous: readonly string[];
  /** Names with two labels. */
  readonly contradicted: readonly string[];
}

const MOST_NAMED = 3;

/**
 * @param uri Of the workspace file. @param text Its content, which may not be saved yet.
 * @returns Nothing for a file that is faulty itself.
 */
export async function labelsProblems(context: Context, uri: string, text: string): Promise<readonly Problem[]> {
  const { file, rangeOf } = parseWorkspaceFile(text);
  if (file === null) return [];
  const folder = dirname(toPath(uri));
  const root = workspaceFolderOf(folder, context.folders) ?? folder;
  const workspace: LoadedWorkspace = { uri, folder, root, file, rangeOf };
  const policy = { trusted: context.trusted, root };
  const found: Problem[] = [];
  for (const [index, dataset] of (file.datasets ?? []).entries()) {
    const from = dataset.labelFrom;
    if (typeof from !== 'object' || !('file' in from)) continue;
    const range = rangeOf(['datasets', index, 'labelFrom', 'file']);
    const classes = file.models?.[dataset.model ?? '']?.labels ?? [];
    try {
      const labels = await openLabelsFile(context, { workspace, policy }, dataset, from, classes);
      const paths = await picturesOf(dataset, folder, policy);
      if (paths === null) continue;
      const message = fitWords(fileName(labels.uri), await fitOf(labels, paths));
      if (message !== null) found.push({ code: 'labels-differ', severity: 'warning', message, range });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // Classes that only the model's own files name may settle which columns it is.
      if (error.code === 'label-column-unclear' && classes.length === 0) continue;
      const { code, what, next, range: place, uri: where } = error;
      const told = { code, severity: 'error' as const, message: what, ...(next === undefined ? {} : { next }) };
      found.push({ ...told, range: where === uri && place !== undefined ? place : range });
    }
  }
  return found;
}

/** Null where there are none yet, which is said elsewhere. */
async function picturesOf(
  { files }: DatasetConfig,
  folder: string,
  policy: Parameters<typeof filesOf>[2],
): Promise<readonly string[] | null> {
  try {
    return (await filesOf(files, folder, policy)).filter(isPicture);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return null;
  }
}

/** @param pictures Absolute paths. */
export async function fitOf(labels: LabelsFile, pictures: readonly string[]): Promise<LabelsFit> {
  const named = new Map<string, number>();
  const without: string[] = [];
  const breathe = breathing();
  for (const path of pictures) {
    const name = labels.nameOf(toUri(path));
    if (name === null) without.push(fileName(toUri(path)));
    else named.set(name, (named.get(name) ?? 0) + 1);
    await breathe();
  }
  return {
    pictures: pictures.length,
    lines: labels.lines.size,
    without,
    unused: [...labels.lines.keys()].filter((name) => !named.has(name)),
    ambiguous: [...named].flatMap(([name, times]) => (times > 1 ? [name] : [])),
    contradicted: [...labels.lines].flatMap(([name, { against }]) => (against === null ? [] : [name])),
  };
}

/** One sentence for each thing that does not fit; null where all does. */
export function fitWords(file: string, fit: LabelsFit): string | null {
  const say = (names: readonly string[], words: string): string[] => {
    if (names.length === 0) return [];
    const rest = names.length > MOST_NAMED ? ', …' : '';
    return [`${words} (${names.slice(0, MOST_NAMED).join(', ')}${rest})`];
  };
  const { pictures, lines, without, unused, ambiguous, contradicted } = fit;
  const told = [
    ...say(
      contradicted,
      `${contradicted.length} of ${lines} names stand there with different labels, which count for nothing`,
    ),
    ...say(without, `${without.length} of ${pictures} pictures have no line`),
    ...say(unused, `${unused.length} of ${lines} names are no picture of this dataset`),
    ...say(ambiguous, `${ambiguous.length} of ${lines} names mean more than one picture: write more of their paths`),
  ];
  return told.length === 0 ? null : `${file}: ${told.join('; ')}.`;
}
