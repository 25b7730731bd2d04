/** Text of a workspace file → its content, or the problems with their places. JSON with comments. */
import { findNodeAtLocation, getNodeValue, parseTree, printParseErrorCode } from 'jsonc-parser';
import { checks } from './checks';
import { modelCheckFindings } from './modelChecks';
import { rangeAt } from './positions';
import { validate } from './validate';
import type { Node, ParseError } from 'jsonc-parser';
import type { Range } from '../protocol';
import type { CheckFile } from './checkTypes';
import type { Finding } from './findings';
import type { Problem } from './problem';
import type { FileKind, Violation } from './validate';
import type { WorkspaceFile } from './types';

export type JsonPath = readonly (string | number)[];

export interface Parsed<File> {
  /** Null when an error was found; one in a model check spoils only that check, see `checkList.ts`. */
  readonly file: File | null;
  readonly problems: readonly Problem[];
  /** Place of the value at a path; of the nearest ancestor that exists otherwise. */
  readonly rangeOf: (path: JsonPath) => Range;
}

export type ParsedWorkspaceFile = Parsed<WorkspaceFile>;

/** Parses and checks everything that the text alone can tell (files that it names are looked at in `paths.ts`). */
export function parseWorkspaceFile(source: string): ParsedWorkspaceFile {
  return parse(source, 'workspace', checks);
}

/**
 * The same for a `*.modelcheck.json`.
 * @param models Names of the workspace file's models; null where it is not known.
 */
export function parseCheckFile(source: string, models: readonly string[] | null = null): Parsed<CheckFile> {
  return parse<CheckFile>(source, 'checks', (file) => modelCheckFindings(['checks'], file.checks, models));
}

function parse<File>(source: string, kind: FileKind, find: (file: File) => Finding[]): Parsed<File> {
  const text = source.startsWith('\uFEFF') ? source.slice(1) : source;
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const rangeOf = (path: JsonPath): Range => rangeOfNode(text, root, path);
  if (root === undefined || errors.length > 0) {
    const problems = errors.map((error) => syntaxProblem(text, error));
    return { file: null, problems: problems.length > 0 ? problems : [emptyFile(text, kind)], rangeOf };
  }
  const data: unknown = getNodeValue(root);
  const problems = [
    ...duplicateKeys(root).map((key) => duplicateProblem(text, key)),
    ...validate(data, kind).map((violation) => violationProblem(text, root, violation)),
  ];
  if (problems.some(({ path }) => !isInCheck(path))) return { file: null, problems, rangeOf };
  const file = data as File;
  const found = find(withoutFaulty(file, problems)).map((finding) => ({ ...finding, range: rangeOf(finding.path) }));
  const spoilt = found.some(({ severity, path }) => severity === 'error' && !isInCheck(path));
  return { file: spoilt ? null : file, problems: [...problems, ...found], rangeOf };
}

function isInCheck(path: JsonPath | undefined): boolean {
  return path?.[0] === 'checks' && path.length > 1;
}

/** Checks that do not fit the schema are not looked at further; the others keep their places. */
function withoutFaulty<File>(file: File, problems: readonly Problem[]): File {
  if (problems.length === 0) return file;
  const faulty = new Set(problems.map(({ path }) => Number(path?.[1])));
  const { checks: list } = file as { readonly checks: readonly unknown[] };
  return { ...file, checks: list.map((check, index) => (faulty.has(index) ? null : check)) };
}

function syntaxProblem(text: string, error: ParseError): Problem {
  const words = printParseErrorCode(error.error)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  const length = Math.max(error.length, 1);
  return {
    code: 'invalid-json',
    severity: 'error',
    message: `Not valid JSON: ${words}.`,
    range: rangeAt(text, Math.min(error.offset, Math.max(text.length - 1, 0)), length),
  };
}

function emptyFile(text: string, kind: FileKind): Problem {
  return {
    code: 'invalid-json',
    severity: 'error',
    message: kind === 'workspace' ? 'The workspace file is empty.' : 'The file of model checks is empty.',
    next: kind === 'workspace' ? 'Write at least {}.' : 'Write at least { "checks": [] }.',
    range: rangeAt(text, 0, text.length),
  };
}

function violationProblem(text: string, root: Node, violation: Violation): Problem {
  const { code, message, next, path, property } = violation;
  const range = property === undefined ? rangeOfNode(text, root, path) : rangeOfKey(text, root, [...path, property]);
  return { code, severity: 'error', message, ...(next === undefined ? {} : { next }), range, path };
}

function duplicateProblem(text: string, key: Node): Problem {
  return {
    code: 'duplicate-property',
    severity: 'error',
    message: `"${String(key.value)}" is there twice.`,
    next: 'Rename or remove one of them.',
    range: rangeAt(text, key.offset, key.length),
  };
}

/** Later keys that repeat an earlier one of the same object. */
function duplicateKeys(node: Node): Node[] {
  const seen = new Set<unknown>();
  const found: Node[] = [];
  for (const child of node.children ?? []) {
    const key = node.type === 'object' ? child.children?.[0] : undefined;
    if (key !== undefined && seen.has(key.value)) found.push(key);
    seen.add(key?.value);
    found.push(...duplicateKeys(child));
  }
  return found;
}

/** Scalars: the value itself. Objects and arrays: the key they belong to, so that not half the file is underlined. */
function rangeOfNode(text: string, root: Node | undefined, path: JsonPath): Range {
  if (root === undefined) return rangeAt(text, 0, text.length);
  const node = nodeAt(root, path);
  if (node === undefined) return rangeOfNode(text, root, path.slice(0, -1));
  if (node.type !== 'object' && node.type !== 'array') return rangeAt(text, node.offset, node.length);
  const key = node.parent?.type === 'property' ? node.parent.children?.[0] : undefined;
  return key === undefined ? rangeAt(text, node.offset, 1) : rangeAt(text, key.offset, key.length);
}

function rangeOfKey(text: string, root: Node, path: JsonPath): Range {
  const key = nodeAt(root, path)?.parent?.children?.[0];
  return key === undefined ? rangeOfNode(text, root, path) : rangeAt(text, key.offset, key.length);
}

function nodeAt(root: Node, path: JsonPath): Node | undefined {
  let node: Node | undefined = root;
  for (const part of path) {
    if (node === undefined) return undefined;
    node = findNodeAtLocation(node, [node.type === 'array' ? Number(part) : String(part)]);
  }
  return node;
}
