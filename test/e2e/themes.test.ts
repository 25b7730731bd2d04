import { test } from 'node:test';
import assert from 'node:assert/strict';
import { inWindow, startSession, whyNoWorkbench } from './session';

const themes = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  'high-contrast': 'Default High Contrast',
} as const;

/** Pictures to be looked at; the test itself proves that everything is drawn in each theme. */
for (const [name, theme] of Object.entries(themes))
  test(`text, picture and table in ${name}`, { skip: whyNoWorkbench() ?? false }, async () => {
    const session = await startSession({
      settings: {
        'workbench.colorTheme': theme,
        'window.autoDetectColorScheme': false,
        'window.autoDetectHighContrast': false,
      },
    });
    try {
      await inWindow(session, name, async (workbench) => {
        await workbench.openFile('mail/data/test.csv');
        await workbench.contextMenu(workbench.line('free money'), 'Explain Row');
        const panel = await workbench.panel('.token');
        await panel.locator('.accounting-line', { hasText: 'Σ relevance' }).waitFor();
        assert.match((await panel.locator('body').getAttribute('class')) ?? '', new RegExp(`vscode-${name}`));
        await workbench.page.waitForTimeout(500);
        await workbench.screenshot(`text-${name}`);
        await workbench.contextMenu(await workbench.explorerItem(session.workspace.picture), 'Explain Picture');
        await panel.locator('canvas.stage').waitFor();
        await panel.locator('.accounting-line', { hasText: 'Σ relevance' }).waitFor();
        await workbench.page.waitForTimeout(500);
        await workbench.screenshot(`picture-${name}`);
        await workbench.openFile('table/data/test.csv');
        await workbench.contextMenu(workbench.line('L2402'), 'Explain Row');
        await panel.locator('.bar-row').first().waitFor();
        await panel.locator('.accounting-line', { hasText: 'Σ relevance' }).waitFor();
        await workbench.page.waitForTimeout(500);
        await workbench.screenshot(`table-${name}`);
      });
    } finally {
      await session.close();
    }
  });
