/** Explain what a menu points at: a row, the selected text, a picture or tensor. */
import * as vscode from 'vscode';
import type { SampleAddress } from '../../server/protocol';
import type { Context } from '../context';
import { PersonalError } from '../errors';
import { fileAddress, rowAddress, selectionAddress } from '../samples/address';

export function explain(context: Context, address: SampleAddress): void {
  context.panels.show({ address, model: null });
}

/** `editor/context`, `editor/lineNumber/context` and the palette. */
export function explainRow(context: Context, argument: unknown): void {
  const address = rowAddress(argument);
  if (address === null)
    throw nothing(vscode.l10n.t('No dataset row is in front.'), vscode.l10n.t('Open a .csv, .tsv or .jsonl file.'));
  explain(context, address);
}

export function explainSelection(context: Context): void {
  const address = selectionAddress();
  if (address === null)
    throw nothing(vscode.l10n.t('No text is selected.'), vscode.l10n.t('Select the text to explain in an editor.'));
  explain(context, address);
}

/** `explorer/context` and `editor/title` of pictures and tensors. */
export function explainFile(context: Context, argument: unknown): void {
  const address = fileAddress(argument);
  if (address === null)
    throw nothing(
      vscode.l10n.t('No picture or tensor is in front.'),
      vscode.l10n.t('Right-click a .png, .jpg or .npy file in the explorer.'),
    );
  explain(context, address);
}

function nothing(what: string, next: string): PersonalError {
  return new PersonalError({ code: 'nothing-to-explain', what, where: null, next });
}
