/** The one object that owns what the extension has: client, settings, panels, log. Everything else is handed it. */
import * as vscode from 'vscode';
import { Checks } from './checks/checks';
import { Decorations } from './editor/decorations';
import { Revealer } from './editor/reveal';
import { Mistakes } from './mistakes/mistakes';
import { PatternsPage } from './patterns/page';
import { PanelMemory } from './panel/memory';
import { Panels } from './panel/panels';
import { ModelMemory } from './samples/choose-model';
import { Server } from './server/server';
import { StatusItem } from './status';

export class Context implements vscode.Disposable {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly server: Server;
  readonly models: ModelMemory;
  readonly decorations = new Decorations();
  readonly revealer = new Revealer();
  readonly panels: Panels;
  readonly mistakes: Mistakes;
  readonly checks: Checks;
  readonly patterns: PatternsPage;
  private readonly status: StatusItem;

  constructor({ extensionUri, workspaceState }: vscode.ExtensionContext) {
    this.extensionUri = extensionUri;
    this.log = vscode.window.createOutputChannel('Model Blame', { log: true });
    this.server = new Server(vscode.Uri.joinPath(extensionUri, 'dist', 'server.js').fsPath, this.log);
    this.models = new ModelMemory(workspaceState);
    this.panels = new Panels(this, new PanelMemory(workspaceState));
    this.mistakes = new Mistakes(this, workspaceState);
    this.checks = new Checks(this.server, this.log);
    this.patterns = new PatternsPage(this, workspaceState);
    this.status = new StatusItem(this.server);
  }

  dispose(): void {
    const { status, mistakes, checks, patterns, panels, decorations, revealer, server, log } = this;
    for (const item of [status, mistakes, checks, patterns, panels, decorations, revealer, server, log]) item.dispose();
  }
}
