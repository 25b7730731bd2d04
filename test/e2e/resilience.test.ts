import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { inWindow, startSession, whyNoWorkbench } from './session';
import type { Session } from './session';

const skip = whyNoWorkbench() ?? false;
let session: Session;
before(async () => {
  if (skip === false) session = await startSession();
});
after(() => session.close());

test('the state comes back after a reload of the window: sample and choice are asked again', { skip }, () =>
  inWindow(session, 'reload', async (workbench) => {
    await workbench.openFile('mail/data/test.csv');
    await workbench.contextMenu(workbench.line('free dinner'), 'Explain Row');
    const panel = await workbench.panel('.token');
    // The model is wrong here, so blame comes first.
    await panel.getByRole('tab', { name: 'Explanation' }).click();
    await panel.locator('.accounting-line', { hasText: 'Σ relevance' }).waitFor();
    await panel.getByRole('button', { name: /^spam/ }).click();
    await panel
      .getByText(/evidence for spam/)
      .first()
      .waitFor();
    await workbench.stored(/"mainThreadWebview-modelBlame\.panel"/);
    await workbench.stored(/"modelBlame\.panels":[^\n]*"kind":"class"[^\n]*"tab":"explain"/);
    await workbench.reload();
    const again = await workbench.panel('.token');
    await again.locator('.token', { hasText: 'dinner' }).waitFor();
    // The view is kept as well: the tab chosen, not the natural one.
    await again
      .getByText(/evidence for spam/)
      .first()
      .waitFor();
    await workbench.screenshot('reloaded');
  }),
);

test('the compute process is killed in the middle: the panel recovers', { skip }, () =>
  inWindow(session, 'killed', async (workbench) => {
    await workbench.openFile('mail/data/test.csv');
    await workbench.contextMenu(workbench.line('free money'), 'Explain Row');
    const panel = await workbench.panel('.token');
    await panel.locator('.accounting-line', { hasText: 'Σ relevance' }).waitFor();
    const compute = processesWith('dist/compute.js', session.server.home).at(-1);
    assert.ok(compute !== undefined, 'the compute process runs');
    // Held, so that the request is surely under way when the process dies.
    process.kill(compute, 'SIGSTOP');
    await panel.getByRole('button', { name: /^ham/ }).click();
    await panel.locator('main.result[aria-busy="true"]').waitFor();
    await workbench.page.waitForTimeout(300);
    process.kill(compute, 'SIGKILL');
    await panel
      .getByText(/evidence for ham/)
      .first()
      .waitFor();
    assert.ok(!processesWith('dist/compute.js', session.server.home).includes(compute));
    const server = processesWith('dist/server.js', session.server.home).at(-1);
    assert.ok(server !== undefined, 'the server runs');
    process.kill(server, 'SIGSTOP');
    await panel.getByRole('button', { name: /^spam/ }).click();
    await panel.locator('main.result[aria-busy="true"]').waitFor();
    await workbench.page.waitForTimeout(300);
    process.kill(server, 'SIGKILL');
    await panel
      .getByText(/evidence for spam/)
      .first()
      .waitFor();
    await workbench.screenshot('recovered');
  }),
);

test('text of a dataset is inert: markup, formulas, reversed order', { skip }, () =>
  inWindow(session, 'hostile', async (workbench) => {
    const dialogs: string[] = [];
    workbench.page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    const violations: string[] = [];
    workbench.page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text()) && /webview|inline/i.test(message.text()))
        violations.push(message.text());
    });
    await workbench.openFile('mail/data/test.csv');
    await workbench.contextMenu(workbench.lineNumber(6), 'Explain Row');
    const panel = await workbench.panel('.token');
    await panel.locator('.token', { hasText: 'onerror' }).waitFor();
    assert.equal(await panel.locator('img, b').count(), 0);
    assert.deepEqual(dialogs, []);
    assert.deepEqual(violations, []);
    await workbench.screenshot('hostile');
  }),
);

test('an edit makes the panel ask again; a row that is not there is an error with a next step', { skip }, () =>
  inWindow(session, 'edit', async (workbench) => {
    await workbench.openFile('mail/data/test.csv');
    await workbench.contextMenu(workbench.line('free dinner'), 'Explain Row');
    const panel = await workbench.panel('.token');
    await panel.locator('.token', { hasText: 'dinner' }).waitFor();
    await workbench.line('free dinner').click({ position: { x: 20, y: 8 } });
    await workbench.page.keyboard.press('End');
    await workbench.page.keyboard.press('Home');
    for (let step = 0; step < 2; step++) await workbench.page.keyboard.press('ArrowRight');
    await workbench.page.keyboard.type('unsaved ');
    await panel.locator('.token', { hasText: 'unsaved' }).waitFor();
    await workbench.page.keyboard.press('Control+Z');
    await workbench.contextMenu(workbench.lineNumber(1), 'Explain Row');
    await panel
      .getByText(/header/i)
      .first()
      .waitFor();
    await workbench.screenshot('error');
  }),
);

/** Ids of running processes whose command line has both texts; the last one is of the window in front. */
function processesWith(program: string, below: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return command.includes(program) && command.includes(below);
      } catch {
        return false;
      }
    })
    .map(Number);
}
