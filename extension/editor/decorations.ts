/** Paints explained tokens and cells in the file itself, in the panel's colours. */
import * as vscode from 'vscode';
import type { Explanation } from '../../server/protocol';
import { readConfig, section } from '../config';
import { toRange } from '../errors';
import { steps, toBuckets } from './buckets';
import { sourcesOf } from './features';

/** `positive3` is the third step of evidence for the target. The colours are contributed in package.json. */
function createTypes(): ReadonlyMap<number, vscode.TextEditorDecorationType> {
  const types = new Map<number, vscode.TextEditorDecorationType>();
  for (let step = 1; step <= steps; step++)
    for (const sign of [1, -1]) {
      const name = `${section}.${sign > 0 ? 'positive' : 'negative'}${step}`;
      const type = vscode.window.createTextEditorDecorationType({
        backgroundColor: new vscode.ThemeColor(name),
        borderRadius: '2px',
        // Never colour alone: evidence against is underlined with dots, evidence for with a line, the stronger half only.
        ...(step > steps / 2 ? { textDecoration: sign > 0 ? 'underline' : 'underline dotted' } : {}),
        overviewRulerColor: new vscode.ThemeColor(name),
        rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
      });
      types.set(sign * step, type);
    }
  return types;
}

export class Decorations implements vscode.Disposable {
  private readonly types = createTypes();
  /** The newest explanation of each file. */
  private readonly shown = new Map<string, Explanation>();
  private readonly subscriptions: readonly vscode.Disposable[];

  constructor() {
    this.subscriptions = [
      vscode.window.onDidChangeVisibleTextEditors((editors) => editors.forEach((editor) => this.paint(editor))),
      vscode.window.onDidChangeTextEditorVisibleRanges((event) => this.paint(event.textEditor)),
      vscode.workspace.onDidChangeTextDocument((event) => {
        // The editor moves painted ranges itself; where an edit changed the sample, the panel asks again.
        if (event.contentChanges.length > 0) this.clear(event.document.uri.toString());
      }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(`${section}.decorations`)) this.repaint();
      }),
    ];
  }

  show(explanation: Explanation): void {
    const uri = sourcesOf(explanation.features).find((source) => source !== null)?.uri;
    if (uri === undefined) return;
    this.shown.set(uri, explanation);
    this.repaint(uri);
  }

  /** Takes the paint off one file, or off all. */
  clear(uri?: string): void {
    if (uri === undefined) this.shown.clear();
    else if (!this.shown.delete(uri)) return;
    this.repaint(uri);
  }

  dispose(): void {
    for (const item of [...this.subscriptions, ...this.types.values()]) item.dispose();
  }

  private repaint(uri?: string): void {
    for (const editor of vscode.window.visibleTextEditors)
      if (uri === undefined || editor.document.uri.toString() === uri) this.paint(editor);
  }

  private paint(editor: vscode.TextEditor): void {
    const explanation = readConfig().decorations ? this.shown.get(editor.document.uri.toString()) : undefined;
    const ranges = new Map<number, vscode.Range[]>([...this.types.keys()].map((bucket) => [bucket, []]));
    if (explanation !== undefined) {
      const sources = sourcesOf(explanation.features).map((source) => (source === null ? null : toRange(source.range)));
      const visible = sources.flatMap((range, index) =>
        range !== null && editor.visibleRanges.some((part) => part.intersection(range) !== undefined) ? [index] : [],
      );
      for (const { index, bucket } of toBuckets(explanation.relevance, visible)) {
        const range = sources[index];
        if (range !== null && range !== undefined) ranges.get(bucket)?.push(range);
      }
    }
    for (const [bucket, type] of this.types) editor.setDecorations(type, ranges.get(bucket) ?? []);
  }
}
