/**
 * Sends unsaved text of explained files to the server. A clean file is not sent: the server reads it from the disk,
 * so a large dataset that nobody edits costs nothing.
 */
import * as vscode from 'vscode';
import { TextDocumentSyncKind } from 'vscode-languageclient/node';
import type { LanguageClient } from 'vscode-languageclient/node';

export class Documents implements vscode.Disposable {
  private readonly wanted = new Set<string>();
  private readonly open = new Set<string>();
  private client: LanguageClient | null = null;
  private readonly subscriptions: readonly vscode.Disposable[];

  constructor() {
    this.subscriptions = [
      vscode.workspace.onDidChangeTextDocument((event) => this.edited(event)),
      vscode.workspace.onDidSaveTextDocument((document) => {
        if (onDisk(document)) this.close(document.uri.toString());
      }),
      vscode.workspace.onDidCloseTextDocument((document) => this.close(document.uri.toString())),
    ];
  }

  /** From now on the unsaved text of this document wins over the disk. */
  want(uri: string): void {
    this.wanted.add(uri);
    const document = find(uri);
    if (document !== undefined) this.share(document);
  }

  connect(client: LanguageClient): void {
    this.client = client;
    for (const uri of this.wanted) this.want(uri);
  }

  disconnect(): void {
    this.client = null;
    this.open.clear();
  }

  dispose(): void {
    for (const item of this.subscriptions) item.dispose();
  }

  private edited(event: vscode.TextDocumentChangeEvent): void {
    const { document } = event;
    const uri = document.uri.toString();
    if (!this.wanted.has(uri)) return;
    // Whether a file is dirty arrives with or after the change, and an undone edit makes it clean again.
    if (onDisk(document) && !document.isDirty) this.close(uri);
    else if (!this.open.has(uri)) this.share(document);
    else if (event.contentChanges.length > 0)
      this.send('textDocument/didChange', {
        textDocument: { uri, version: document.version },
        contentChanges: this.incremental()
          ? event.contentChanges.map(({ range, text }) => ({ range: { start: range.start, end: range.end }, text }))
          : [{ text: document.getText() }],
      });
  }

  private share(document: vscode.TextDocument): void {
    const uri = document.uri.toString();
    if (this.client === null || this.open.has(uri) || (onDisk(document) && !document.isDirty)) return;
    this.open.add(uri);
    const { languageId, version } = document;
    this.send('textDocument/didOpen', { textDocument: { uri, languageId, version, text: document.getText() } });
  }

  private close(uri: string): void {
    if (this.open.delete(uri)) this.send('textDocument/didClose', { textDocument: { uri } });
  }

  private send(method: string, params: unknown): void {
    // A client that just died reports it itself; the text is sent again on the next connection.
    this.client?.sendNotification(method, params).catch(() => undefined);
  }

  private incremental(): boolean {
    const sync = this.client?.initializeResult?.capabilities.textDocumentSync;
    return (typeof sync === 'object' ? sync.change : sync) === TextDocumentSyncKind.Incremental;
  }
}

function onDisk(document: vscode.TextDocument): boolean {
  return document.uri.scheme === 'file';
}

function find(uri: string): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri);
}
