import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { activated, explained, file, until } from './harness';
import type { Tests } from './harness';

export const processes: Tests = {
  'the server dies in the middle: the panel asks again and shows the result': async () => {
    const { context } = await activated();
    await context.server.start();
    const before = context.server.pid;
    assert.ok(before !== undefined);
    context.panels.show({ address: { kind: 'line', uri: file('mini.csv').toString(), line: 2 }, model: null });
    await new Promise((resolve) => setTimeout(resolve, 100));
    process.kill(before, 'SIGKILL');
    await explained('mini.csv:2');
    assert.notEqual(context.server.pid, before);
  },
  'restart on demand': async () => {
    const { context } = await activated();
    await context.server.start();
    const before = context.server.pid;
    await vscode.commands.executeCommand('modelBlame.restartServer');
    const after = await until('another process', () => {
      const { pid } = context.server;
      return pid !== undefined && pid !== before ? pid : undefined;
    });
    assert.ok(after > 0);
  },
  'a runtime that is not there is an error with the setting’s name in it': async () => {
    const { context } = await activated();
    const settings = vscode.workspace.getConfiguration('modelBlame');
    await context.server.stop();
    await settings.update('server.runtime', '/nowhere/node', vscode.ConfigurationTarget.Global);
    try {
      await assert.rejects(context.server.api.models(), /modelBlame\.server\.runtime/);
    } finally {
      await settings.update('server.runtime', undefined, vscode.ConfigurationTarget.Global);
    }
    await context.server.restart();
    await context.server.api.models();
  },
};
