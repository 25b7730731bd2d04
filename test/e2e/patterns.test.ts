/** From the mistakes to what they have in common: a cell, its patterns, a group, a lasso, a row of the source. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { patience } from '../support/workbench/pages';
import { inWindow, startSession, whyNoWorkbench } from './session';
import type { Session } from './session';

const skip = whyNoWorkbench() ?? false;
let session: Session;
before(async () => {
  if (skip !== false) return;
  session = await startSession({
    settings: {
      'window.autoDetectColorScheme': false,
      'window.autoDetectHighContrast': false,
      'explorer.compactFolders': false,
    },
  });
  for (const name of ['train.csv', 'test.csv'])
    copyFileSync(
      resolve(import.meta.dirname, '../../examples/mail/data', name),
      join(session.workspace.folder, 'mail', 'data', name),
    );
});
after(() => session.close());

for (const [name, theme] of [
  ['dark', 'Default Dark Modern'],
  ['light', 'Default Light Modern'],
] as const)
  test(`confusion cell, patterns, group, lasso, row (${name})`, { skip }, () =>
    inWindow(session, `patterns-${name}`, async (workbench) => {
      const { page } = workbench;
      const { settings } = session.server;
      const now = JSON.parse(readFileSync(settings, 'utf8')) as Record<string, unknown>;
      writeFileSync(settings, JSON.stringify({ ...now, 'workbench.colorTheme': theme }));
      await workbench.showExplorer();
      await workbench.reload();
      await workbench.contextMenu(await workbench.explorerItem('mail/data/test.csv'), 'Find Misclassified Samples');
      await page.locator('.sidebar .message', { hasText: /606 samples · accuracy 0\.9/ }).waitFor();
      await workbench.command('Model Blame: Open Survey Page');
      const survey = await workbench.panel('.matrix .cell');
      await survey.getByRole('button', { name: /^[1-9]\d* with gold ham predicted spam/ }).click();
      await workbench.screenshot(`patterns-button-${name}`);
      await survey.locator('vscode-button', { hasText: 'Patterns in this cell' }).click();

      const patterns = await workbench.panel('.pattern-view .feature');
      await patterns.locator(`body.vscode-${name}`).waitFor();
      assert.match(await patterns.locator('h2').innerText(), /test\.csv: ham predicted as spam$/);
      assert.match(await patterns.locator('.report h3').first().innerText(), /^ham predicted as spam/);
      await patterns.locator('.feature').first().click();
      await patterns.locator('.sample.wrong').first().waitFor();
      await workbench.screenshot(`patterns-features-${name}`);

      await patterns.locator('#tab-clusters').click();
      const group = patterns.locator('.group').first();
      await group.waitFor();
      await group.click();
      await patterns.locator('.sample').first().waitFor();
      await workbench.screenshot(`patterns-groups-${name}`);

      await patterns.locator('#tab-map').click();
      const map = patterns.locator('.sample-map');
      await patterns.locator('.pattern-view[aria-busy=false]').waitFor();
      // Once it rests where it is.
      await map.hover({ position: { x: 4, y: 4 } });
      // Within the page: the frame lies somewhere in the window.
      const box = await map.boundingBox();
      assert.ok(box !== null);
      const corners = [
        [4, 4],
        [box.width - 4, 4],
        [box.width - 4, box.height - 4],
        [4, box.height - 4],
        [4, 12],
      ] as const;
      await page.mouse.move(box.x + 4, box.y + 4);
      await page.mouse.down();
      for (const [x, y] of corners) await page.mouse.move(box.x + x, box.y + y, { steps: 4 });
      await page.mouse.up();
      await patterns.locator('.picked h3', { hasText: /^\d+ samples inside the lasso$/ }).waitFor();
      await workbench.screenshot(`patterns-map-${name}`);
      const row = patterns.locator('.sample').first();
      const [, line] = /test\.csv:(\d+)/.exec(await row.innerText()) ?? [];
      assert.ok(line !== undefined);
      await row.click();
      await workbench.cursorIs(new RegExp(`^Ln ${line}, Col 1$`));
      assert.ok(await patterns.locator('.sample').first().isVisible(), 'the list stays beside the row');
      await workbench.screenshot(`patterns-row-${name}`);
    }),
  );

test('a shortcut is flagged: lists in the tree, and a check that fails', { skip }, () =>
  inWindow(session, 'patterns-shortcut', async (workbench) => {
    const { page } = workbench;
    await workbench.showExplorer();
    await workbench.contextMenu(await workbench.explorerItem('mail/data/test.csv'), 'Find Misclassified Samples');
    await page.locator('.sidebar .message', { hasText: /606 samples · accuracy 0\.9/ }).waitFor();
    await workbench.command('Model Blame: Open Survey Page');
    const survey = await workbench.panel('.matrix .cell');
    await survey.locator('vscode-button[aria-label="Patterns"]').click();
    const patterns = await workbench.panel('.pattern-view .feature');
    // What only ham has in these mails: the beginning of a quotation.
    await patterns.locator('.report', { hasText: 'spam predicted as ham' }).locator('.feature').first().waitFor();
    await patterns
      .locator('.feature', { has: patterns.locator('.feature-name', { hasText: /^wrote$/ }) })
      .first()
      .click();
    await patterns.locator('vscode-button', { hasText: 'Flag as a shortcut' }).click();
    await patterns.locator('#tab-unusual').click();
    await patterns.locator('.rule', { hasText: 'on flagged features' }).first().waitFor();
    const list = page.locator('.sidebar .monaco-list-row', { hasText: 'On a flagged shortcut' });
    await list.waitFor();
    await workbench.openGroup(list, page.locator('.sidebar .monaco-list-row', { hasText: /ham (> )?0\.\d+/ }).first());
    await workbench.screenshot('patterns-flagged');
    await patterns.locator('#tab-features').click();
    await patterns
      .locator('.feature', { has: patterns.locator('.feature-name', { hasText: /^wrote$/ }) })
      .first()
      .click();
    await patterns.locator('vscode-button', { hasText: 'Make a check of it' }).click();
    await page.locator('.tab', { hasText: 'shortcuts.modelcheck.json' }).waitFor();
    const file = join(session.workspace.folder, 'mail', 'shortcuts.modelcheck.json');
    const { checks } = JSON.parse(readFileSync(file, 'utf8')) as { checks: unknown };
    assert.deepEqual(checks, [
      {
        name: 'not read off wrote',
        kind: 'relevance',
        dataset: 'data/test.csv',
        model: 'mail',
        on: { words: ['wrote'] },
        atMost: 0.1,
      },
    ]);
    await workbench.screenshot('patterns-check');
  }),
);

test('a folder of pictures is surveyed from the explorer', { skip }, () =>
  inWindow(session, 'patterns-folder', async (workbench) => {
    const { page } = workbench;
    for (const label of ['3', '8'])
      cpSync(
        resolve(import.meta.dirname, '../../examples/digits/data/watermark', label),
        join(session.workspace.folder, 'digits', 'data', 'watermark', label),
        { recursive: true },
      );
    await workbench.showExplorer();
    await workbench.contextMenu(await workbench.explorerItem('digits/data/watermark'), 'Find Misclassified Samples');
    await page.locator('.sidebar .message', { hasText: /^\d+ samples · accuracy 0\.\d+/ }).waitFor();
    await page.locator('.sidebar .monaco-list-row', { hasText: '3 → 8' }).first().waitFor();
    await workbench.screenshot('patterns-folder');
  }),
);

test('a page of an earlier window is not there twice', { skip }, () =>
  inWindow(session, 'patterns-twice', async (workbench) => {
    const { page } = workbench;
    await workbench.showExplorer();
    await workbench.contextMenu(await workbench.explorerItem('mail/data/test.csv'), 'Find Misclassified Samples');
    await page.locator('.sidebar .message', { hasText: /606 samples · accuracy 0\.9/ }).waitFor();
    await workbench.command('Model Blame: Open Survey Page');
    await (await workbench.panel('.matrix .cell')).locator('.matrix').first().waitFor();
    await workbench.showExplorer();
    await workbench.openFile('mail/data/test.csv');
    await workbench.stored(/"mainThreadWebview-modelBlame\.survey"/);
    await workbench.reload();
    // The survey's tab waits behind the file until it is looked at.
    const tabs = page.locator('.tab', { hasText: 'Survey' });
    await tabs.first().waitFor();
    await workbench.showExplorer();
    await workbench.contextMenu(await workbench.explorerItem('mail/data/test.csv'), 'Find Misclassified Samples');
    await page.locator('.sidebar .message', { hasText: /606 samples · accuracy 0\.9/ }).waitFor();
    await workbench.command('Model Blame: Open Survey Page');
    await workbench.panel('.matrix .cell');
    for (const until = Date.now() + patience; (await tabs.count()) > 1 && Date.now() < until;)
      await page.waitForTimeout(100);
    assert.equal(await tabs.count(), 1);
  }),
);
