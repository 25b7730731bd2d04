import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { appears, patience } from '../support/workbench/pages';
import type { Workbench } from '../support/workbench/pages';
import { inWindow, startSession, whyNoWorkbench } from './session';
import type { Session } from './session';
import { mail } from './workspace';

const skip = whyNoWorkbench() ?? false;
let session: Session;
before(async () => {
  if (skip === false) session = await startSession();
});
after(() => session.close());

const lines = mail.split('\r\n');

/** Clicks a token of the strip and checks that the editor's selection is exactly its characters. */
async function jump(workbench: Workbench, nth: number, word: string, line: number): Promise<void> {
  const panel = await workbench.panel('.token');
  const token = panel.locator('.token:not(.special)').nth(nth);
  assert.match(await token.innerText(), new RegExp(`^${word}$`, 'i'));
  await token.click();
  await workbench.cursorIs(new RegExp(`^Ln ${line}, .*\\(${word.length} selected\\)`));
  // The selection before this click may have had the same length and line.
  for (const until = Date.now() + patience; ;) {
    const selected = await workbench.selectedText();
    if (selected === word) break;
    assert.ok(Date.now() < until, `“${word}” is not what is selected, but “${selected}”`);
  }
  const text = lines[line - 1] ?? '';
  const end = text.indexOf(word) + word.length;
  // Columns of the status bar count an emoji as one: only lines without one are compared.
  if (!/\p{Emoji_Presentation}/u.test(text))
    assert.equal(await workbench.cursor(), `Ln ${line}, Col ${end + 1} (${word.length} selected)`);
}

test('a row: right-click, panel, third content token, its characters are selected', { skip }, () =>
  inWindow(session, 'row', async (workbench) => {
    await workbench.openFile('mail/data/test.csv');
    await workbench.contextMenu(workbench.line('free money'), 'Explain Row');
    const panel = await workbench.panel('.token');
    await panel.locator('.accounting-line', { hasText: 'Σ relevance' }).waitFor();
    await workbench.screenshot('row');
    await jump(workbench, 2, 'now', 2);
    await workbench.screenshot('row-jump');
    // The other way: the caret in the file marks its token.
    await workbench.line('free money').click({ position: { x: 30, y: 8 } });
    await panel.locator('.token.caret', { hasText: 'free' }).waitFor();
  }),
);

test('a row with quoted newlines, doubled quotes and an emoji', { skip }, () =>
  inWindow(session, 'quoted', async (workbench) => {
    await workbench.openFile('mail/data/test.csv');
    // Any line of the record means the record: this is its second one.
    await workbench.contextMenu(workbench.line('quoted'), 'Explain Row');
    await workbench.panel('.token');
    await jump(workbench, 2, 'hello', 3);
    await jump(workbench, 3, 'world', 3);
    await jump(workbench, 5, 'left', 4);
    await jump(workbench, 6, 'quoted', 4);
    await jump(workbench, 10, 'table', 5);
    await workbench.screenshot('quoted');
  }),
);

test('the gutter’s row, a selection, and the palette', { skip }, () =>
  inWindow(session, 'gutter', async (workbench) => {
    await workbench.openFile('mail/data/test.csv');
    await workbench.contextMenu(workbench.lineNumber(7), 'Explain Row');
    const panel = await workbench.panel('.token');
    await panel.locator('.token', { hasText: 'dinner' }).waitFor();
    await workbench.line('free money').dblclick({ position: { x: 30, y: 8 } });
    await workbench.contextMenu(workbench.line('free money'), 'Explain Selection', { x: 30, y: 8 });
    await panel.getByText('(selection)').first().waitFor();
    await panel.locator('.token', { hasText: 'dinner' }).waitFor({ state: 'detached' });
    await workbench.screenshot('selection');
    await workbench.line('free dinner').click();
    await workbench.command('Model Blame: Explain Row');
    await panel.locator('.token', { hasText: 'dinner' }).waitFor();
  }),
);

test('a picture: heatmap and pixel read-out', { skip }, () =>
  inWindow(session, 'picture', async (workbench) => {
    await workbench.contextMenu(await workbench.explorerItem(session.workspace.picture), 'Explain Picture');
    const panel = await workbench.panel('canvas.stage');
    await panel.locator('.accounting-line', { hasText: 'Σ relevance' }).waitFor();
    const point = panel.locator('.readout-point', { hasText: /relevance|R /i });
    // A picture that is drawn anew under the mouse is not pointed at any more.
    for (const until = Date.now() + patience; ;) {
      await panel.locator('canvas.stage').hover();
      if (await appears(point, 5000)) break;
      assert.ok(Date.now() < until, 'the pixel is read out');
      await workbench.page.mouse.move(0, 0);
    }
    assert.match(await panel.locator('.readout').innerText(), /\d/);
    await workbench.screenshot('picture');
  }),
);

test('a table row: bars, click, cell', { skip }, () =>
  inWindow(session, 'table', async (workbench) => {
    await workbench.openFile('table/data/test.csv');
    await workbench.contextMenu(workbench.line('L2402'), 'Explain Row');
    const panel = await workbench.panel('.bar-row');
    await panel.locator('.accounting-line', { hasText: 'Σ relevance' }).waitFor();
    const bar = panel.locator('.bar-row', { hasText: 'reminders_sent' });
    await workbench.screenshot('table');
    await bar.click();
    await workbench.cursorIs(/^Ln 3, .*\(1 selected\)/);
    assert.equal(await workbench.selectedText(), '3');
    await workbench.screenshot('table-jump');
  }),
);

test('the result is exported as a page that stands alone, through the save dialog', { skip }, () =>
  inWindow(session, 'export', async (workbench) => {
    await workbench.openFile('mail/data/test.csv');
    await workbench.contextMenu(workbench.line('free money'), 'Explain Row');
    const panel = await workbench.panel('.token');
    await panel.locator('.accounting-line', { hasText: 'Σ relevance' }).waitFor();
    for (const [item, ending] of [
      ['Report (HTML)', 'html'],
      ['Picture (PNG)', 'png'],
      ['Data (JSON)', 'json'],
    ] as const) {
      await panel.getByRole('button', { name: 'Export' }).click();
      await panel.getByText(item).click();
      const name = `test.csv-2.integrated-gradients.${ending}`;
      await workbench.acceptFile(join(session.workspace.folder, name));
      await workbench.notification(`Saved ${name}`).waitFor();
      const bytes = readFileSync(join(session.workspace.folder, name));
      if (ending === 'png') assert.equal(bytes.toString('latin1', 1, 4), 'PNG');
      if (ending === 'html') assert.match(bytes.toString(), /^<!doctype html>[\s\S]*click/i);
      if (ending === 'json') {
        const { relevance, features } = JSON.parse(bytes.toString()) as {
          readonly relevance: readonly number[];
          readonly features: { readonly tokens: readonly unknown[] };
        };
        assert.equal(relevance.length, features.tokens.length);
      }
      await workbench.command('Notifications: Clear All Notifications');
    }
  }),
);

test('the status item names the model and opens its menu', { skip }, () =>
  inWindow(session, 'status', async (workbench) => {
    await workbench.openFile('mail/data/test.csv');
    await workbench.contextMenu(workbench.line('free money'), 'Explain Row');
    await (await workbench.panel('.token')).locator('.accounting-line', { hasText: 'Σ relevance' }).waitFor();
    await workbench.page.locator('.statusbar-item', { hasText: 'mail' }).click();
    await workbench.choice('Restart Server').waitFor();
    await workbench.screenshot('menu');
    await workbench.choice('Show Engines').click();
    await workbench.choice('onnxruntime/cpu').waitFor();
    await workbench.screenshot('engines');
    // Another one is a setting of this workspace: the panel asks again, and the status item names it.
    await workbench.choice('tensorflow/wasm').click();
    const panel = await workbench.panel('.token');
    await panel.getByText('tensorflow/wasm').first().waitFor();
    await workbench.page.locator('.statusbar-item', { hasText: 'tensorflow/wasm' }).first().waitFor();
    await panel.locator('.accounting-line', { hasText: 'Σ relevance' }).waitFor();
    await workbench.screenshot('engine-chosen');
    await workbench.page.locator('.statusbar-item', { hasText: 'tensorflow/wasm' }).first().click();
    await workbench.choice('Show Engines').click();
    await workbench.choice('auto').click();
    await panel.getByText('onnxruntime/cpu').first().waitFor();
  }),
);
