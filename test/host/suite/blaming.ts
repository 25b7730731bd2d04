import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { AsideKind, FromPage } from '../../../server/protocol';
import type { Panel } from '../../../extension/panel/panel';
import { explained, file, openFile, until } from './harness';
import type { Tests } from './harness';

const secondRow = new vscode.Range(1, 5, 1, 5);

/** What the page would post. */
function say(panel: Panel, message: FromPage): void {
  void (panel as unknown as { receive(message: FromPage): Promise<void> }).receive(message);
}

function ask(panel: Panel, kind: AsideKind, gold: number | null, again = true): void {
  const blame = {
    gold,
    signal: 'own',
    form: 'integrated',
    replacement: 'baseline',
    baseline: null,
    remove: 10,
  } as const;
  say(panel, { type: 'ask', kind, choice: { ...panel.state.choice, blame }, again });
}

export const blaming: Tests = {
  'the command explains the row and shows its blame': async () => {
    await openFile('mini.csv', secondRow);
    await vscode.commands.executeCommand('modelBlame.blame', { lineNumber: 3, uri: file('mini.csv') });
    const panel = await explained('mini.csv:3');
    ask(panel, 'blame', 0);
    const blame = await until('blame', () => panel.state.blame ?? undefined);
    assert.deepEqual([blame.gold.label, blame.trials[0]?.flipsAt], ['ham', 2]);
    assert.ok(blame.explanation.relevance instanceof Float32Array);
    assert.equal(panel.state.choice.blame?.gold, 0);
  },
  'an answer stays while another method is asked for, and goes with the sample': async () => {
    await openFile('mini.csv', secondRow);
    await vscode.commands.executeCommand('modelBlame.explainRow');
    const panel = await explained('mini.csv:2');
    ask(panel, 'blame', 0);
    const first = await until('blame', () => panel.state.blame ?? undefined);
    say(panel, { type: 'choose', choice: { ...panel.state.choice, method: 'gradient' } });
    await explained('mini.csv:2');
    assert.equal(panel.state.blame, first);
    ask(panel, 'blame', 0, false);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(panel.state.blame, first, 'not asked twice');
    panel.step(1);
    await explained('mini.csv:3');
    assert.equal(panel.state.blame, null);
    assert.equal(panel.state.choice.blame?.gold, null, 'the class was said of one sample');
  },
  'a cancelled question has no answer, and the latest of two wins': async () => {
    await openFile('mini.csv', secondRow);
    await vscode.commands.executeCommand('modelBlame.explainRow');
    const panel = await explained('mini.csv:2');
    ask(panel, 'blame', 0);
    say(panel, { type: 'cancelAside', kind: 'blame' });
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.equal(panel.state.blame, null);
    ask(panel, 'blame', 0);
    ask(panel, 'blame', 1);
    const blame = await until('blame', () => panel.state.blame ?? undefined);
    assert.equal(blame.gold.label, 'spam');
  },
  'a counterfactual goes to the clipboard': async () => {
    await openFile('mini.csv', secondRow);
    await vscode.commands.executeCommand('modelBlame.explainRow');
    const panel = await explained('mini.csv:2');
    ask(panel, 'counterfactual', null);
    await until('a counterfactual', () => panel.state.counterfactual ?? undefined);
    await vscode.env.clipboard.writeText('');
    say(panel, { type: 'counterfactual', to: 'clipboard' });
    const copied = await until('the copy', async () => (await vscode.env.clipboard.readText()) || undefined);
    assert.match(copied, /^other money/);
  },
};
