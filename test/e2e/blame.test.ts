import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { inWindow, startSession, whyNoWorkbench } from './session';
import type { Session } from './session';
import { train } from './workspace';

const skip = whyNoWorkbench() ?? false;
let session: Session;
before(async () => {
  if (skip !== false) return;
  session = await startSession();
  writeFileSync(join(session.workspace.folder, 'mail', 'data', 'train.csv'), train);
});
after(() => session.close());

/** Chooses a method by typing a part of its name, and waits for its result. */
async function choose(panel: Frame, query: string, name: RegExp): Promise<void> {
  await panel.locator('.picker:visible').first().click();
  await panel.locator('.picker-search:visible').first().fill(query);
  await panel.getByRole('option', { name }).first().click();
  await panel.getByText('Accounting', { exact: true }).waitFor();
  await panel.locator('.result[aria-busy=false]').waitFor();
}

test('blame of a misclassified row: order, removal, donors, counterfactual', { skip }, () =>
  inWindow(session, 'blame', async (workbench) => {
    await workbench.openFile('mail/data/test.csv');
    await workbench.contextMenu(workbench.line('free dinner'), 'Explain Blame');
    const panel = await workbench.panel('.order-row');
    assert.match(await panel.locator('.verdict').innerText(), /^The model says spam \(0\.\d+\); it should be ham/);
    assert.match(await panel.locator('.blame-head > .dim').innerText(), /5 of 5 samples|all 5 samples/);
    await panel.locator('.order-row', { hasText: 'dinner' }).click();
    await workbench.cursorIs(/\(6 selected\)/);
    assert.equal(await workbench.selectedText(), 'dinner');
    await panel.locator('.removal .curve').waitFor();
    await workbench.screenshot('blame-text');
    await panel.locator('.donors button').first().click();
    await workbench.page.locator('.tab .monaco-icon-label[aria-label$="/mail/data/train.csv"]').waitFor();
    await panel.locator('vscode-button', { hasText: 'Find a counterfactual' }).click();
    await panel.locator('table.changes').waitFor();
    await workbench.page.evaluate(`navigator.clipboard.writeText('')`);
    await panel.locator('vscode-button', { hasText: /^Copy/ }).click();
    const copied = await workbench.copied();
    assert.match(copied, /free|dinner/);
    assert.notEqual(copied, '4,free dinner,ham');
    await panel.locator('.counterfactual').scrollIntoViewIfNeeded();
    await workbench.screenshot('blame-counterfactual');
  }),
);

test('new methods from the picker: LRP with its books, Grad-CAM with its units', { skip }, () =>
  inWindow(session, 'methods', async (workbench) => {
    await workbench.contextMenu(await workbench.explorerItem(session.workspace.picture), 'Explain Picture');
    const panel = await workbench.panel('canvas.stage');
    await panel.locator('.accounting-line', { hasText: 'Σ relevance' }).first().waitFor();
    await choose(panel, 'lrp', /^LRP /);
    await panel.locator('.accounting-line', { hasText: 'absorbed' }).first().waitFor();
    await panel.getByText('Conservation: what each node hands on').click();
    await panel.locator('.balance').first().waitFor();
    assert.ok((await panel.locator('.balance').count()) > 4);
    await panel.locator('.balances').scrollIntoViewIfNeeded();
    await workbench.screenshot('lrp-books');
    await choose(panel, 'grad-cam', /^Grad-CAM /);
    const unit = panel.getByRole('option', { name: /^unit \d+, activation/ }).first();
    await unit.waitFor();
    await workbench.screenshot('grad-cam-units');
    await unit.click();
    await panel.getByText(/explained through unit \d+ alone/).waitFor();
    await workbench.screenshot('unit');
  }),
);
