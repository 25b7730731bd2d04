import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../support/workbench/browser';
import { themeKinds } from '../../../webview/dev/themes';
import type { FromSurveyPage, ToSurveyPage } from '../../../server/protocol';
import { summaryOf, surveyState } from '../../../webview/dev/survey';
import { visit } from './visit';
import type { Visit } from './visit';

let browser: Browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

interface Opened extends Visit<FromSurveyPage> {
  readonly send: (...messages: readonly ToSurveyPage[]) => Promise<void>;
  readonly tab: (name: RegExp) => Promise<void>;
}

async function open(
  scene: string,
  { theme = 'vscode-dark', ...frame }: { theme?: string; width?: number; height?: number } = {},
): Promise<Opened> {
  const opened = await visit<FromSurveyPage>(browser, { path: '/survey', query: { scene, theme }, ...frame });
  const { page } = opened;
  await page.locator('.survey .meta-item, .survey .empty:not([hidden])').first().waitFor();
  return {
    ...opened,
    send: (...messages) => page.evaluate(sendInPage, messages as ToSurveyPage[]),
    tab: (name) => page.getByRole('tab', { name }).click(),
    picture: (name) => opened.picture(`survey-${name}`),
  };
}

function sendInPage(messages: ToSurveyPage[]): void {
  (globalThis as unknown as { harness: { send(...list: ToSurveyPage[]): void } }).harness.send(...messages);
}

test('a cell of the confusion matrix filters the list, by mouse and by keyboard, and once more shows all', async () => {
  const { page, posted, tab, close } = await open('two');
  const summary = summaryOf(['negative', 'positive']);
  const cell = page.getByRole('button', { name: /gold negative predicted positive/ });
  assert.equal(await cell.innerText(), String(summary.confusion[1]));
  await cell.click();
  assert.deepEqual((await posted('view')).at(-1)?.view.filter, { only: 'wrong', gold: 0, predicted: 1 });
  assert.equal(await page.getByRole('tab', { name: /Samples/ }).getAttribute('aria-selected'), 'true');
  await page.locator('.filter-bar vscode-button', { hasText: 'Patterns in this cell' }).click();
  assert.deepEqual(
    (await posted('patterns')).map(({ cell: asked }) => asked),
    [{ gold: 0, predicted: 1 }],
  );
  assert.deepEqual(await page.locator('.chip').allInnerTexts(), ['gold negative', 'predicted positive']);
  await tab(/Overview/);
  assert.equal(await cell.getAttribute('aria-pressed'), 'true');
  await page.locator('.matrix .cell[tabindex="0"]').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  assert.deepEqual((await posted('view')).at(-1)?.view.filter, { only: 'wrong' });
  await close();
});

test('numbers stand with their intervals, for people and for screen readers', async () => {
  const { page, close } = await open('two');
  const { accuracy, classes } = summaryOf(['negative', 'positive']);
  assert.ok((await page.locator('.meta').innerText()).includes(`accuracy ${accuracy.value.toFixed(3)} (`));
  const [negative] = await page.locator('.metrics tbody tr').allInnerTexts();
  assert.match(
    negative ?? '',
    new RegExp(`^negative\\s+${classes[0]!.gold}\\s+${classes[0]!.predicted}\\s+0\\.\\d{3} \\(0\\.\\d{3}–`),
  );
  const diagram = page.getByRole('img', { name: /^Reliability diagram\. Expected calibration error 0\.062\./ });
  assert.equal(await diagram.locator('.reliability-bar').count(), 9);
  await page.getByText('As a table').click();
  assert.equal(await page.locator('table.numbers tbody tr').count(), 9);
  await close();
});

test('a hundred thousand rows: only those in sight are drawn, all can be reached, and Enter opens one', async () => {
  const { page, posted, tab, close } = await open('twenty');
  await tab(/Samples/);
  await page.locator('.list-row .c-text', { hasText: 'The film' }).first().waitFor();
  assert.equal(await page.locator('.mistakes-table > .dim').innerText(), '100,000 samples');
  assert.ok((await page.locator('.list-row').count()) < 80);
  await page.locator('.list').focus();
  await page.keyboard.press('End');
  const last = page.locator('.list-row.active');
  await page.locator('.list-row[data-index="99999"] .c-place', { hasText: 'reviews.csv:100001' }).waitFor();
  assert.equal(await last.getAttribute('aria-posinset'), '100000');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  const opened = (await posted('open')).at(-1);
  assert.deepEqual([opened?.row.position, opened?.focus], [99_998, true]);
  await page.locator('.list-row.opened').waitFor();
  await page.keyboard.press('Home');
  await page.locator('.list-row[data-index="0"]').first().click();
  assert.deepEqual((await posted('open')).at(-1)?.row.position, 0);
  await close();
});

test('two million rows are more than a browser’s longest element: the last one is reached all the same', async () => {
  const { page, tab, close } = await open('hundred');
  await tab(/Samples/);
  await page.locator('.list-row').first().waitFor();
  await page.locator('.list').focus();
  await page.keyboard.press('End');
  const row = page.locator('.list-row[data-index="1999999"]');
  await row.locator('.c-place', { hasText: 'reviews.csv:2000001' }).waitFor();
  const [list, box] = [await page.locator('.list').boundingBox(), await row.boundingBox()];
  assert.ok(list !== null && box !== null);
  assert.ok(box.y >= list.y && box.y + box.height <= list.y + list.height + 1, `${box.y} in ${list.y}+${list.height}`);
  await close();
});

test('columns sort, a second click the other way round; text is searched; chips take conditions away', async () => {
  const { page, posted, tab, close } = await open('two');
  await tab(/Samples/);
  await page.getByRole('button', { name: 'Sort by loss' }).click();
  assert.deepEqual((await posted('view')).at(-1)?.view.sort, 'loss');
  await page.getByRole('button', { name: 'Sort by loss, largest first' }).click();
  assert.deepEqual((await posted('view')).at(-1)?.view.descending, false);
  await page.locator('vscode-text-field input').fill('not nearly');
  await page.keyboard.press('Enter');
  assert.equal((await posted('view')).at(-1)?.view.filter.text, 'not nearly');
  await close();
});

test('slices by a column; a value filters the list', async () => {
  const { page, posted, tab, close } = await open('two');
  await tab(/Slices/);
  const column = page.locator('vscode-dropdown[aria-label^="Column whose"]');
  await column.click();
  await column.locator('vscode-option[title="source"]').click();
  assert.deepEqual((await posted('summarize')).at(-1)?.slice, 'source');
  await page.getByRole('button', { name: 'letter', exact: true }).click();
  assert.deepEqual((await posted('view')).at(-1)?.view.filter.where, [{ column: 'source', value: 'letter' }]);
  assert.deepEqual(await page.locator('.chip').allInnerTexts(), ['source = letter']);
  await page.locator('.chip').click();
  assert.equal((await posted('view')).at(-1)?.view.filter.where, undefined);
  await close();
});

test('running, stale, changed and failed surveys say so, with the next step', async () => {
  const running = await open('running');
  assert.match(await running.page.locator('.busy').innerText(), /240 of 606 predicted · 812 per second · 3 s left/);
  await running.page.locator('vscode-button', { hasText: 'Stop' }).click();
  assert.equal((await running.posted('stop')).length, 1);
  await running.close();
  const stale = await open('stale');
  await stale.page.locator('.banner vscode-button', { hasText: 'Predict again' }).click();
  assert.equal((await stale.posted('run')).length, 1);
  await stale.close();
  const changed = await open('changed');
  assert.match(await changed.page.locator('.banner').innerText(), /14 newly right, 9 newly wrong, 64 still wrong/);
  await changed.page.locator('vscode-button', { hasText: 'List them' }).click();
  assert.equal((await changed.posted('view')).at(-1)?.view.filter.only, 'changed');
  await changed.close();
  const failed = await open('failed');
  assert.match(await failed.page.getByRole('alert').innerText(), /rewritten while it was read[\s\S]*predict again/);
  await failed.close();
  const unlabelled = await open('unlabelled');
  assert.match(
    await unlabelled.page.locator('.empty', { hasText: 'No labelled sample' }).innerText(),
    /“disco” \(40\) is no class of the model/,
  );
  await unlabelled.picture('unlabelled');
  await unlabelled.page.locator('vscode-button', { hasText: 'List samples worth labelling' }).click();
  assert.equal((await unlabelled.posted('view')).at(-1)?.view.filter.only, 'unlabelled');
  await unlabelled.close();
  const none = await open('none');
  assert.match(await none.page.locator('.survey > .empty').innerText(), /Find Misclassified Samples/);
  await none.close();
});

test('samples and labels that look like markup stay text', async () => {
  const labels = ['<img src=x onerror="window.pwned=1">', '</script><b>b</b>\u202E'];
  const { page, send, tab, close } = await open('two');
  await send(
    {
      type: 'survey',
      state: surveyState(labels, { survey: 'other' }),
      view: { filter: {}, sort: 'loss', descending: null, grouping: 'none' },
    },
    { type: 'summary', slice: null, summary: summaryOf(labels) },
  );
  await page.locator('.matrix th', { hasText: '<img' }).first().waitFor();
  await tab(/Samples/);
  await page.locator('.list-row', { hasText: '<b>bold</b>' }).first().waitFor();
  assert.equal(await page.locator('.page img, .matrix b, .metrics b, .list b').count(), 0);
  assert.equal(await page.evaluate('window.pwned'), undefined);
  assert.ok(!/[^\n\t\P{C}]/u.test(await page.locator('body').innerText()));
  await close();
});

test('nothing is cut between 300 and 1600 pixels', async () => {
  for (const width of [300, 480, 760, 1100, 1600]) {
    const { page, tab, picture, close } = await open('twenty', { width, height: 900 });
    for (const name of [/Overview/, /Slices/, /Samples/]) {
      await tab(name);
      await page.waitForTimeout(150);
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
      assert.ok(wide <= width, `${String(name)} is ${wide} px wide at ${width}`);
      await picture(`${name.source.toLowerCase()}-${width}`);
    }
    await close();
  }
});

for (const theme of themeKinds)
  test(`pictures in ${theme}`, async () => {
    const { page, tab, picture, close } = await open('changed', { theme });
    await picture(`overview-${theme}`);
    await tab(/Slices/);
    const column = page.locator('vscode-dropdown[aria-label^="Column whose"]');
    await column.click();
    await column.locator('vscode-option[title="source"]').click();
    await page.locator('.slice').first().waitFor();
    await picture(`slices-${theme}`);
    await tab(/Samples/);
    await page.locator('.list-row .c-number', { hasText: '0' }).first().waitFor();
    await page.locator('.list').focus();
    await page.keyboard.press('ArrowDown');
    await picture(`samples-${theme}`);
    await close();
  });
