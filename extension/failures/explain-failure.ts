/** “Explain the failing sample”: from a test's failure, of whatever extension, to the panel. */
import * as vscode from 'vscode';
import type { FoundSample, LocateResponse, SampleCandidate } from '../../server/protocol';
import type { Context } from '../context';
import { failurePatterns } from '../config';
import { wrongPatterns } from './candidates';
import { candidatesOf, isMessageArgument, isTestItem, textsOfItem, textsOfMessage } from './texts';
import type { FailureTexts } from './texts';

/** Menus of the test views; in the palette it asks for the failure's text. */
export async function explainFailure(context: Context, argument: unknown): Promise<void> {
  const texts = await textsOf(context, argument);
  if (texts === undefined) return;
  const patterns = failurePatterns();
  const candidates = candidatesOf(texts, patterns);
  const near = texts.near.map((uri) => uri.toString());
  const found = candidates.length === 0 ? nothing : await context.server.api.locate({ candidates, near });
  const sample = found.found.length > 1 ? await pick(found.found, candidates) : found.found[0];
  if (sample !== undefined) context.panels.show({ address: sample.address, model: sample.model });
  else if (found.found.length === 0) await sayWhatWasLookedFor(found, patterns, isWithoutMessage(context, argument));
}

const nothing: LocateResponse = { found: [], missed: [] };

async function textsOf(context: Context, argument: unknown): Promise<FailureTexts | undefined> {
  if (isMessageArgument(argument)) return textsOfMessage(argument);
  if (isTestItem(argument)) {
    const own = context.checks.failureOf(argument);
    return own === undefined ? textsOfItem(argument) : textsOfMessage({ test: argument, message: own });
  }
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Explain the failing sample'),
    prompt: vscode.l10n.t('The message of the failure, or a part of it that names the sample: reviews.csv:17'),
    value: selectedText(),
  });
  if (text === undefined) return undefined;
  const uri = vscode.window.activeTextEditor?.document.uri;
  return { texts: [text], location: null, near: uri === undefined ? [] : [uri] };
}

/** The row of another extension's test: VS Code keeps its messages to itself. */
function isWithoutMessage(context: Context, argument: unknown): boolean {
  return isTestItem(argument) && context.checks.failureOf(argument) === undefined;
}

function selectedText(): string {
  const editor = vscode.window.activeTextEditor;
  return editor === undefined ? '' : editor.document.getText(editor.selection).slice(0, 10_000);
}

async function pick(
  found: readonly FoundSample[],
  candidates: readonly SampleCandidate[],
): Promise<FoundSample | undefined> {
  const items = found.map((sample) => {
    const { text } = candidates[sample.candidate] ?? { text: '' };
    return {
      label: sample.name,
      description: sample.preview,
      ...(text === sample.name || text === '' ? {} : { detail: vscode.l10n.t('named as {0}', text) }),
      sample,
    };
  });
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Which sample should be explained?'),
    placeHolder: vscode.l10n.t('The failure names {0} samples', found.length),
    matchOnDescription: true,
  });
  return chosen?.sample;
}

async function sayWhatWasLookedFor(
  { missed }: LocateResponse,
  patterns: readonly string[],
  withoutMessage: boolean,
): Promise<void> {
  const wrong = wrongPatterns(patterns);
  const missing =
    missed.length > 0
      ? vscode.l10n.t(
          'No sample was found: {0}.',
          missed
            .slice(0, 4)
            .map(({ text, reason }) => `${text} (${reason})`)
            .join('; '),
        )
      : undefined;
  const what = withoutMessage
    ? [
        missing ?? vscode.l10n.t('The name of the test and its line of source name no sample.'),
        vscode.l10n.t(
          'Its message may, but comes only with the message itself: open the failure and choose “Explain the Failing Sample” there.',
        ),
      ].join(' ')
    : (missing ??
      vscode.l10n.t(
        'The failure names no sample. Looked for rows (reviews.csv:17), records (reviews.csv#16), pictures, ids of datasets and {"modelBlame": …} in message, expected and actual value, location and test name.',
      ));
  const more = wrong.length === 0 ? '' : ` ${vscode.l10n.t('Not a usable pattern: {0}.', wrong.join('; '))}`;
  const open = vscode.l10n.t('Patterns…');
  const chosen = await vscode.window.showWarningMessage(`${what}${more}`, open);
  if (chosen === open)
    await vscode.commands.executeCommand('workbench.action.openSettings', 'modelBlame.failures.patterns');
}
