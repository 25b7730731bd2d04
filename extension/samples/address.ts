/** From a gesture to the address of a sample. */
import * as vscode from 'vscode';
import type { SampleAddress } from '../../server/protocol';

/** Files a row can be explained in. The same pattern stands in the menus' `when` clauses. */
export const rowFile = /\.(csv|tsv|jsonl|ndjson|json|txt)$/i;
/** Files that are one sample. */
export const wholeFile = /\.(png|jpe?g|npy)$/i;

/** Argument of `editor/lineNumber/context`: the line is 1-based. */
interface GutterArgument {
  readonly lineNumber: number;
  readonly uri: vscode.Uri;
}

function isGutterArgument(value: unknown): value is GutterArgument {
  return (
    typeof value === 'object' &&
    value !== null &&
    'lineNumber' in value &&
    typeof value.lineNumber === 'number' &&
    'uri' in value &&
    value.uri instanceof vscode.Uri
  );
}

/** The row of a gutter argument, else the one with the cursor; null when no text file is in front. */
export function rowAddress(argument: unknown): SampleAddress | null {
  if (isGutterArgument(argument))
    return { kind: 'line', uri: argument.uri.toString(), line: Math.floor(argument.lineNumber) };
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) return null;
  return { kind: 'line', uri: editor.document.uri.toString(), line: editor.selection.active.line + 1 };
}

/** Schemes whose documents have a place that a cursor can go back to. */
const revealable = new Set(['file', 'untitled', 'vscode-notebook-cell']);

/** The selected text; null when nothing is selected. */
export function selectionAddress(): SampleAddress | null {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || editor.selection.isEmpty) return null;
  const { document, selection } = editor;
  if (!revealable.has(document.uri.scheme)) return { kind: 'text', text: document.getText(selection) };
  const { start, end } = selection;
  return {
    kind: 'selection',
    uri: document.uri.toString(),
    range: {
      start: { line: start.line, character: start.character },
      end: { line: end.line, character: end.character },
    },
  };
}

/** The picture or tensor of an explorer item, else of the tab in front; null when there is none. */
export function fileAddress(argument: unknown): SampleAddress | null {
  const uri = argument instanceof vscode.Uri ? argument : activeTabUri();
  return uri !== null && wholeFile.test(uri.path) ? { kind: 'file', uri: uri.toString() } : null;
}

/** What the editor in front offers without asking: a selection, a row, a picture; null for none of them. */
export function addressInFront(): SampleAddress | null {
  const editor = vscode.window.activeTextEditor;
  if (editor !== undefined) {
    const selected = selectionAddress();
    if (selected !== null) return selected;
    if (rowFile.test(editor.document.uri.path)) return rowAddress(undefined);
  }
  return fileAddress(undefined);
}

export function uriOf(address: SampleAddress): string | null {
  return 'uri' in address ? address.uri : null;
}

/** Pictures are shown by custom editors: their file is known to the tab only. */
function activeTabUri(): vscode.Uri | null {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText) return input.uri;
  return null;
}
