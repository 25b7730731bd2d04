import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { patience } from '../support/workbench/pages';
import { inWindow, startSession, whyNoWorkbench } from './session';
import type { Session } from './session';

const skip = whyNoWorkbench() ?? false;
let session: Session;
let proof = '';
before(async () => {
  if (skip !== false) return;
  session = await startSession({
    workspaceTrust: true,
    settings: { 'security.workspace.trust.startupPrompt': 'never', 'security.workspace.trust.banner': 'never' },
  });
  // A workspace that would like its own program to be run as the server.
  const { folder } = session.workspace;
  proof = join(folder, 'it-ran');
  const program = join(folder, 'evil.sh');
  writeFileSync(program, `#!/bin/sh\ntouch '${proof}'\nexec '${process.execPath}' "$@"\n`);
  chmodSync(program, 0o755);
  mkdirSync(join(folder, '.vscode'));
  writeFileSync(join(folder, '.vscode', 'settings.json'), JSON.stringify({ 'modelBlame.server.runtime': program }));
});
after(() => session.close());

test('restricted mode explains with the built-in readers and runs nothing from workspace settings', { skip }, () =>
  inWindow(session, 'restricted', async (workbench) => {
    await workbench.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
    await workbench.openFile('mail/data/test.csv');
    await workbench.contextMenu(workbench.line('free money'), 'Explain Row');
    const panel = await workbench.panel('.token');
    await panel.locator('.accounting-line', { hasText: 'Σ relevance' }).waitFor();
    await workbench.screenshot('restricted');
    assert.equal(existsSync(proof), false, 'the workspace’s program was run');
    // The check can fail: trusted, the same setting is obeyed.
    await workbench.command('Workspaces: Manage Workspace Trust');
    await workbench.page.getByRole('button', { name: 'Trust', exact: true }).first().click();
    await workbench.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor({ state: 'detached' });
    // The extension hears of the trust, and with it of the setting, some time after the window.
    for (const until = Date.now() + patience; !existsSync(proof);) {
      assert.ok(Date.now() < until, 'trusted, the program of the setting is run');
      await workbench.command('Model Blame: Restart Server');
      for (const soon = Date.now() + 10_000; !existsSync(proof) && Date.now() < soon;)
        await workbench.page.waitForTimeout(200);
    }
  }),
);
