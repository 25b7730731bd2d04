/** Wrong rows as information-level diagnostics: off until asked for, capped, moved with their rows, cleared by edits. */
import * as vscode from 'vscode';
import type { SurveyRow } from '../../server/protocol';
import { readConfig, section } from '../config';
import { isCancellation } from '../errors';
import { shiftRows } from './shift-rows';
import type { Surveys } from './surveys';
import { count, verdict } from './words';

interface Marked {
  readonly line: number;
  readonly message: string;
}

/** A running survey changes twice a second; its diagnostics need not. */
const delay = 500;

export class MistakeDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('model-blame mistakes');
  private readonly marked = new Map<string, Marked[]>();
  private readonly subscriptions: readonly { dispose(): unknown }[];
  private timer: NodeJS.Timeout | undefined;
  private reading = 0;
  /** What the log was told about. */
  private noted = '';

  constructor(
    private readonly surveys: Surveys,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.subscriptions = [
      this.collection,
      surveys.onChange(() => this.later()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(`${section}.diagnostics`)) this.later(0);
      }),
      vscode.workspace.onDidChangeTextDocument((event) => this.edited(event)),
    ];
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const item of this.subscriptions) item.dispose();
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
            limit: Math.min(limit, 10_000),
            content: false,
          }),
        )
      : null;
    if (request !== this.reading) return;
    this.marked.clear();
    this.collection.clear();
    if (found === null) return;
    for (const row of found.rows) this.mark(row);
    for (const uri of this.marked.keys()) this.publish(uri);
    const note = `${found.total}`;
    if (found.total > found.rows.length && this.noted !== note)
      this.log.info(
        `diagnostics: the first ${count(found.rows.length)} of ${count(found.total)} misclassified samples are marked` +
          ` (setting ${section}.diagnostics.limit)`,
      );
    this.noted = note;
  }

  private mark(row: SurveyRow): void {
    if (row.line === null || !('uri' in row.address)) return;
    const { uri } = row.address;
    const message = vscode.l10n.t('The model says {0}.', verdict(row));
    const rows = this.marked.get(uri) ?? [];
    rows.push({ line: row.line - 1, message });
    this.marked.set(uri, rows);
  }

  private publish(uri: string): void {
    const diagnostics = (this.marked.get(uri) ?? []).map(({ line, message }) => {
      // The editor ends a range where the line ends.
      const range = new vscode.Range(line, 0, line, 1 << 20);
      const diagnostic = new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Information);
      diagnostic.source = 'model-blame';
      diagnostic.code = 'misclassified';
      return diagnostic;
    });
    this.collection.set(vscode.Uri.parse(uri), diagnostics);
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
