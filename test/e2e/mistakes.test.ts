import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { appears, patience } from '../support/workbench/pages';
import type { Workbench } from '../support/workbench/pages';
import { inWindow, startSession, whyNoWorkbench } from './session';
import type { Session } from './session';
import { retrain } from './workspace';

const skip = whyNoWorkbench() ?? false;
let session: Session;
before(async () => {
  if (skip !== false) return;
  session = await startSession({
    settings: { 'window.autoDetectColorScheme': false, 'window.autoDetectHighContrast': false },
  });
  // The whole test split of the example: some of its mails are misclassified.
  for (const name of ['train.csv', 'test.csv'])
    copyFileSync(
      resolve(import.meta.dirname, '../../examples/mail/data', name),
      join(session.workspace.folder, 'mail', 'data', name),
    );
});
after(() => session.close());

/** Rows of the Mistakes view that are drawn now. */
function rows({ page }: Workbench, text: string | RegExp): Locator {
  return page.locator('.sidebar .monaco-list-row', { hasText: text });
}

/** What the heads of so many panels say of their results, once all of them have ended. */
async function metasOf(page: Page, count: number): Promise<readonly string[]> {
  for (const until = Date.now() + patience; ;) {
    const metas = await Promise.all(
      page.frames().map(async (frame) => {
        try {
          if ((await frame.locator('.result[aria-busy=false]').count()) === 0) return [];
          return await frame.locator('.meta').allInnerTexts();
        } catch {
          // The frame was replaced while we looked.
          return [];
        }
      }),
    );
    const said = metas.flat().filter((meta) => meta !== '');
    if (said.length === count) return said;
    assert.ok(Date.now() < until, `${said.length} of ${count} panels: ${said.join(' | ')}`);
    await page.waitForTimeout(300);
  }
}

async function survey(workbench: Workbench): Promise<void> {
  await workbench.showExplorer();
  await workbench.contextMenu(await workbench.explorerItem('mail/data/test.csv'), 'Find Misclassified Samples');
  // While it runs the line above the list says how far; at the end, how many samples there are.
  await workbench.page.locator('.sidebar .message', { hasText: /606 samples · accuracy 0\.9/ }).waitFor();
}

for (const [name, theme] of [
  ['dark', 'Default Dark Modern'],
  ['light', 'Default Light Modern'],
] as const)
  test(`survey, confusion cell, next mistake, panel (${name})`, { skip }, () =>
    inWindow(session, `mistakes-${name}`, async (workbench) => {
      const { page } = workbench;
      const { settings } = session.server;
      const now = JSON.parse(readFileSync(settings, 'utf8')) as Record<string, unknown>;
      writeFileSync(settings, JSON.stringify({ ...now, 'workbench.colorTheme': theme }));
      await workbench.reload();
      await survey(workbench);
      const pair = rows(workbench, /(ham|spam) → (ham|spam)/).first();
      await pair.waitFor();
      await pair.click();
      await page.waitForTimeout(800);
      await workbench.screenshot(`mistakes-tree-${name}`);

      await workbench.command('Model Blame: Open Survey Page');
      const surveyPage = await workbench.panel('.matrix .cell');
      const cell = surveyPage.getByRole('button', { name: /^[1-9]\d* with gold ham predicted spam/ });
      const count = Number(await cell.innerText());
      await page.waitForTimeout(300);
      await workbench.screenshot(`mistakes-survey-${name}`);
      await cell.click();
      await surveyPage.locator('.list-row').first().waitFor();
      await surveyPage.locator('.mistakes-table > .dim', { hasText: new RegExp(`^${count} samples?$`) }).waitFor();
      await page.locator('.sidebar .message', { hasText: 'shown: gold ham · predicted spam' }).waitFor();
      await workbench.screenshot(`mistakes-cell-${name}`);

      await workbench.command('Model Blame: Next Mistake');
      const panel = await workbench.panel('.verdict');
      await panel.locator('.verdict', { hasText: /^The model says spam \(.*\); it should be ham/ }).waitFor();
      await panel.locator('.order-row').first().waitFor();
      const first = await workbench.cursor();
      await page.waitForTimeout(500);
      await workbench.screenshot(`mistakes-panel-${name}`);
      await page.locator('.tab', { hasText: 'test.csv' }).first().click();
      // The editor may have the focus only a moment after its tab was clicked.
      for (const end = Date.now() + patience; (await workbench.cursor()) === first && Date.now() < end;) {
        await page.keyboard.press('Control+F8');
        for (const until = Date.now() + 10_000; (await workbench.cursor()) === first && Date.now() < until;)
          await page.waitForTimeout(100);
      }
      assert.notEqual(await workbench.cursor(), first);
      await page
        .locator('.codelens-decoration', { hasText: /spam 0\.\d+ · gold ham · explain/ })
        .first()
        .waitFor();
      await panel.locator('.order-row').first().waitFor();
      await page.waitForTimeout(1500);
      await workbench.screenshot(`mistakes-next-${name}`);
    }),
  );

test('wrong rows as problems, and a hover from what is known', { skip }, () =>
  inWindow(session, 'mistakes-hints', async (workbench) => {
    const { page } = workbench;
    const { settings } = session.server;
    const now = JSON.parse(readFileSync(settings, 'utf8')) as Record<string, unknown>;
    writeFileSync(settings, JSON.stringify({ ...now, 'modelBlame.diagnostics.enabled': true }));
    await workbench.reload();
    await survey(workbench);
    await workbench.command('Model Blame: Next Mistake');
    const panel = await workbench.panel('.verdict');
    await panel.locator('.order-row').first().waitFor();
    const lines = page.locator('.squiggly-info');
    await lines.first().waitFor();
    // Of several rows on the screen the one with the cursor; another one may lie half behind the tabs. The editor
    // draws it anew when the prediction above the row appears: for a moment it is nowhere.
    const markOfCursor = async () => {
      const row = await page.locator('.editor-instance .current-line').first().boundingBox();
      const boxes = await Promise.all((await lines.all()).map((line) => line.boundingBox()));
      return boxes.find((one) => row !== null && one !== null && Math.abs(one.y - row.y) < row.height) ?? null;
    };
    const hover = page.locator('.monaco-hover', { hasText: /predicted (ham|spam) (> )?0\.\d+/ }).first();
    const text = () => hover.innerText({ timeout: 1000 }).catch(() => '');
    let said = '';
    for (const until = Date.now() + patience; said === ''; said = await text()) {
      assert.ok(Date.now() < until, 'the mark of the row has a hover');
      const box = await markOfCursor();
      if (box !== null) {
        // The text lies above the line that is drawn below it.
        await page.mouse.move(box.x + 60, box.y + 6);
        await page.mouse.move(box.x + 70, box.y + 6);
      }
      await appears(hover, box === null ? 100 : 5000);
    }
    assert.match(said, /The model says (ham|spam) [\d.>< ]+ · gold (ham|spam)\./);
    await workbench.screenshot('mistakes-hover');
  }),
);

test('the model is rewritten: what changed, in one click, and both models side by side', { skip }, () =>
  inWindow(session, 'mistakes-changed', async (workbench) => {
    const { page } = workbench;
    await survey(workbench);
    retrain(join(session.workspace.folder, 'mail', 'models', 'mail.onnx'));
    await workbench.command('Model Blame: Predict Again');
    const changed = page.locator('.statusbar-item', { hasText: /model changed: \d+ newly right, \d+ newly wrong/ });
    await changed.waitFor();
    await workbench.screenshot('mistakes-changed');
    await changed.click();
    const group = rows(workbench, /^Newly wrong/).first();
    await group.waitFor();
    const row = rows(workbench, /ham → spam 0\.\d+/).first();
    await workbench.openGroup(group, row);
    await workbench.contextMenu(row, 'Explain with Both Models');
    for (const note of ['before', 'now'])
      await page.locator('.tab', { hasText: new RegExp(`test\\.csv:\\d+ \\(${note}\\)`) }).waitFor();
    const metas = await metasOf(page, 2);
    await workbench.screenshot('mistakes-both');
    assert.equal(metas.filter((meta) => /mail@[0-9a-f]{12}/.test(meta)).length, 1, metas.join(' | '));
  }),
);
