/** Runs of the Test Explorer: one check after another, and again when the model or the data change. */
import * as vscode from 'vscode';
import { isCancellation, sentence, toUserError } from '../errors';
import type { Server } from '../server/server';
import type { Checks, CheckItem } from './checks';
import { debounce } from './debounce';
import { messagesOf } from './messages';

const PAUSE = 500;

interface Work {
  readonly item: vscode.TestItem;
  readonly check: CheckItem;
}

export async function runChecks(
  checks: Checks,
  server: Server,
  request: vscode.TestRunRequest,
  token: vscode.CancellationToken,
): Promise<void> {
  if (request.include === undefined && checks.controller.items.size === 0) await checks.refresh();
  if (request.continuous !== true) return once(checks, server, request, token);
  // Continuous: at each change of a model, of data or of a file of checks; never two runs at once.
  let running = Promise.resolve();
  const again = debounce(PAUSE, () => {
    // The editor shows the results of a request's first run alone: each run has a request of its own.
    const { include, exclude, profile } = request;
    const own = new vscode.TestRunRequest(include, exclude, profile, true);
    running = running.then(() => once(checks, server, own, token));
  });
  const subscription = server.onChanged(() => again.call());
  token.onCancellationRequested(() => {
    subscription.dispose();
    again.dispose();
  });
  again.call();
}

async function once(
  checks: Checks,
  server: Server,
  request: vscode.TestRunRequest,
  token: vscode.CancellationToken,
): Promise<void> {
  if (token.isCancellationRequested) return;
  const run = checks.controller.createTestRun(request);
  const work = workOf(checks, request);
  const cancel = new vscode.CancellationTokenSource();
  const subscriptions = [token, run.token].map((one) => one.onCancellationRequested(() => cancel.cancel()));
  for (const { item } of work) run.enqueued(item);
  try {
    for (const one of work) {
      if (cancel.token.isCancellationRequested) run.skipped(one.item);
      else await runOne(checks, server, run, one, cancel.token);
    }
  } finally {
    for (const subscription of subscriptions) subscription.dispose();
    cancel.dispose();
    run.end();
  }
}

async function runOne(
  checks: Checks,
  server: Server,
  run: vscode.TestRun,
  { item, check }: Work,
  token: vscode.CancellationToken,
): Promise<void> {
  run.started(item);
  try {
    const result = await server.api.check({ uri: check.uri, name: check.entry.name }, token);
    const { outcome, message, milliseconds } = result;
    const mark = { passed: '✓', failed: '✗', errored: '!' }[outcome];
    run.appendOutput(`${mark} ${result.name}\r\n  ${message.replaceAll('\n', '\r\n  ')}\r\n`, undefined, item);
    const messages = outcome === 'passed' ? [] : messagesOf(result);
    checks.remember(item, messages[0]);
    if (outcome === 'passed') run.passed(item, milliseconds);
    else if (outcome === 'failed') run.failed(item, messages, milliseconds);
    else run.errored(item, messages, milliseconds);
  } catch (error) {
    if (isCancellation(error)) run.skipped(item);
    else run.errored(item, new vscode.TestMessage(sentence(toUserError(error))));
  }
}

/** The checks that a request means: those included (all, where none are), without those excluded. */
function workOf(checks: Checks, { include, exclude = [] }: vscode.TestRunRequest): readonly Work[] {
  const left = new Set(exclude);
  const found: Work[] = [];
  const visit = (item: vscode.TestItem): void => {
    if (left.has(item)) return;
    const check = checks.checkOf(item);
    if (check !== undefined) found.push({ item, check });
    item.children.forEach(visit);
  };
  if (include === undefined) checks.controller.items.forEach(visit);
  else include.forEach(visit);
  return found;
}
