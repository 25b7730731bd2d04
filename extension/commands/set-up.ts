/** The guided first run, from the palette or the walkthrough. */
import * as vscode from 'vscode';
import type { Context } from '../context';
import { PersonalError } from '../errors';
import { addressInFront } from '../samples/address';
import { setUp } from '../setup';

export async function setUpWorkspace(context: Context): Promise<void> {
  const address = addressInFront() ?? (await firstDataset());
  if (address === undefined)
    throw new PersonalError({
      code: 'no-dataset',
      what: vscode.l10n.t('There is no dataset file or picture to set up for.'),
      where: null,
      next: vscode.l10n.t('Open the folder with your data, then a .csv, .jsonl or .png file in it.'),
    });
  if (await setUp(context, address))
    void vscode.window.showInformationMessage(
      vscode.l10n.t('model-blame.json is written. Right-click a row or picture: Explain with Model Blame.'),
    );
}

async function firstDataset() {
  const [uri] = await vscode.workspace.findFiles('**/*.{csv,tsv,jsonl,ndjson,png,jpg}', '**/node_modules/**', 1);
  if (uri === undefined) return undefined;
  return /\.(png|jpg)$/i.test(uri.path)
    ? ({ kind: 'file', uri: uri.toString() } as const)
    : ({ kind: 'record', uri: uri.toString(), record: 1 } as const);
}
