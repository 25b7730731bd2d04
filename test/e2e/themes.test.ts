import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { inWindow, startSession, whyNoWorkbench } from './session';
import type { Session } from './session';

const themes = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  'high-contrast': 'Default High Contrast',
} as const;

const skip = whyNoWorkbench() ?? false;
let session: Session;
before(async () => {
  if (skip === false)
    session = await startSession({
      settings: { 'window.autoDetectColorScheme': false, 'window.autoDetectHighContrast': false },
    });
});
after(() => session.close());

/** Pictures to be looked at; the test itself proves that everything is drawn in each theme. */
for (const [name, theme] of Object.entries(themes))
  test(`text, picture and table in ${name}`, { skip }, () =>
    inWindow(session, name, async (workbench) => {
      const { settings } = session.server;
      const now = JSON.parse(readFileSync(settings, 'utf8')) as Record<string, unknown>;
      writeFileSync(settings, JSON.stringify({ ...now, 'workbench.colorTheme': theme }));
      // Native file watching is left out of this workbench: it reads its settings at the start.
      await workbench.reload();
      await workbench.openFile('mail/data/test.csv');
      await workbench.contextMenu(workbench.line('free money'), 'Explain Row');
      const panel = await workbench.panel('.token');
      const explained = () => panel.locator('.accounting-line', { hasText: 'Σ relevance' }).waitFor();
      await explained();
      await panel.locator(`body.vscode-${name}`).waitFor();
      await workbench.page.waitForTimeout(500);
      await workbench.screenshot(`text-${name}`);
      await workbench.contextMenu(await workbench.explorerItem(session.workspace.picture), 'Explain Picture');
      await panel.locator('canvas.stage').waitFor();
      await explained();
      await workbench.page.waitForTimeout(500);
      await workbench.screenshot(`picture-${name}`);
      await workbench.openFile('table/data/test.csv');
      await workbench.contextMenu(workbench.line('L2402'), 'Explain Row');
      await panel.locator('.bar-row').first().waitFor();
      await explained();
      await workbench.page.waitForTimeout(500);
      await workbench.screenshot(`table-${name}`);
      assert.equal(await panel.locator('.bar-row').count(), 8);
    }),
  );
