/** From a feature to a model check: the class does not rest on it. */
import * as vscode from 'vscode';
import { applyEdits, modify, parse } from 'jsonc-parser';
import type { Features, PatternFeature, PatternsSubject, SampleAddress } from '../../server/protocol';
import type { ServerApi } from '../server/api';

const fileName = 'shortcuts.modelcheck.json';
/** Share of the relevance that a check made here allows; a person changes it in the file. */
const atMost = 0.1;
const layout = { formattingOptions: { insertSpaces: true, tabSize: 2 }, isArrayInsertion: true };

/**
 * Adds a check to `shortcuts.modelcheck.json` beside the workspace file of the dataset, and shows it there.
 * @param sample One that has the feature.
 */
export async function pinAsCheck(
  api: ServerApi,
  feature: PatternFeature,
  sample: SampleAddress,
  { model, datasets }: PatternsSubject,
): Promise<void> {
  const { features } = await api.predict({ address: sample, model });
  const on = placeOf(feature, features);
  if (on === null) return;
  const { folder, exact } = await api.shortcuts({ uris: datasets });
  const file = vscode.Uri.joinPath(vscode.Uri.parse(folder), fileName);
  const text = await textOf(file);
  const { checks = [] } = (parse(text) ?? {}) as { readonly checks?: readonly { readonly name?: string }[] };
  const name = unused(vscode.l10n.t('not read off {0}', feature.name), new Set(checks.map((check) => check.name)));
  const check = { name, kind: 'relevance', dataset: exact, ...(model === null ? {} : { model }), on, atMost };
  const edits = modify(text, ['checks', checks.length], check, layout);
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(applyEdits(text, edits)));
  const editor = await vscode.window.showTextDocument(file, { preview: false, viewColumn: vscode.ViewColumn.Beside });
  const at = editor.document.positionAt(editor.document.getText().lastIndexOf(JSON.stringify(name)));
  editor.selection = new vscode.Selection(at, at);
  editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

/** `on` of a relevance check; null for elements of tensors, which have no place that a check could name. */
function placeOf({ name, region }: PatternFeature, features: Features): object | null {
  switch (features.kind) {
    case 'tokens':
      return { words: [name] };
    case 'columns':
      return { columns: [name] };
    case 'pixels': {
      if (region === undefined) return null;
      // The model's pixels; a check speaks of the picture as it lies in its file.
      const { originX, originY, scaleX, scaleY } = features.placement;
      const [x, y] = [
        Math.max(0, Math.round(originX + region.x * scaleX)),
        Math.max(0, Math.round(originY + region.y * scaleY)),
      ];
      return {
        region: {
          x,
          y,
          width: Math.max(1, Math.round(region.width * scaleX)),
          height: Math.max(1, Math.round(region.height * scaleY)),
        },
      };
    }
    case 'elements':
      return null;
  }
}

function unused(name: string, taken: ReadonlySet<string | undefined>): string {
  for (let count = 1; ; count += 1) {
    const next = count === 1 ? name : `${name} (${count})`;
    if (!taken.has(next)) return next;
  }
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}

async function textOf(uri: vscode.Uri): Promise<string> {
  return (await exists(uri)) ? new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)) : '{ "checks": [] }\n';
}
