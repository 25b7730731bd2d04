/** From a red test to the heatmap: another extension's test, and a model check. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { appears, patience } from '../support/workbench/pages';
import type { Workbench } from '../support/workbench/pages';
import { packDriver } from '../support/workbench/vsix';
import type { Packed } from '../support/workbench/vsix';
import { inWindow, startSession, whyNoWorkbench } from './session';
import type { Session } from './session';
import { train } from './workspace';

const themes = { dark: 'Default Dark Modern', light: 'Default Light Modern' } as const;
const skip = whyNoWorkbench() ?? false;
let session: Session;
let stub: Packed;

/** Of the model that reads single words: `free` carries most of it. */
const checks = {
  checks: [
    { name: 'a plain offer is spam', kind: 'label', sample: 'data/test.csv:2' },
    {
      name: 'spam is not read off one word',
      kind: 'relevance',
      sample: 'data/test.csv:2',
      on: { words: ['free', 'click'] },
      atMost: 0.05,
    },
  ],
};
const source = [
  'import pytest',
  '',
  'from mail import predict, rows',
  '',
  'def test_mail():',
  '    assert predict(rows[5]) == "ham"',
  '',
];

before(async () => {
  if (skip !== false) return;
  stub = await packDriver(join(import.meta.dirname, 'stub'), 'main.ts');
  session = await startSession({
    extensions: [stub.vsix],
    settings: { 'window.autoDetectColorScheme': false, 'window.autoDetectHighContrast': false },
  });
  writeFileSync(join(session.workspace.folder, 'mail', 'data', 'train.csv'), train);
  writeFileSync(join(session.workspace.folder, 'mail', 'test_mail.py'), source.join('\n'));
  writeFileSync(
    join(session.workspace.folder, 'mail', 'words.modelcheck.json'),
    `${JSON.stringify(checks, null, 2)}\n`,
  );
});
after(async () => {
  await session.close();
  stub.dispose();
});

/** A row of the Test Explorer. */
function inExplorer({ page }: Workbench, text: string, state?: 'passed' | 'failed'): Locator {
  const rows = page.locator('.test-explorer .monaco-list-row', { hasText: text });
  return (state === undefined ? rows : rows.filter({ has: page.locator(`.codicon-testing-${state}-icon`) })).first();
}

/** A row of the results below the editor. */
function inResults({ page }: Workbench, text: string): Locator {
  return page.locator('.test-output-peek-tree .monaco-list-row', { hasText: text }).first();
}

/** Leaves the window in a theme, which it reads at the start; editors that come back with it are closed. */
async function inTheme(workbench: Workbench, theme: string): Promise<void> {
  const { settings } = session.server;
  const now = JSON.parse(readFileSync(settings, 'utf8')) as Record<string, unknown>;
  writeFileSync(settings, JSON.stringify({ ...now, 'workbench.colorTheme': theme }));
  await workbench.showExplorer();
  await workbench.reload();
  await workbench.closeEditors();
}

/** Does something until what it leads to is there: a list that is drawn anew just then swallows clicks. */
async function shown(element: Locator, again: () => Promise<void>): Promise<void> {
  for (const until = Date.now() + patience; Date.now() < until && !(await element.isVisible());) {
    await again();
    await appears(element, 5000);
  }
  await element.waitFor();
}

/** The panel once it shows what `selector` means, in the theme. */
async function explained(workbench: Workbench, theme: string, selector: string): Promise<Frame> {
  const panel = await workbench.panel(selector);
  await panel.locator(`body.vscode-${theme}`).waitFor();
  return panel;
}

for (const [name, theme] of Object.entries(themes)) {
  test(`another extension’s red test: from its message to the heatmap (${name})`, { skip }, () =>
    inWindow(session, `foreign-${name}`, async (workbench) => {
      await inTheme(workbench, theme);
      await workbench.openFile('mail/test_mail.py');
      await workbench.command('Stub: Run the Tests');
      await workbench.command('Test Results: Focus on Test Results View');
      // Its only message shares the row of the test. The menu of the row knows the test alone, and says so.
      const row = inResults(workbench, 'AssertionError: data/test.csv:7');
      await workbench.contextMenu(row, 'Explain the Failing Sample');
      await workbench.notification('open the failure and choose').waitFor();
      await workbench.command('Notifications: Clear All Notifications');
      // The message itself has a button.
      const button = workbench.page
        .locator('.floating-click-widget', { hasText: 'Explain the Failing Sample' })
        .first();
      await shown(button, () => row.click());
      await workbench.screenshot(`failure-foreign-message-${name}`);
      await button.click();
      // The model is wrong about this mail: the panel asks at once what is to blame.
      const panel = await explained(workbench, name, '.order-row');
      assert.match(await panel.locator('.verdict').innerText(), /^The model says spam \(0\.\d+\); it should be ham/);
      await workbench.screenshot(`failure-foreign-${name}`);
      await panel.locator('.order-row', { hasText: 'dinner' }).click();
      await workbench.cursorIs(/^Ln 7, .*\(6 selected\)/);
      assert.equal(await workbench.selectedText(), 'dinner');
    }),
  );

  test(`a model check: gutter, run, failure, explain, jump to the source (${name})`, { skip }, () =>
    inWindow(session, `check-${name}`, async (workbench) => {
      const { page } = workbench;
      await inTheme(workbench, theme);
      await workbench.openFile('mail/words.modelcheck.json');
      await page.locator('.testing-run-glyph').nth(1).waitFor();
      await workbench.command('Testing: Focus on Test Explorer View');
      const source = inExplorer(workbench, 'words.modelcheck.json');
      await source.waitFor();
      await workbench.command('Test: Run All Tests');
      await inExplorer(workbench, 'words.modelcheck.json', 'failed').waitFor();
      await shown(inExplorer(workbench, 'a plain offer is spam', 'passed'), async () => {
        if ((await source.getAttribute('aria-expanded')) === 'true') return;
        await source.click();
        await page.keyboard.press('ArrowRight');
      });
      const failed = inExplorer(workbench, 'spam is not read off one word', 'failed');
      await failed.waitFor();
      await workbench.screenshot(`check-failed-${name}`);
      await workbench.contextMenu(failed, 'Explain the Failing Sample');
      const panel = await explained(workbench, name, '.token');
      await panel.locator('.accounting-line', { hasText: 'Σ relevance' }).waitFor();
      await panel.locator('.token:not(.special)', { hasText: 'click' }).click();
      await workbench.cursorIs(/^Ln 2, .*\(5 selected\)/);
      assert.equal(await workbench.selectedText(), 'click');
      await workbench.screenshot(`check-explained-${name}`);
    }),
  );
}
