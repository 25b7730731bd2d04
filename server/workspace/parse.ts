/** Text of a workspace file → its content, or the problems with their places. JSON with comments. */
import { findNodeAtLocation, getNodeValue, parseTree, printParseErrorCode } from 'jsonc-parser';
import { checks } from './checks';
import { rangeAt } from './positions';
import { validate } from './validate';
import type { Node, ParseError } from 'jsonc-parser';
import type { Range } from '../protocol';
import type { Problem } from './problem';
import type { Violation } from './validate';
import type { WorkspaceFile } from './types';

export type JsonPath = readonly (string | number)[];

export interface ParsedWorkspaceFile {
  /** Null when an error was found. */
  readonly file: WorkspaceFile | null;
  readonly problems: readonly Problem[];
  /** Place of the value at a path; of the nearest ancestor that exists otherwise. */
  readonly rangeOf: (path: JsonPath) => Range;
}

/** Parses and checks everything that the text alone can tell (files that it names are looked at in `paths.ts`). */
export function parseWorkspaceFile(source: string): ParsedWorkspaceFile {
  const text = source.startsWith('\uFEFF') ? source.slice(1) : source;
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const rangeOf = (path: JsonPath): Range => rangeOfNode(text, root, path);
  if (root === undefined || errors.length > 0) {
    const problems = errors.map((error) => syntaxProblem(text, error));
    return { file: null, problems: problems.length > 0 ? problems : [emptyFile(text)], rangeOf };
  }
  const data: unknown = getNodeValue(root);
  const problems = [
    ...duplicateKeys(root).map((key) => duplicateProblem(text, key)),
    ...validate(data).map((violation) => violationProblem(text, root, violation)),
  ];
  if (problems.length > 0) return { file: null, problems, rangeOf };
  const file = data as WorkspaceFile;
  const found = checks(file).map(({ path, ...problem }) => ({ ...problem, range: rangeOf(path) }));
  return { file: found.some(({ severity }) => severity === 'error') ? null : file, problems: found, rangeOf };
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

function emptyFile(text: string): Problem {
  return {
    code: 'invalid-json',
    severity: 'error',
    message: 'The workspace file is empty.',
    next: 'Write at least {}.',
    range: rangeAt(text, 0, text.length),
  };
}

function violationProblem(text: string, root: Node, violation: Violation): Problem {
  const { code, message, next, path, property } = violation;
  const range = property === undefined ? rangeOfNode(text, root, path) : rangeOfKey(text, root, [...path, property]);
  return { code, severity: 'error', message, ...(next === undefined ? {} : { next }), range };
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
