import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { activated, extensionId, until } from './harness';
import type { Tests } from './harness';

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly default: unknown }>> };
    readonly colors: readonly { readonly id: string }[];
  };
}

function manifest(): Manifest {
  return vscode.extensions.getExtension(extensionId)?.packageJSON as Manifest;
}

export const activation: Tests = {
  'activates, and starts no server by itself': async () => {
    const { context } = await activated();
    assert.equal(context.server.pid, undefined);
    assert.equal(context.server.status.state, 'stopped');
  },
  'registers every contributed command': async () => {
    await activated();
    const registered = new Set(await vscode.commands.getCommands(true));
    const missing = manifest().contributes.commands.filter(({ command }) => !registered.has(command));
    assert.deepEqual(missing, []);
  },
  'every contributed text was found in the language file': () => {
    assert.doesNotMatch(JSON.stringify(manifest().contributes), /%[a-z]+\.[\w.]+%/i);
  },
  'settings have their documented defaults': () => {
    for (const [name, { default: value }] of Object.entries(manifest().contributes.configuration.properties))
      assert.deepEqual(vscode.workspace.getConfiguration().inspect(name)?.defaultValue, value, name);
  },
  'engines are listed by the server': async () => {
    const { context } = await activated();
    const { engines, chosen } = await context.server.api.engines();
    assert.equal(engines.find(({ name }) => name === chosen)?.available, true);
    await until('status', () => (context.server.status.state === 'idle' ? true : undefined));
  },
};
