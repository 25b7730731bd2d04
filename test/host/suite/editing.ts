import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { explained, openFile, until } from './harness';
import type { Tests } from './harness';

export const editing: Tests = {
  'unsaved text wins over the disk, and the panel asks again by itself': async () => {
    const editor = await openFile('mini.csv', new vscode.Range(1, 0, 1, 0));
    await vscode.commands.executeCommand('modelBlame.explainRow');
    const panel = await explained('mini.csv:2');
    await editor.edit((edit) => edit.insert(new vscode.Position(1, 0), 'typed '));
    await until('the typed word', () => (firstToken(panel.state.explanation) === 'typed' ? true : undefined));
    // Undone, the file is clean: the disk counts again.
    await vscode.commands.executeCommand('undo');
    await until('the word of the file', () => (firstToken(panel.state.explanation) === 'free' ? true : undefined));
  },
  'a line typed above moves the sample along': async () => {
    const editor = await openFile('mini.csv', new vscode.Range(2, 0, 2, 0));
    await vscode.commands.executeCommand('modelBlame.explainRow');
    const panel = await explained('mini.csv:3');
    const before = firstToken(panel.state.explanation);
    await editor.edit((edit) => edit.insert(new vscode.Position(1, 0), 'one more,ham\n'));
    await explained('mini.csv:4');
    assert.equal(firstToken(panel.state.explanation), before);
  },
  'the colours in the file can be switched off and on': async () => {
    const settings = () => vscode.workspace.getConfiguration('modelBlame').get('decorations.enabled');
    assert.equal(settings(), true);
    await vscode.commands.executeCommand('modelBlame.toggleDecorations');
    assert.equal(settings(), false);
    await vscode.commands.executeCommand('modelBlame.toggleDecorations');
    assert.equal(settings(), true);
  },
};

function firstToken(explanation: { readonly features: { readonly kind: string } } | null): string | undefined {
  const features = explanation?.features as { readonly tokens?: readonly { readonly text: string }[] } | undefined;
  return features?.tokens?.[0]?.text;
}
