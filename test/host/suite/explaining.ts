import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { featureAt, sourcesOf } from '../../../extension/editor/features';
import { activated, explained, file, openFile, until } from './harness';
import type { Tests } from './harness';

const secondRow = new vscode.Range(1, 5, 1, 5);

export const explaining: Tests = {
  'a row: the one with the cursor': async () => {
    await openFile('mini.csv', secondRow);
    await vscode.commands.executeCommand('modelBlame.explainRow');
    const { state } = await explained('mini.csv:2');
    assert.deepEqual(state.subject?.address, { kind: 'line', uri: file('mini.csv').toString(), line: 2 });
  },
  'a row: the gutter’s argument wins over the cursor': async () => {
    await openFile('mini.csv', secondRow);
    await vscode.commands.executeCommand('modelBlame.explainRow', { lineNumber: 3, uri: file('mini.csv') });
    await explained('mini.csv:3');
  },
  'a selection, in an untitled document too': async () => {
    const document = await vscode.workspace.openTextDocument({ content: 'never saved anywhere\n' });
    const editor = await vscode.window.showTextDocument(document);
    editor.selection = new vscode.Selection(0, 6, 0, 20);
    await vscode.commands.executeCommand('modelBlame.explainSelection');
    const { state } = await explained('Untitled-1:1');
    const [first] = sourcesOf(state.explanation!.features);
    assert.equal(document.getText(toRange(first!.range)), 'saved');
  },
  'one panel is reused; a pinned one stays and the next gets a tab beside it': async () => {
    const { context } = await activated();
    await openFile('mini.csv', secondRow);
    await vscode.commands.executeCommand('modelBlame.explainRow');
    const first = await explained('mini.csv:2');
    await vscode.commands.executeCommand('modelBlame.explainRow', { lineNumber: 3, uri: file('mini.csv') });
    await explained('mini.csv:3');
    assert.equal(context.panels.all.length, 1);
    first.setPinned(true);
    await vscode.commands.executeCommand('modelBlame.explainRow', { lineNumber: 4, uri: file('mini.csv') });
    const second = await explained('mini.csv:4');
    assert.equal(context.panels.all.length, 2);
    assert.equal(first.state.explanation?.sample.title, 'mini.csv:3');
    // The editor tells a new panel its column some time after it was made.
    assert.equal(await until('its column', () => second.view.viewColumn), first.view.viewColumn);
  },
  'reveal selects exactly the characters, in the column of the file': async () => {
    const { context } = await activated();
    const editor = await openFile('mini.csv', secondRow);
    await vscode.commands.executeCommand('modelBlame.explainRow');
    const { state } = await explained('mini.csv:2');
    for (const source of sourcesOf(state.explanation!.features)) {
      await context.revealer.characters(source!, true);
      const active = vscode.window.activeTextEditor;
      assert.equal(active?.viewColumn, editor.viewColumn);
      assert.deepEqual(plain(active?.selection), source!.range);
    }
    const wave = sourcesOf(state.explanation!.features)[2]!;
    assert.equal(editor.document.getText(toRange(wave.range)), '👩‍🚀');
  },
  'the caret finds its feature': async () => {
    await openFile('mini.csv', secondRow);
    await vscode.commands.executeCommand('modelBlame.explainRow');
    const { state } = await explained('mini.csv:2');
    const sources = sourcesOf(state.explanation!.features);
    const uri = file('mini.csv').toString();
    assert.equal(featureAt(sources, uri, { line: 1, character: 0 }), 0);
    assert.equal(featureAt(sources, uri, { line: 1, character: 6 }), 1);
    assert.equal(featureAt(sources, uri, { line: 2, character: 0 }), null);
  },
  'an error of the server is shown as an error, and asked again it may pass': async () => {
    const { context } = await activated();
    const panel = context.panels.show({
      address: { kind: 'line', uri: file('mini.csv').toString(), line: 99 },
      model: null,
    });
    assert.equal(panel.state.busy, true);
    await until('its end', () => (panel.state.busy ? undefined : true));
    assert.equal(panel.state.explanation, null);
    panel.show({ address: { kind: 'line', uri: file('mini.csv').toString(), line: 2 }, model: null });
    await explained('mini.csv:2');
  },
  'the latest of two questions wins': async () => {
    const { context } = await activated();
    const uri = file('mini.csv').toString();
    const panel = context.panels.show({ address: { kind: 'line', uri, line: 2 }, model: null });
    panel.show({ address: { kind: 'line', uri, line: 3 }, model: null });
    await explained('mini.csv:3');
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.equal(panel.state.explanation?.sample.title, 'mini.csv:3');
  },
  'next and previous sample': async () => {
    await openFile('mini.csv', secondRow);
    await vscode.commands.executeCommand('modelBlame.explainRow');
    await explained('mini.csv:2');
    await vscode.commands.executeCommand('modelBlame.nextSample');
    await explained('mini.csv:3');
    await vscode.commands.executeCommand('modelBlame.previousSample');
    await explained('mini.csv:2');
  },
};

function toRange({ start, end }: { start: vscode.Position | Plain; end: vscode.Position | Plain }): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}

interface Plain {
  readonly line: number;
  readonly character: number;
}

function plain(range: vscode.Range | undefined): { start: Plain; end: Plain } | undefined {
  if (range === undefined) return undefined;
  const { start, end } = range;
  return {
    start: { line: start.line, character: start.character },
    end: { line: end.line, character: end.character },
  };
}
