/** Wrong rows as information-level diagnostics: off until asked for, capped, moved with their rows, cleared by edits. */
import * as vscode from 'vscode';
import type { SurveyRow } from '../../server/protocol';
import { readConfig, section } from '../config';
import { isCancellation } from '../errors';
import { shiftRows } from './shift-rows';
import type { Surveys } from './surveys';
import { viewId } from './tree';
import { count, verdict } from './words';

interface Marked {
  readonly line: number;
  readonly message: string;
  /** Which of the collections it is in. */
  readonly part: number;
}

/** The editor shows 1000 of a collection's marks in a file, 1100 in all, and leaves out the others. */
const ofCollection = 1000;
/** Of the setting, whatever it says. */
const mostMarked = 10_000;

/** A running survey changes twice a second; its diagnostics need not. */
const delay = 500;

export class MistakeDiagnostics implements vscode.Disposable {
  private readonly collections: vscode.DiagnosticCollection[] = [];
  private readonly marked = new Map<string, Marked[]>();
  private readonly subscriptions: readonly { dispose(): unknown }[];
  private timer: NodeJS.Timeout | undefined;
  private reading = 0;
  /** What a person was told about. */
  private noted = '';

  constructor(
    private readonly surveys: Surveys,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.subscriptions = [
      surveys.onChange(() => this.later()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(`${section}.diagnostics`)) this.later(0);
      }),
      vscode.workspace.onDidChangeTextDocument((event) => this.edited(event)),
    ];
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const item of [...this.subscriptions, ...this.collections]) item.dispose();
  }

  private later(milliseconds = delay): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.read().catch((error: unknown) => {
        if (!isCancellation(error)) this.log.error(`diagnostics: ${String(error)}`);
      });
    }, milliseconds);
  }

  private async read(): Promise<void> {
    const { enabled, limit } = readConfig().diagnostics;
    const request = ++this.reading;
    const found = enabled
      ? await this.surveys.ask((api, survey) =>
          api.rows({
            survey,
            filter: { only: 'wrong' },
            sort: 'position',
            limit: Math.min(limit, mostMarked),
            content: false,
          }),
        )
      : null;
    if (request !== this.reading) return;
    this.marked.clear();
    for (const collection of this.collections) collection.clear();
    if (found === null) return;
    for (const [index, row] of found.rows.entries()) this.mark(row, Math.floor(index / ofCollection));
    for (const uri of this.marked.keys()) this.publish(uri);
    // Of pictures nothing is marked: they have no lines.
    if (this.surveys.current?.phase !== 'running' && this.marked.size > 0) this.tell(found.rows.length, found.total);
  }

  /** Once for a survey's state: a list that ends without a word looks like all there is. */
  private tell(marked: number, total: number): void {
    const note = `${this.surveys.current?.survey ?? ''} ${marked} ${total}`;
    if (total <= marked || this.noted === note) return;
    this.noted = note;
    const change = vscode.l10n.t('Change the Limit');
    const list = vscode.l10n.t('Show All in Mistakes');
    const message = vscode.l10n.t(
      'The first {0} of {1} misclassified samples are marked in the editor and among the problems.',
      count(marked),
      count(total),
    );
    const offered = marked < mostMarked ? [list, change] : [list];
    void vscode.window.showInformationMessage(message, ...offered).then((answer) => {
      if (answer === change)
        void vscode.commands.executeCommand('workbench.action.openSettings', `${section}.diagnostics.limit`);
      if (answer === list) void vscode.commands.executeCommand(`${viewId}.focus`);
    });
  }

  private mark(row: SurveyRow, part: number): void {
    if (row.line === null || !('uri' in row.address)) return;
    const { uri } = row.address;
    const message = vscode.l10n.t('The model says {0}.', verdict(row));
    const rows = this.marked.get(uri) ?? [];
    rows.push({ line: row.line - 1, message, part });
    this.marked.set(uri, rows);
  }

  private publish(uri: string): void {
    const parts = new Map<number, vscode.Diagnostic[]>(this.collections.map((_, part) => [part, []]));
    for (const { line, message, part } of this.marked.get(uri) ?? []) {
      // The editor ends a range where the line ends.
      const range = new vscode.Range(line, 0, line, 1 << 20);
      const diagnostic = new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Information);
      diagnostic.source = 'model-blame';
      diagnostic.code = 'misclassified';
      const own = parts.get(part) ?? [];
      own.push(diagnostic);
      parts.set(part, own);
    }
    for (const [part, diagnostics] of parts) this.collection(part).set(vscode.Uri.parse(uri), diagnostics);
  }

  private collection(part: number): vscode.DiagnosticCollection {
    return (this.collections[part] ??= vscode.languages.createDiagnosticCollection(`model-blame mistakes ${part + 1}`));
  }

  private edited({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const uri = document.uri.toString();
    const before = this.marked.get(uri);
    if (before === undefined || contentChanges.length === 0) return;
    const after = contentChanges.reduce<Marked[]>((rows, edit) => {
      const lines = shiftRows(
        rows.map(({ line }) => line),
        edit,
      );
      return rows.flatMap((row, index) => {
        const line = lines[index];
        return line === null || line === undefined ? [] : [{ ...row, line }];
      });
    }, before);
    this.marked.set(uri, after);
    this.publish(uri);
  }
}
