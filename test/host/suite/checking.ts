/** Model checks in the Test Explorer, and failures of tests of whatever extension. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { acceptMistakes } from '../../../extension/checks/accept';
import { messagesOf } from '../../../extension/checks/messages';
import { candidatesOf, textsOfMessage } from '../../../extension/failures/texts';
import { activated, explained, file, until } from './harness';
import type { Checks } from '../../../extension/checks/checks';
import type { Context } from '../../../extension/context';
import type { Server } from '../../../extension/server/server';
import type { CheckRequest } from '../../../server/protocol';
import type { Tests } from './harness';

/** A failure of another extension's test, as its menus pass it: a plain object with what survives. */
function foreign(message: string, more: Partial<vscode.TestMessage> = {}): object {
  return { test: undefined, message: { message, ...more } };
}

async function checks(): Promise<Checks> {
  const { context } = await activated();
  await context.checks.refresh();
  return context.checks;
}

async function itemOf(name: string): Promise<vscode.TestItem> {
  const { controller } = await checks();
  const source = controller.items.get(file('mini.modelcheck.json').toString());
  const item = source?.children.get(name);
  assert.ok(item !== undefined, `no item ${name}`);
  return item;
}

async function runOf(names: readonly string[]): Promise<void> {
  const owner = await checks();
  const include = await Promise.all(names.map(itemOf));
  const { runChecks } = await import('../../../extension/checks/run');
  const { context } = await activated();
  const source = new vscode.CancellationTokenSource();
  await runChecks(owner, context.server, new vscode.TestRunRequest(include), source.token);
}

export const checking: Tests = {
  'each check is an item at its line': async () => {
    const { controller } = await checks();
    const source = controller.items.get(file('mini.modelcheck.json').toString());
    const found: (readonly [string, number | undefined, string | undefined])[] = [];
    source?.children.forEach(({ label, range, description }) => found.push([label, range?.start.line, description]));
    assert.deepEqual(
      found.sort((a, b) => (a[1] ?? 0) - (b[1] ?? 0)),
      [
        ['holds', 1, 'accuracy · mini.csv'],
        ['fails', 2, 'accuracy · mini.csv'],
        ['never ends', 3, 'accuracy · mini.csv'],
        ['faulty', 4, 'mini.csv'],
      ],
    );
    assert.deepEqual((await itemOf('faulty')).error, 'It is faulty.');
  },
  'an item is asked about after a failure: its sample is explained': async () => {
    await runOf(['holds', 'fails']);
    await vscode.commands.executeCommand('modelBlame.explainFailure', await itemOf('fails'));
    const { state } = await explained('mini.csv:3');
    assert.deepEqual(state.subject?.address, { kind: 'line', uri: file('mini.csv').toString(), line: 3 });
  },
  'a failure has one message at the check and one at each row, with the sample': async () => {
    const { context } = await activated();
    const result = await context.server.api.check({ uri: file('mini.modelcheck.json').toString(), name: 'fails' });
    const messages = messagesOf(result);
    assert.deepEqual(
      messages.map(({ location }) => [location?.uri.path.split('/').pop(), location?.range.start.line]),
      [
        ['mini.modelcheck.json', 2],
        ['mini.csv', 2],
      ],
    );
    for (const message of messages) {
      const candidates = candidatesOf(await textsOfMessage({ test: undefined, message }), []);
      assert.deepEqual(
        candidates.map((candidate) => (candidate.kind === 'file' ? [candidate.path, candidate.line] : [])),
        [[file('mini.csv').fsPath, 3]],
      );
    }
  },
  'a run that is cancelled ends, and the next one works': async () => {
    const owner = await checks();
    const { context } = await activated();
    const { runChecks } = await import('../../../extension/checks/run');
    const source = new vscode.CancellationTokenSource();
    const done = runChecks(
      owner,
      context.server,
      new vscode.TestRunRequest([await itemOf('never ends')]),
      source.token,
    );
    setTimeout(() => source.cancel(), 300);
    await done;
    await runOf(['holds']);
  },
  'accepting asks the server to write; a check without a file of mistakes says so': async () => {
    const { context } = await activated();
    const { checks: owner } = context;
    const asked: CheckRequest[] = [];
    const api = {
      check: (request: CheckRequest) => {
        asked.push(request);
        return context.server.api.check(request);
      },
    };
    const spied = { checks: owner, server: { api } } as unknown as Context;
    await acceptMistakes(spied, await itemOf('holds'));
    await assert.rejects(acceptMistakes(spied, await itemOf('fails')), /does not compare with accepted mistakes/);
    assert.deepEqual(asked, [{ uri: file('mini.modelcheck.json').toString(), name: 'holds', accept: true }]);
  },
  'a foreign test: the sample is in the message': async () => {
    await vscode.commands.executeCommand('modelBlame.explainFailure', foreign('expected ham for mini.csv:2, got spam'));
    await explained('mini.csv:2');
  },
  'a foreign test: … in the expected or actual value, or in contextValue': async () => {
    await vscode.commands.executeCommand(
      'modelBlame.explainFailure',
      foreign('no', { actualOutput: '{"sample": "mini.csv:3"}' }),
    );
    await explained('mini.csv:3');
    await vscode.commands.executeCommand(
      'modelBlame.explainFailure',
      foreign('other.csv:2', { contextValue: '{"modelBlame": {"file": "mini.csv", "line": 4}}' }),
    );
    await explained('mini.csv:4');
  },
  'a foreign test: … at its location in the dataset, or in the line of source there': async () => {
    await vscode.commands.executeCommand(
      'modelBlame.explainFailure',
      foreign('wrong', { location: new vscode.Location(file('mini.csv'), new vscode.Position(1, 0)) }),
    );
    await explained('mini.csv:2');
    await vscode.commands.executeCommand(
      'modelBlame.explainFailure',
      foreign('wrong', { location: new vscode.Location(file('mini_test.py'), new vscode.Position(1, 0)) }),
    );
    await explained('mini.csv:3');
  },
  'a stub controller: the item of a test without a message': async () => {
    const controller = vscode.tests.createTestController('someone.else', 'Someone else');
    try {
      const item = controller.createTestItem('t', 'test_row[mini.csv:4]');
      controller.items.add(item);
      await vscode.commands.executeCommand('modelBlame.explainFailure', item);
      await explained('mini.csv:4');
    } finally {
      controller.dispose();
    }
  },
  'several samples: asked, and the answer counts': async () => {
    const { context } = await activated();
    // Both do nothing until the question is there. Where it comes between the two the first answer is given, and the
    // person asks again, with a longer pause.
    for (let pause = 700, title: string | undefined; title !== 'mini.csv:3'; pause *= 2) {
      const question = { open: true };
      const done = vscode.commands
        .executeCommand('modelBlame.explainFailure', foreign('mini.csv:2 or mini.csv:3'))
        .then(() => (question.open = false));
      while (question.open) {
        await new Promise((resolve) => setTimeout(resolve, pause));
        await vscode.commands.executeCommand('workbench.action.quickOpenSelectNext');
        await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      }
      await done;
      title = await until('an explanation', () => {
        const state = context.panels.current?.state;
        return state?.busy === false ? state.explanation?.sample.title : undefined;
      });
    }
  },
  'patterns of the settings': async () => {
    const settings = vscode.workspace.getConfiguration('modelBlame');
    await settings.update(
      'failures.patterns',
      ['row (?<line>\\d+) of (?<file>\\S+)'],
      vscode.ConfigurationTarget.Global,
    );
    try {
      await vscode.commands.executeCommand('modelBlame.explainFailure', foreign('row 2 of mini.csv'));
      await explained('mini.csv:2');
    } finally {
      await settings.update('failures.patterns', undefined, vscode.ConfigurationTarget.Global);
    }
  },
  'continuous run: again when something changed, not after it was stopped': async () => {
    const owner = await checks();
    const { runChecks } = await import('../../../extension/checks/run');
    let runs = 0;
    const api = { check: () => Promise.reject(new Error(`run ${(runs += 1)}`)) };
    const changed = new vscode.EventEmitter<{ uris: string[] }>();
    const server = { api, onChanged: changed.event } as unknown as Server;
    const request = new vscode.TestRunRequest([await itemOf('holds')], undefined, undefined, true);
    const source = new vscode.CancellationTokenSource();
    const requests = new Set<vscode.TestRunRequest>();
    const { controller } = owner;
    const createTestRun: vscode.TestController['createTestRun'] = (own, ...rest) => {
      requests.add(own);
      return controller.createTestRun(own, ...rest);
    };
    const spied = Object.create(owner, { controller: { value: { items: controller.items, createTestRun } } }) as Checks;
    await runChecks(spied, server, request, source.token);
    await until('first run', () => (runs === 1 ? true : undefined));
    changed.fire({ uris: [] });
    changed.fire({ uris: [] });
    await until('second run', () => (runs === 2 ? true : undefined));
    source.cancel();
    changed.fire({ uris: [] });
    await new Promise((resolve) => setTimeout(resolve, 1200));
    assert.equal(runs, 2);
    assert.equal(requests.size, 2, 'the editor shows the results of a request’s first run alone');
  },
};
