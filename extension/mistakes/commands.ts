/** Commands of the Mistakes view, the survey page and the keys. A menu passes the tree's node, a lens the row. */
import * as vscode from 'vscode';
import type { SampleAddress, SurveyRow } from '../../server/protocol';
import type { Context } from '../context';
import { explainBoth } from './both';
import { exportMistakes } from './exporting';
import { chooseFilter, chooseGrouping, chooseSort, clearFilter } from './filter';
import { labelSample } from './labelling';
import { findMistakes, run } from './run';
import type { Surveys } from './surveys';
import { isGroupNode, isRowNode, viewId } from './tree';
import type { MoreNode } from './tree';

type Command = (context: Context, ...given: readonly unknown[]) => unknown;

export const mistakeCommands: Readonly<Record<string, Command>> = {
  'modelBlame.survey': (context, ...given) => findMistakes(context, context.mistakes.surveys, ...given),
  'modelBlame.mistakes.recompute': ({ mistakes: { surveys } }) => again(surveys.last, (last) => run(surveys, last)),
  'modelBlame.mistakes.stop': async ({ mistakes: { surveys } }) => {
    if (surveys.current !== null) await surveys.stop(surveys.current.survey);
  },
  'modelBlame.mistakes.filter': ({ mistakes: { surveys } }) => chooseFilter(surveys),
  'modelBlame.mistakes.clearFilter': ({ mistakes: { surveys } }) => clearFilter(surveys),
  'modelBlame.mistakes.group': ({ mistakes: { surveys } }) => chooseGrouping(surveys),
  'modelBlame.mistakes.sort': ({ mistakes: { surveys } }) => chooseSort(surveys),
  'modelBlame.mistakes.open': async ({ mistakes: { opener, surveys, tree } }, given) => {
    const row = await rowOf(surveys, given);
    if (row !== null) await opener.open(row, isRowNode(given) ? tree.orderOf(given.parent) : null);
  },
  'modelBlame.mistakes.more': ({ mistakes: { tree } }, given) => tree.more(given as MoreNode),
  'modelBlame.nextMistake': ({ mistakes: { opener } }) => opener.step('next'),
  'modelBlame.previousMistake': ({ mistakes: { opener } }) => opener.step('previous'),
  'modelBlame.mistakes.explainBoth': async (context, given) => {
    const row = (await rowOf(context.mistakes.surveys, given)) ?? (await rowInFront(context));
    if (row !== null) await explainBoth(context, context.mistakes.surveys, row);
  },
  'modelBlame.mistakes.copyAddress': async ({ mistakes: { surveys } }, given) => {
    const row = await rowOf(surveys, given);
    if (row !== null) await vscode.env.clipboard.writeText(addressText(row));
  },
  'modelBlame.mistakes.label': async (context, given) => {
    const row = (await rowOf(context.mistakes.surveys, given)) ?? (await rowInFront(context));
    if (row !== null) await labelSample(context, context.mistakes.surveys, row);
  },
  'modelBlame.mistakes.export': ({ mistakes: { surveys } }, given) =>
    exportMistakes(surveys, isGroupNode(given) ? given.group.filter : surveys.view.filter),
  'modelBlame.mistakes.showChanges': async ({ mistakes: { changes } }) => {
    changes.list();
    await vscode.commands.executeCommand(`${viewId}.focus`);
  },
  'modelBlame.openSurvey': ({ mistakes: { page } }) => page.show(),
};

async function again<T>(last: T | undefined, go: (last: T) => Promise<void>): Promise<void> {
  if (last !== undefined) await go(last);
}

/** The row of a node, the row itself, or the one at a position or an address (what the menus of the pages pass). */
async function rowOf(surveys: Surveys, given: unknown): Promise<SurveyRow | null> {
  if (isRowNode(given)) return given.row;
  if (typeof given !== 'object' || given === null) return null;
  if ('sample' in given) return rowAt(surveys, given.sample as SampleAddress);
  if (!('position' in given)) return null;
  if ('address' in given) return given as SurveyRow;
  const positions = [Number(given.position)];
  const found = await surveys.ask((api, survey) => api.rows({ survey, filter: { positions }, limit: 1 }));
  return found?.rows[0] ?? null;
}

/** What the survey knows of the sample in the panel. */
async function rowInFront({ panels, mistakes: { surveys } }: Context): Promise<SurveyRow | null> {
  const address = panels.current?.state.subject?.address;
  if (address === undefined) return null;
  return rowAt(surveys, address);
}

/** What the latest survey knows of a sample; null for nothing. */
async function rowAt(surveys: Surveys, address: SampleAddress): Promise<SurveyRow | null> {
  const known = await surveys.ask((api) => api.at({ address }));
  return known?.found[0]?.row ?? null;
}

/** As the command line takes it: `data/reviews.csv:17`. */
function addressText({ address, line, title }: SurveyRow): string {
  if (!('uri' in address)) return title;
  const path = vscode.workspace.asRelativePath(vscode.Uri.parse(address.uri));
  return line === null ? path : `${path}:${line}`;
}
