/** “Find misclassified samples”: which files, which model, and the progress of the background run. */
import * as vscode from 'vscode';
import type { SampleAddress, SurveyState } from '../../server/protocol';
import { readConfig } from '../config';
import type { Context } from '../context';
import { PersonalError, showError } from '../errors';
import { rowFile, wholeFile } from '../samples/address';
import { isFolder, samplesIn } from '../samples/folder';
import { modelFor } from '../samples/choose-model';
import { setUp } from '../setup';
import type { Surveys, SurveyQuestion } from './surveys';
import { viewId } from './tree';
import { count, fileName, progressWords } from './words';

/** `explorer/context` passes the file and all selected ones; the palette and the view pass nothing. */
export async function findMistakes(context: Context, surveys: Surveys, ...given: readonly unknown[]): Promise<void> {
  const question = await questionOf(context, given);
  if (question !== undefined) await run(surveys, question);
}

/** Starts a survey and shows how far it is until it ends; what is there is in the view meanwhile. */
export async function run(surveys: Surveys, question: SurveyQuestion, fresh = false): Promise<void> {
  const { engine, onModelChange } = readConfig();
  void vscode.commands.executeCommand(`${viewId}.focus`, { preserveFocus: true });
  const title = vscode.l10n.t('Finding misclassified samples');
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (progress, token) => {
      const state = await surveys.start(question, {
        engine,
        fresh,
        recompute: onModelChange === 'recompute' ? 'save' : 'ask',
      });
      let told = 0;
      const tell = (now: SurveyState) => {
        const far = now.total === 0 ? 0 : (100 * now.done) / now.total;
        progress.report({ message: progressWords(now), increment: far - told });
        told = far;
      };
      const stop = () => surveys.stop(state.survey).catch((error: unknown) => Promise.reject(error as Error));
      const cancelling = token.onCancellationRequested(() => void stop());
      if (token.isCancellationRequested) await stop();
      await new Promise<void>((resolve) => {
        const look = () => {
          const now = surveys.all.find(({ survey }) => survey === state.survey);
          if (now?.phase !== 'running') {
            watch.dispose();
            resolve();
          } else tell(now);
        };
        const watch = surveys.onTold(look);
        look();
      });
      cancelling.dispose();
      report(surveys.all.find(({ survey }) => survey === state.survey));
    },
  );
}

function report(state: SurveyState | undefined): void {
  if (state === undefined) return;
  if (state.error !== null) void showError(state.error);
  else if (state.phase === 'done') {
    // Those without a usable label or prediction are neither right nor wrong.
    const labelled = state.done - state.unreadable - state.unlabelled;
    void vscode.window.setStatusBarMessage(
      vscode.l10n.t('{0} of {1} samples are misclassified.', count(state.wrong), count(labelled)),
      6000,
    );
  }
  if (state.warning !== null) void showError(state.warning);
}

async function questionOf(context: Context, given: readonly unknown[]): Promise<SurveyQuestion | undefined> {
  const [one, several] = given;
  const chosen = Array.isArray(several) ? several.filter((item) => item instanceof vscode.Uri) : [];
  const uris = chosen.length > 0 ? chosen : one instanceof vscode.Uri ? [one] : [];
  const files = await filesOf(uris);
  if (files.length > 0) return questionAbout(context, files);
  const active = vscode.window.activeTextEditor?.document.uri;
  const { models } = await context.server.api.models();
  const usable = models.filter(({ problem, origin }) => problem === null && origin === 'workspace-file');
  const items: (vscode.QuickPickItem & { readonly question: () => Promise<SurveyQuestion | undefined> })[] = [
    ...(active !== undefined && rowFile.test(active.path)
      ? [
          {
            label: `$(file) ${fileName(active.toString())}`,
            description: vscode.l10n.t('the file in front'),
            question: () => questionAbout(context, [active]),
          },
        ]
      : []),
    ...usable.map((model) => ({
      label: `$(symbol-class) ${model.name}`,
      description: vscode.l10n.t('all datasets of this model'),
      question: () => Promise.resolve({ uris: [], model: model.name }),
    })),
  ];
  const [only] = items;
  if (only === undefined)
    throw new PersonalError({
      code: 'no-dataset',
      what: vscode.l10n.t('There is no dataset to look through.'),
      where: null,
      next: vscode.l10n.t('Open a .csv or .jsonl file with labels, or name datasets in model-blame.json.'),
    });
  if (items.length === 1) return only.question();
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Find misclassified samples in…'),
  });
  return picked?.question();
}

/** Dataset files and pictures among what was right-clicked; of a folder its pictures. */
async function filesOf(uris: readonly vscode.Uri[]): Promise<readonly vscode.Uri[]> {
  const lists = await Promise.all(
    uris.map(async (uri) => {
      if (rowFile.test(uri.path) || wholeFile.test(uri.path)) return [uri];
      return (await isFolder(uri)) ? samplesIn(uri) : [];
    }),
  );
  return lists.flat();
}

/** The model is the one the files' rows are explained with; asked for once where several fit. */
async function questionAbout(context: Context, files: readonly vscode.Uri[]): Promise<SurveyQuestion | undefined> {
  const uris = files.map((uri) => uri.toString());
  const [first = ''] = uris;
  const address: SampleAddress = wholeFile.test(first)
    ? { kind: 'file', uri: first }
    : { kind: 'record', uri: first, record: 1 };
  for (const uri of uris) if (rowFile.test(uri)) context.server.documents.want(uri);
  let { models } = await context.server.api.resolve({ address });
  if (models.every(({ origin }) => origin !== 'workspace-file') && context.models.get(address) === null) {
    if (!(await setUp(context, address))) return undefined;
    ({ models } = await context.server.api.resolve({ address }));
  }
  const model = await modelFor(address, models, context.models);
  return model === undefined ? undefined : { uris, model };
}
