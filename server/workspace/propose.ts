/** Writes a model and a dataset into a workspace file, keeping its comments and its formatting. */
import { applyEdits, findNodeAtLocation, modify, parseTree } from 'jsonc-parser';
import { parseWorkspaceFile } from './parse';
import { problemError } from './problem';
import type { FormattingOptions, JSONPath, Node } from 'jsonc-parser';
import type { DatasetConfig, ModelConfig, WorkspaceFile } from './types';

export interface Proposal {
  readonly name: string;
  readonly model: ModelConfig;
  readonly dataset: DatasetConfig | null;
}

/** New content of the workspace file. Throws a UserError with the place when the existing one is invalid. */
export function propose(uri: string, existing: string | null, proposal: Proposal): string {
  if (existing === null || existing.trim() === '') return `${JSON.stringify(fresh(proposal), null, 2)}\n`;
  const { file, problems } = parseWorkspaceFile(existing);
  const broken = problems.find(({ severity }) => severity === 'error');
  if (file === null || broken !== undefined) throw problemError(uri, broken as (typeof problems)[number]);

  let text = existing.replace(/^\uFEFF/, '');
  const known = nameOfModel(file, proposal.model.path);
  const name = known ?? freeName(proposal.name, file);
  if (known === null) text = add(text, ['models'], name, proposal.model);
  if (proposal.dataset === null) return text;
  const dataset = { ...proposal.dataset, model: name };
  const at = (file.datasets ?? []).findIndex(({ files }) => files === dataset.files);
  if (file.datasets === undefined) return add(text, [], 'datasets', [dataset]);
  if (at === -1) return add(text, ['datasets'], null, dataset);
  for (const [key, value] of Object.entries(dataset)) text = set(text, ['datasets', at, key], value);
  return text;
}

function fresh({ name, model, dataset }: Proposal): WorkspaceFile {
  return { models: { [name]: model }, ...(dataset === null ? {} : { datasets: [{ ...dataset, model: name }] }) };
}

/** A model that is there already keeps its entry. */
function nameOfModel(file: WorkspaceFile, path: string): string | null {
  const plain = (written: string): string => written.replace(/^\.\//, '').replace(/\/$/, '');
  const entry = Object.entries(file.models ?? {}).find(([, model]) => plain(model.path) === plain(path));
  return entry?.[0] ?? null;
}

function freeName(wanted: string, file: WorkspaceFile): string {
  const taken = Object.keys(file.models ?? {});
  let name = wanted;
  for (let count = 2; taken.includes(name); count++) name = `${wanted}-${count}`;
  return name;
}

/**
 * Adds a property (or an array item, `key` null) behind the last one. `modify` would reformat the lines around it
 * and move a comment at the end of the last entry's line behind the new one, so the text is inserted by hand.
 */
function add(text: string, container: JSONPath, key: string | null, value: unknown): string {
  const root = parseTree(text);
  const parent = root === undefined ? undefined : findNodeAtLocation(root, container);
  const last = parent?.children?.at(-1);
  if (parent === undefined || last === undefined) return set(text, [...container, key ?? 0], value);

  const options = formattingOf(text);
  const indent = indentOf(text, last);
  const unit = options.insertSpaces === true ? ' '.repeat(options.tabSize ?? 2) : '\t';
  const end = last.offset + last.length;
  const rest = /^([ \t]*,)?([ \t]*(?:\/\/[^\r\n]*|\/\*(?:(?!\*\/)[^\r\n])*\*\/)?[ \t]*)(?=\r|\n)/.exec(text.slice(end));
  const comma =
    rest?.[1] ?? /^(?:\s|\/\*[^]*?\*\/|\/\/.*)*?,/.exec(text.slice(end, parent.offset + parent.length))?.[0];
  const json = (spacing?: string): string =>
    `${key === null ? '' : `${JSON.stringify(key)}: `}${JSON.stringify(value, null, spacing)}`;
  if (rest === null || indent === null) {
    const at = end + (comma?.length ?? 0);
    return `${text.slice(0, at)}${comma === undefined ? ',' : ''} ${json()}${text.slice(at)}`;
  }
  const eol = options.eol ?? '\n';
  const block = json(unit).replaceAll('\n', `${eol}${indent}`);
  const behind = text.slice(end + rest[0].length);
  return `${text.slice(0, end)},${rest[2] ?? ''}${eol}${indent}${block}${behind}`;
}

/** White space before a node that begins its line; null when something else stands before it. */
function indentOf(text: string, node: Node): string | null {
  return /(?:^|[\r\n])([ \t]*)$/.exec(text.slice(0, node.offset))?.[1] ?? null;
}

function set(text: string, path: JSONPath, value: unknown): string {
  return applyEdits(text, modify(text, path, value, { formattingOptions: formattingOf(text) }));
}

function formattingOf(text: string): FormattingOptions {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ';
  return {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 4 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}
