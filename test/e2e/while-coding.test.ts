/** What goes on beside a person's work: terminals, runs that repeat themselves, models and files that are rewritten. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Locator } from 'playwright-core';
import { appears } from '../support/workbench/pages';
import type { Workbench } from '../support/workbench/pages';
import { packDriver } from '../support/workbench/vsix';
import type { Packed } from '../support/workbench/vsix';
import { inWindow, startSession, whyNoWorkbench } from './session';
import type { Session } from './session';
import { mail, retrain, train } from './workspace';

const skip = whyNoWorkbench() ?? false;
let session: Session;
let stub: Packed;
const inMail = (...path: readonly string[]): string => join(session.workspace.folder, 'mail', ...path);

const checks = { checks: [{ name: 'dinner is no spam', kind: 'label', sample: 'data/test.csv:7' }] };

before(async () => {
  if (skip !== false) return;
  stub = await packDriver(join(import.meta.dirname, 'stub'), 'main.ts');
  session = await startSession({
    extensions: [stub.vsix],
    settings: {
      // Rows of the terminal are elements, as a screen reader has them.
      'terminal.integrated.gpuAcceleration': 'off',
      'testing.automaticallyOpenTestResults': 'neverOpen',
      'modelBlame.survey.onModelChange': 'recompute',
    },
  });
  writeFileSync(inMail('data', 'train.csv'), train);
  writeFileSync(inMail('test_mail.py'), 'import pytest\n\n\ndef test_mail():\n    assert predict(5) == "ham"\n\n');
  writeFileSync(inMail('dinner.modelcheck.json'), `${JSON.stringify(checks, null, 2)}\n`);
});
after(async () => {
  await session.close();
  stub.dispose();
});

/** What is used of an element of the page: there are no types of browsers here. */
interface Drawn {
  readonly textContent: string;
  readonly querySelector: (selector: string) => Drawn | null;
  readonly getBoundingClientRect: () => Readonly<Record<'x' | 'y' | 'width' | 'height', number>>;
}

/** Runs in the page: a row's text, in one stretch or, where a link is underlined, several. */
function measured(row: Drawn): Readonly<Record<'x' | 'y' | 'width' | 'height', number>> & { readonly line: string } {
  const { x, y, height } = (row.querySelector('span') ?? row).getBoundingClientRect();
  const last = (row.querySelector('span:last-of-type') ?? row).getBoundingClientRect();
  return { line: row.textContent.replaceAll('\u00a0', ' '), x, y, width: last.x + last.width - x, height };
}

/** Prints the name of a sample in a new terminal and points at it; the place of the mouse. */
async function pointAtSample(workbench: Workbench): Promise<{ readonly x: number; readonly y: number }> {
  const { page } = workbench;
  await workbench.command('Terminal: Create New Terminal');
  const rows = page.locator('.terminal.xterm .xterm-rows > div');
  await page.locator('.terminal.xterm.focus').waitFor();
  await rows
    .filter({ hasText: /[$#%>]\s*$/ })
    .first()
    .waitFor();
  // In two parts, so that the line typed is none that names a sample.
  await page.keyboard.type("printf 'FAILED tests/test_mail.py::test_rows mail/data/test.%s\\n' csv:7");
  await page.keyboard.press('Enter');
  const row = rows.filter({ hasText: /^FAILED/ }).first();
  await row.waitFor();
  // At once: the terminal draws its rows anew with all that comes, the prompt for one.
  const { line, x, y, width, height } = await row.evaluate(measured);
  const at = line.indexOf('data/test.csv:7') + 4;
  assert.ok(at > 4, line);
  const place = { x: x + (width * (at + 0.5)) / line.length, y: y + height / 2 };
  await page.mouse.move(place.x, place.y - 2 * height);
  await page.mouse.move(place.x - 3, place.y);
  await page.mouse.move(place.x, place.y);
  return place;
}

/** A row of the Test Explorer in a state. */
function inExplorer({ page }: Workbench, text: string, state: 'passed' | 'failed'): Locator {
  return page
    .locator('.test-explorer .monaco-list-row', { hasText: text })
    .filter({ has: page.locator(`.codicon-testing-${state}-icon`) })
    .first();
}

/** Rows of the Mistakes view that are drawn now. */
function mistakes({ page }: Workbench, text: string | RegExp): Locator {
  return page.locator('.sidebar .monaco-list-row', { hasText: text });
}

async function surveyed(workbench: Workbench, message: RegExp): Promise<void> {
  await workbench.showExplorer();
  await workbench.contextMenu(await workbench.explorerItem('mail/data/test.csv'), 'Find Misclassified Samples');
  await workbench.page.locator('.sidebar .message', { hasText: message }).waitFor();
}

test('a sample in a terminal is a link to its explanation', { skip }, () =>
  inWindow(session, 'terminal', async (workbench) => {
    const { page } = workbench;
    // The extension wakes after the window is there: before, the line leads to the file, as the workbench does it.
    const hover = page.locator('.monaco-hover', { hasText: 'Explain data/test.csv:7' }).first();
    let place = await pointAtSample(workbench);
    for (let tries = 0; tries < 5 && !(await appears(hover, 10_000)); tries += 1) {
      await workbench.command('Terminal: Kill All Terminals');
      await page.locator('.terminal.xterm').waitFor({ state: 'detached' });
      place = await pointAtSample(workbench);
    }
    await hover.waitFor();
    await workbench.screenshot('terminal-link');
    await page.keyboard.down('Control');
    await page.mouse.click(place.x, place.y);
    await page.keyboard.up('Control');
    const panel = await workbench.panel('.verdict');
    await panel.locator('.verdict', { hasText: /^The model says spam/ }).waitFor();
    assert.match(await page.locator('.tab.active', { hasText: 'test.csv' }).innerText(), /test\.csv:7/);
    await workbench.screenshot('terminal-explained');
    await workbench.command('Terminal: Kill All Terminals');
  }),
);

test('the peek view of a red test has the button', { skip }, () =>
  inWindow(session, 'peek', async (workbench) => {
    const { page } = workbench;
    await workbench.openFile('mail/test_mail.py');
    await workbench.command('Stub: Run the Tests');
    // The red text beside the line opens the peek view. Seen once: it stayed empty, message
    // and all, opened while the run still ended. Then it is opened again.
    const message = page.getByText('AssertionError: data/test.csv:7').first();
    const peek = page.locator('.peekview-widget');
    const button = peek.locator('.floating-click-widget', { hasText: 'Explain the Failing Sample' }).first();
    await message.click();
    for (let tries = 0; tries < 5 && !(await appears(button, 10_000)); tries += 1) {
      await page.keyboard.press('Escape');
      await peek.waitFor({ state: 'detached' });
      await message.click();
    }
    await button.waitFor();
    await workbench.screenshot('peek-message');
    await button.click();
    const panel = await workbench.panel('.verdict');
    await panel.locator('.verdict', { hasText: /^The model says spam .*; it should be ham/ }).waitFor();
    await workbench.screenshot('peek-explained');
  }),
);

test('a continuous run: again when data or the model are rewritten', { skip }, () =>
  inWindow(session, 'continuous', async (workbench) => {
    const { page } = workbench;
    const model = readFileSync(inMail('models', 'mail.onnx'));
    await workbench.openFile('mail/dinner.modelcheck.json');
    await workbench.command('Testing: Focus on Test Explorer View');
    await page.locator('.test-explorer .monaco-list-row', { hasText: 'dinner.modelcheck.json' }).waitFor();
    await workbench.command('Test: Start Continuous Run');
    await inExplorer(workbench, 'dinner', 'failed').waitFor();
    try {
      // The server began with this run; the editor begins to watch files for it a moment later.
      const changed = mail.replace('free dinner', 'On Monday Alice wrote: dinner');
      for (let tries = 0; tries < 10; tries += 1) {
        writeFileSync(inMail('data', 'test.csv'), changed);
        if (await appears(inExplorer(workbench, 'dinner', 'passed'), 5000)) break;
      }
      await inExplorer(workbench, 'dinner', 'passed').waitFor();
      await workbench.screenshot('continuous-passed');
      retrain(inMail('models', 'mail.onnx'), 50);
      await inExplorer(workbench, 'dinner', 'failed').waitFor();
      await workbench.screenshot('continuous-failed');
      // Its button is there as long as the editor runs anything by itself.
      const stop = page.locator('.codicon-testing-turn-continuous-run-off').first();
      await stop.waitFor();
      await workbench.command('Test: Stop Continuous Run');
      await stop.waitFor({ state: 'detached' });
      writeFileSync(inMail('models', 'mail.onnx'), model);
      await page.waitForTimeout(3000);
      assert.ok(await inExplorer(workbench, 'dinner', 'failed').isVisible(), 'stopped: nothing runs any more');
    } finally {
      writeFileSync(inMail('models', 'mail.onnx'), model);
      writeFileSync(inMail('data', 'test.csv'), mail);
    }
  }),
);

test('a model that is rewritten is surveyed again by itself, and the status says what changed', { skip }, () =>
  inWindow(session, 'recompute', async (workbench) => {
    const { page } = workbench;
    copyFileSync(resolve(import.meta.dirname, '../../examples/mail/data/test.csv'), inMail('data', 'test.csv'));
    await surveyed(workbench, /606 samples · accuracy 0\.9/);
    retrain(inMail('models', 'mail.onnx'));
    const changed = page.locator('.statusbar-item', { hasText: /model changed: \d+ newly right, \d+ newly wrong/ });
    await changed.waitFor();
    const [, right, wrong] = /(\d+) newly right, (\d+) newly wrong/.exec(await changed.innerText()) ?? [];
    assert.ok(Number(wrong) > 0, `${right} ${wrong}`);
    await workbench.screenshot('recompute-status');
    await changed.click();
    await mistakes(workbench, new RegExp(`^Newly wrong.*${wrong}$`, 's'))
      .first()
      .waitFor();
    await workbench.screenshot('recompute-list');
  }),
);

test('label and append: the row goes into another file, with its label', { skip }, () =>
  inWindow(session, 'append', async (workbench) => {
    const { page } = workbench;
    writeFileSync(inMail('data', 'test.csv'), mail);
    await surveyed(workbench, /4 samples · accuracy/);
    const pair = mistakes(workbench, /ham → spam/).first();
    await pair.waitFor();
    const row = mistakes(workbench, 'free dinner').first();
    await workbench.openGroup(pair, row);
    await workbench.contextMenu(row, 'Label…');
    await workbench.choice('ham').waitFor();
    await workbench.screenshot('append-label');
    await workbench.choice('ham').click();
    await workbench.choice('Append to Another File').click();
    await page.locator('.quick-input-title', { hasText: 'File to append the row to' }).waitFor();
    await workbench.acceptFile(inMail('data', 'hard.csv'));
    await workbench.notification('Appended to hard.csv as record 1').waitFor();
    await workbench.screenshot('append-done');
    assert.equal(
      readFileSync(inMail('data', 'hard.csv'), 'utf8').replaceAll('\r\n', '\n'),
      'id,message,label\n4,free dinner,ham\n',
    );
    assert.equal(readFileSync(inMail('data', 'test.csv'), 'utf8'), mail, 'the row itself is as it was');
    assert.ok(existsSync(inMail('data', 'train.csv')));
  }),
);

test('more than ten thousand wrong rows: ten thousand are marked, and a message says so', { skip }, () =>
  inWindow(session, 'capped', async (workbench) => {
    const { page } = workbench;
    const { settings } = session.server;
    const now = JSON.parse(readFileSync(settings, 'utf8')) as Record<string, unknown>;
    const marked = { 'modelBlame.diagnostics.enabled': true, 'modelBlame.diagnostics.limit': 10_000 };
    writeFileSync(settings, JSON.stringify({ ...now, ...marked }));
    await workbench.showExplorer();
    await workbench.reload();
    const rows = Array.from({ length: 12_000 }, (_, i) => `${i},free dinner ${i % 7},ham`);
    writeFileSync(inMail('data', 'test.csv'), `id,message,label\n${rows.join('\n')}\n`);
    try {
      await surveyed(workbench, /12,?000 samples · accuracy 0/);
      await workbench.notification('The first 10,000 of 12,000 misclassified samples are marked').waitFor();
      const problems = page.locator('[id="status.problems"]');
      await problems.filter({ hasText: '10K' }).waitFor();
      await workbench.command('Problems: Focus on Problems View');
      await page.waitForTimeout(2000);
      await workbench.screenshot('capped-problems');
    } finally {
      writeFileSync(settings, JSON.stringify(now));
      writeFileSync(inMail('data', 'test.csv'), mail);
    }
  }),
);
