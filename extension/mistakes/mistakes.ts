/** Everything about misclassified samples in the editor, owned in one place. */
import type * as vscode from 'vscode';
import type { Context } from '../context';
import { MistakeDiagnostics } from './diagnostics';
import { registerHover, RowLens } from './hints';
import { KnownRows } from './known';
import { ModelChanges } from './model-changes';
import { Opener } from './open';
import { SurveyPage } from './page';
import { Surveys } from './surveys';
import { MistakesTree } from './tree';
import { UnusualLists } from './unusual';

export class Mistakes implements vscode.Disposable {
  readonly surveys: Surveys;
  readonly tree: MistakesTree;
  /** Lists by explanation. */
  readonly unusual: UnusualLists;
  readonly opener: Opener;
  readonly changes: ModelChanges;
  readonly page: SurveyPage;
  private readonly others: readonly { dispose(): unknown }[];

  constructor(context: Context, storage: vscode.Memento) {
    this.surveys = new Surveys(context.server, storage);
    this.unusual = new UnusualLists(this.surveys, context.server);
    this.tree = new MistakesTree(this.surveys, this.unusual, context.log);
    this.opener = new Opener(context, this.surveys);
    this.changes = new ModelChanges(this.surveys);
    this.page = new SurveyPage(context, this);
    const known = new KnownRows(context, this.surveys);
    this.others = [
      known,
      new MistakeDiagnostics(this.surveys, context.log),
      new RowLens(known, this.surveys),
      registerHover(known),
      this.opener.onOpen((row) => void this.tree.select(row)),
    ];
  }

  dispose(): void {
    for (const item of [...this.others, this.page, this.changes, this.opener, this.tree, this.unusual, this.surveys])
      item.dispose();
  }
}
