/** Model checks in the Test Explorer: an item for each check at its line, found when somebody looks. */
import * as vscode from 'vscode';
import type { CheckEntry, CheckSource } from '../../server/protocol';
import { toRange } from '../errors';
import type { Server } from '../server/server';
import { debounce } from './debounce';
import { runChecks } from './run';

export const controllerId = 'modelBlame.checks';
/** Also in the menus' `when` clauses and in `package.json`. */
const checkFile = /(^|\/)model-blame\.json$|\.modelcheck\.json$/;
const PAUSE = 400;

/** What an item is about. */
export interface CheckItem {
  readonly uri: string;
  readonly entry: CheckEntry;
}

export class Checks implements vscode.Disposable {
  readonly controller = vscode.tests.createTestController(controllerId, vscode.l10n.t('Model checks'));
  private readonly known = new WeakMap<vscode.TestItem, CheckItem>();
  private readonly failures = new WeakMap<vscode.TestItem, vscode.TestMessage>();
  private readonly subscriptions: { dispose(): unknown }[] = [];
  private looked = false;
  private readonly soon = debounce(
    PAUSE,
    () => void this.refresh().catch((error: unknown) => this.log.error(String(error))),
  );

  constructor(
    private readonly server: Server,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.controller.resolveHandler = (item) => (item === undefined ? this.refresh() : undefined);
    this.controller.refreshHandler = () => this.refresh();
    this.controller.createRunProfile(
      vscode.l10n.t('Run'),
      vscode.TestRunProfileKind.Run,
      (request, token) => runChecks(this, this.server, request, token),
      true,
      undefined,
      true,
    );
    const watcher = vscode.workspace.createFileSystemWatcher('**/*.json');
    const changed = (uri: vscode.Uri): void => {
      if (checkFile.test(uri.path) && this.looked) this.soon.call();
    };
    this.subscriptions.push(
      this.controller,
      this.soon,
      watcher,
      watcher.onDidChange(changed),
      watcher.onDidCreate(changed),
      watcher.onDidDelete(changed),
      vscode.workspace.onDidChangeTextDocument(({ document }) => changed(document.uri)),
      vscode.workspace.onDidOpenTextDocument((document) => this.look(document)),
    );
    vscode.workspace.textDocuments.forEach((document) => this.look(document));
  }

  /** Asks the server for all checks and brings the items in line. Results of items that stay are kept. */
  async refresh(): Promise<void> {
    this.looked = true;
    const { files } = await this.server.api.checks({ uris: null });
    const wanted = new Set(files.map(({ uri }) => uri));
    this.controller.items.forEach(({ id }) => {
      if (!wanted.has(id)) this.controller.items.delete(id);
    });
    for (const file of files) this.show(file);
  }

  /** What an item stands for; undefined for a file. */
  checkOf(item: vscode.TestItem): CheckItem | undefined {
    return this.known.get(item);
  }

  remember(item: vscode.TestItem, failure: vscode.TestMessage | undefined): void {
    if (failure === undefined) this.failures.delete(item);
    else this.failures.set(item, failure);
  }

  /** The last failure of one of the items, or of the first below it that failed; undefined for tests of others. */
  failureOf(item: vscode.TestItem): vscode.TestMessage | undefined {
    const own = this.failures.get(item);
    if (own !== undefined) return own;
    let found: vscode.TestMessage | undefined;
    item.children.forEach((child) => {
      found ??= this.failures.get(child);
    });
    return found;
  }

  dispose(): void {
    for (const item of this.subscriptions) item.dispose();
  }

  /** A file of checks in front of somebody shows its tests in the gutter. */
  private look(document: vscode.TextDocument): void {
    if (document.uri.scheme === 'file' && checkFile.test(document.uri.path) && !this.looked) this.soon.call();
  }

  private show({ uri, checks, problem }: CheckSource): void {
    const place = vscode.Uri.parse(uri);
    const file = this.controller.items.get(uri) ?? this.added(this.controller.items, uri, place);
    file.label = vscode.workspace.asRelativePath(place);
    file.error =
      problem === null ? undefined : [problem.message, problem.next].filter((part) => part !== null).join(' ');
    const names = new Set(checks.map(({ name }) => name));
    file.children.forEach(({ id }) => {
      if (!names.has(id)) file.children.delete(id);
    });
    checks.forEach((entry, index) => {
      const item = file.children.get(entry.name) ?? this.added(file.children, entry.name, place);
      item.label = entry.name;
      item.description = [entry.kind, entry.about].filter((part) => part !== null && part !== '').join(' · ');
      item.range = toRange(entry.range);
      item.sortText = String(index).padStart(6, '0');
      item.error = entry.problem?.message;
      this.known.set(item, { uri, entry });
    });
  }

  private added(items: vscode.TestItemCollection, id: string, uri: vscode.Uri): vscode.TestItem {
    const item = this.controller.createTestItem(id, id, uri);
    items.add(item);
    return item;
  }
}
