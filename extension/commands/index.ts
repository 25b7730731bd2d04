/** The table of commands: one line each. Titles, menus and `when` clauses are in package.json. */
import * as vscode from 'vscode';
import type { Context } from '../context';
import { isCancellation, showError, toUserError } from '../errors';
import { mistakeCommands } from '../mistakes/commands';
import { acceptMistakes } from '../checks/accept';
import { explainFailure } from '../failures/explain-failure';
import { blameSample } from './blame';
import { chooseModel } from './choose-model';
import { explainAnything } from './explain-anything';
import { explainFile, explainRow, explainSelection } from './explain';
import { exportProgram } from './export-program';
import { showMenu } from './menu';
import { showModelCard } from './model-card';
import { showPatterns } from './patterns';
import { setUpWorkspace } from './set-up';
import { showEngines } from './engines';

/** A command gets what the menu passes; it asks for what is missing. */
export type Command = (context: Context, ...menuArguments: readonly unknown[]) => unknown;

export const commands: Readonly<Record<string, Command>> = {
  'modelBlame.explain': explainAnything,
  'modelBlame.explainRow': explainRow,
  'modelBlame.explainSelection': explainSelection,
  'modelBlame.explainFile': explainFile,
  'modelBlame.explainFailure': explainFailure,
  'modelBlame.acceptMistakes': acceptMistakes,
  'modelBlame.blame': blameSample,
  'modelBlame.chooseModel': chooseModel,
  'modelBlame.setUp': setUpWorkspace,
  'modelBlame.exportProgram': exportProgram,
  'modelBlame.showEngines': showEngines,
  'modelBlame.modelCard': showModelCard,
  'modelBlame.patterns': showPatterns,
  'modelBlame.menu': showMenu,
  'modelBlame.restartServer': async ({ server }) => {
    await server.restart();
    await server.start();
  },
  'modelBlame.showLog': ({ log }) => log.show(),
  'modelBlame.pinPanel': ({ panels }) => panels.current?.setPinned(true),
  'modelBlame.unpinPanel': ({ panels }) => panels.current?.setPinned(false),
  'modelBlame.nextSample': ({ panels }) => panels.current?.step(1),
  'modelBlame.previousSample': ({ panels }) => panels.current?.step(-1),
  'modelBlame.toggleDecorations': toggleDecorations,
  ...mistakeCommands,
};

export function registerCommands(context: Context, subscriptions: { dispose(): unknown }[]): void {
  for (const [id, command] of Object.entries(commands))
    subscriptions.push(
      vscode.commands.registerCommand(id, async (...menuArguments: readonly unknown[]) => {
        try {
          return await command(context, ...menuArguments);
        } catch (error) {
          if (isCancellation(error)) return undefined;
          context.log.error(`${id}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
          void showError(toUserError(error));
          return undefined;
        }
      }),
    );
}

async function toggleDecorations(): Promise<void> {
  const settings = vscode.workspace.getConfiguration('modelBlame');
  const now = settings.get('decorations.enabled', true);
  await settings.update('decorations.enabled', !now, vscode.ConfigurationTarget.Global);
}
