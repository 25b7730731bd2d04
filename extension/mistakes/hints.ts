/** In the dataset file itself: a lens above the selected row, and a hover. Both say only what is known already. */
import * as vscode from 'vscode';
import { signed } from '../../server/render/numbers';
import { readConfig, section } from '../config';
import { rowFile } from '../samples/address';
import type { KnownRows } from './known';
import { escapeMarkdown } from './markdown';
import type { Surveys } from './surveys';
import { rowTooltip } from './tooltip';
import { topFeatures } from './top-features';
import { inert, verdict } from './words';

const selector: vscode.DocumentSelector = [{ scheme: 'file', pattern: '**/*.{csv,tsv,jsonl,ndjson,json,txt}' }];
/** The caret passes rows on its way: the lens waits until it rests. */
const rest = 120;
const shownFeatures = 6;

export class RowLens implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changed.event;
  private readonly subscriptions: readonly { dispose(): unknown }[];
  private timer: NodeJS.Timeout | undefined;
  private selected = '';

  constructor(
    private readonly known: KnownRows,
    surveys: Surveys,
  ) {
    this.subscriptions = [
      this.changed,
      vscode.languages.registerCodeLensProvider(selector, this),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor: { document, selection } }) => {
        const now = `${document.uri.toString()}#${selection.active.line}`;
        if (now === this.selected || !this.known.covers(document.uri.toString())) return;
        this.selected = now;
        this.later();
      }),
      surveys.onChange(() => this.later()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(`${section}.codeLens`)) this.later();
      }),
    ];
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    const editor = vscode.window.visibleTextEditors.find((visible) => visible.document === document);
    if (editor === undefined || !readConfig().codeLens) return [];
    const { line } = editor.selection.active;
    const known = await this.known.at(document.uri.toString(), line);
    if (known === null) return [];
    const { row, stale } = known;
    const begin = (row.line ?? line + 1) - 1;
    const place = new vscode.Range(begin, 0, begin, 0);
    const title = [
      verdict(row),
      ...(stale ? [`· ${vscode.l10n.t('out of date')}`] : []),
      `· ${vscode.l10n.t('explain')}`,
    ].join(' ');
    const command = { title, command: 'modelBlame.mistakes.open', arguments: [row] };
    return [new vscode.CodeLens(place, command)];
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const item of this.subscriptions) item.dispose();
  }

  private later(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.changed.fire(), rest);
  }
}

/** Prediction, gold label, and the strongest words of an explanation that was shown before. Never runs a model. */
export function registerHover(known: KnownRows): vscode.Disposable {
  return vscode.languages.registerHoverProvider(selector, {
    async provideHover({ uri }, { line }, token) {
      if (!rowFile.test(uri.path)) return null;
      const found = await known.at(uri.toString(), line);
      if (found === null || token.isCancellationRequested) return null;
      const { row, stale, explanation } = found;
      const text = rowTooltip({ ...row, text: null });
      const features = explanation === null ? [] : topFeatures(explanation, shownFeatures);
      if (explanation !== null && features.length > 0) {
        const list = features.map(({ name, relevance }) => `${inert(name, 40)} ${signed(relevance)}`).join(', ');
        text.appendMarkdown(`\n\n${escapeMarkdown(`${explanation.method}: ${list}`)}`);
      }
      if (stale) text.appendMarkdown(`\n\n${escapeMarkdown(vscode.l10n.t('Model or data changed since.'))}`);
      return new vscode.Hover(text);
    },
  });
}
