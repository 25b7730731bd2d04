/** Flagged shortcuts of the workspace file: which hold for a dataset, and the file with others. */
import picomatch from 'picomatch';
import { add, removeItem } from './edits';
import { datasetOf } from './locate';
import { parseWorkspaceFile } from './parse';
import { problemError } from './problem';
import { relativeSlashes } from './uris';
import type { LoadedWorkspace } from './locate';
import type { ShortcutConfig } from './types';

/** Features flagged for any of the files, in the order of the workspace file. */
export function shortcutsOf({ folder, file }: LoadedWorkspace, paths: readonly string[]): readonly string[] {
  const seen = paths.map((path) => relativeSlashes(folder, path));
  const own = (file.shortcuts ?? []).filter((entry) => seen.some(matching(entry)));
  return [...new Set(own.flatMap(({ features }) => features))];
}

/** What a new entry says about files: the glob of their dataset's entry, else one made of them. */
export function globFor(workspace: LoadedWorkspace | null, folder: string, paths: readonly string[]): string {
  const [first = ''] = paths;
  const entry = workspace === null ? null : datasetOf(workspace, first);
  const seen = paths.map((path) => relativeSlashes(folder, path));
  if (entry !== null && seen.every(matching(entry))) return entry.files;
  return commonGlob(seen);
}

/** The one file, or all of its kind in the folder that the files have in common. */
export function commonGlob(paths: readonly string[]): string {
  const [first = []] = paths.map((path) => path.split('/'));
  if (paths.length === 1) return first.join('/');
  let same = 0;
  while (same < first.length - 1 && paths.every((path) => path.split('/')[same] === first[same])) same += 1;
  const ending = /\.\w+$/.exec(first.at(-1) ?? '')?.[0] ?? '';
  return [...first.slice(0, same), '**', `*${ending}`].join('/');
}

/**
 * Text of the workspace file in which exactly these features are flagged for the files.
 * @param existing Null where there is no file yet.
 * @param paths Relative to the file, with slashes.
 * @param glob Of a new entry, where no entry matches all of the files.
 * @throws UserError with the place when the existing text is invalid.
 */
export function withShortcuts(
  uri: string,
  existing: string | null,
  paths: readonly string[],
  glob: string,
  features: readonly string[],
): string {
  if (existing === null || existing.trim() === '') {
    const shortcuts = features.length === 0 ? [] : [{ files: glob, features }];
    return `${JSON.stringify({ shortcuts }, null, 2)}\n`;
  }
  let text = existing.replace(/^\uFEFF/, '');
  const entries = entriesOf(uri, text);
  const own = entries.flatMap((entry, index) => (paths.some(matching(entry)) ? [index] : []));
  const had = new Set(own.flatMap((index) => entries[index]?.features ?? []));
  // From behind, so that the places before stay what they are.
  for (const index of own.reverse()) text = without(text, index, entries[index] as ShortcutConfig, new Set(features));
  const fresh = features.filter((feature) => !had.has(feature));
  if (fresh.length === 0) return text;
  const left = entriesOf(uri, text);
  const at = left.findIndex((entry) => paths.every(matching(entry)));
  if (at >= 0) return fresh.reduce((now, feature) => add(now, ['shortcuts', at, 'features'], null, feature), text);
  const entry: ShortcutConfig = { files: glob, features: fresh };
  return hasList(uri, text) ? add(text, ['shortcuts'], null, entry) : add(text, [], 'shortcuts', [entry]);
}

/** Takes features that are not wanted out of an entry, and an entry that is empty then. */
function without(text: string, index: number, { features }: ShortcutConfig, wanted: ReadonlySet<string>): string {
  if (features.every((feature) => !wanted.has(feature))) return removeItem(text, ['shortcuts'], index);
  let now = text;
  for (const at of [...features.keys()].reverse())
    if (!wanted.has(features[at] ?? '')) now = removeItem(now, ['shortcuts', index, 'features'], at);
  return now;
}

function entriesOf(uri: string, text: string): readonly ShortcutConfig[] {
  return fileOf(uri, text).shortcuts ?? [];
}

function hasList(uri: string, text: string): boolean {
  return fileOf(uri, text).shortcuts !== undefined;
}

function fileOf(uri: string, text: string): { readonly shortcuts?: readonly ShortcutConfig[] } {
  const { file, problems } = parseWorkspaceFile(text);
  const broken = problems.find(({ severity }) => severity === 'error');
  if (file === null && broken !== undefined) throw problemError(uri, broken);
  return file ?? {};
}

function matching({ files }: { readonly files: string }): (path: string) => boolean {
  return picomatch(files.replace(/^\.\//, ''), { dot: true });
}
