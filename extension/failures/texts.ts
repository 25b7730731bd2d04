/** What a test menu passes: the texts to look for a sample in. Of other extensions' tests little survives. */
import * as vscode from 'vscode';
import type { SampleCandidate } from '../../server/protocol';
import { rowFile, wholeFile } from '../samples/address';
import { sightings } from './candidates';

/** Argument of `testing/message/context` and `testing/message/content`. */
export interface MessageArgument {
  readonly test: vscode.TestItem | undefined;
  readonly message: vscode.TestMessage;
}

export interface FailureTexts {
  /** The most telling first. */
  readonly texts: readonly string[];
  /** Where the failure was reported. */
  readonly location: vscode.Location | null;
  /** Files that relative paths may be meant from. */
  readonly near: readonly vscode.Uri[];
}

export function isMessageArgument(value: unknown): value is MessageArgument {
  return (
    typeof value === 'object' &&
    value !== null &&
    'message' in value &&
    typeof value.message === 'object' &&
    value.message !== null &&
    'message' in value.message
  );
}

export function isTestItem(value: unknown): value is vscode.TestItem {
  return typeof value === 'object' && value !== null && 'id' in value && 'label' in value && 'children' in value;
}

export async function textsOfMessage({ test, message }: MessageArgument): Promise<FailureTexts> {
  const { contextValue, expectedOutput, actualOutput, location } = message;
  const told = typeof message.message === 'string' ? message.message : message.message.value;
  const named = test === undefined ? [] : [test.label, test.id];
  const source = await sourceLine(location ?? locationOf(test));
  return {
    texts: [contextValue, told, actualOutput, expectedOutput, ...named, source]
      .filter((text) => text !== undefined)
      .map(plain),
    location: location ?? null,
    near: [location?.uri, test?.uri].filter((uri) => uri !== undefined),
  };
}

export async function textsOfItem(item: vscode.TestItem): Promise<FailureTexts> {
  const source = await sourceLine(locationOf(item));
  return {
    texts: [item.label, item.id, ...(source === undefined ? [] : [source])].map(plain),
    location: null,
    near: item.uri === undefined ? [] : [item.uri],
  };
}

/** Names that are looked up at most. */
const MOST = 100;

/** Names in all texts; a marker in any of them says it alone. */
export function candidatesOf(
  { texts, location }: FailureTexts,
  patterns: readonly string[],
): readonly SampleCandidate[] {
  const found = texts.flatMap((text) => sightings(text, patterns));
  const certain = found.filter((sighting) => sighting.certain);
  const own = location === null || certain.length > 0 ? [] : rowAt(location);
  const all = [...own, ...(certain.length > 0 ? certain : found).map(({ candidate }) => candidate)];
  const different = new Map(all.map((candidate) => [JSON.stringify({ ...candidate, text: '' }), candidate]));
  return [...different.values()].slice(0, MOST);
}

/** A failure that is reported in a dataset names its row by that. */
function rowAt({ uri, range }: vscode.Location): readonly SampleCandidate[] {
  const path = uri.fsPath;
  if (wholeFile.test(uri.path)) return [{ kind: 'file', path, text: path }];
  if (!rowFile.test(uri.path) || uri.path.endsWith('.json')) return [];
  const line = range.start.line + 1;
  return [{ kind: 'file', path, line, text: `${vscode.workspace.asRelativePath(uri)}:${line}` }];
}

function locationOf(item: vscode.TestItem | undefined): vscode.Location | undefined {
  if (item?.uri === undefined || item.range === undefined) return undefined;
  return new vscode.Location(item.uri, item.range);
}

/** The line of a test's source, which may name the sample that its message does not. */
async function sourceLine(location: vscode.Location | undefined): Promise<string | undefined> {
  if (location === undefined || rowFile.test(location.uri.path)) return undefined;
  try {
    const document = await vscode.workspace.openTextDocument(location.uri);
    return document.lineAt(Math.min(location.range.start.line, document.lineCount - 1)).text;
  } catch {
    return undefined;
  }
}

/** Without the colours of a terminal. */
function plain(text: string): string {
  // eslint-disable-next-line no-control-regex -- escape sequences begin with it
  return text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '');
}
