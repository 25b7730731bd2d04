import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../support/workbench/browser';
import { conversation, hostileText, textResults } from '../../../webview/dev/samples';
import type { PanelChoice, TokenFeatures, ToPage } from '../../../server/protocol';
import { openPage } from './open';

let browser: Browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

const begin = (choice: Partial<PanelChoice> = {}): ToPage => ({
  type: 'begin',
  request: 2,
  title: 'reviews.csv:17',
  choice: { method: null, target: { kind: 'predicted' }, baseline: null, parameters: {}, ...choice },
});

test('clicking the word sends exactly its characters; hovering sends nothing', async () => {
  const open = await openPage(browser, { scene: 'text' });
  const features = textResults().explanation.features as TokenFeatures;
  const word = open.page.getByRole('option', { name: /^unbelievably, \+0\.520, evidence for positive$/ });
  await word.hover();
  assert.match(
    await open.page.locator('.hover').innerText(),
    /unbelievably\s+\+0\.520[\s\S]*unbeli\s+\+0\.300\s+##evably\s+\+0\.220/,
  );
  assert.deepEqual(await open.posted('reveal'), []);
  await word.click();
  const { source, focus } = await open.next('reveal');
  assert.equal(features.text.slice(source.startOffset, source.endOffset), 'unbelievably');
  assert.equal(focus, true);
  await open.close();
});

test('the keyboard moves between words, Enter reveals, Escape leaves', async () => {
  const open = await openPage(browser, { scene: 'text' });
  await open.page.locator('.token[tabindex="0"]').focus();
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown', 'Home', 'End', 'Home', 'ArrowRight', 'ArrowRight'])
    await open.page.keyboard.press(key);
  assert.equal(await open.page.locator(':focus').innerText(), 'film');
  assert.equal(await open.page.locator('.token[tabindex="0"]').count(), 1, 'one tab stop');
  assert.equal(await open.page.locator('.hover').isVisible(), true, 'the value is shown on focus');
  await open.page.keyboard.press('Enter');
  assert.equal((await open.next('reveal')).source.startOffset, 4);
  await open.page.keyboard.press('Escape');
  assert.equal(await open.page.locator('.token:focus').count(), 0);
  await open.close();
});

test('special tokens are named, counted and have their share, but lead nowhere', async () => {
  const open = await openPage(browser, { scene: 'text' });
  const padding = open.page.getByRole('option', { name: /\[PAD\] ×14/ });
  assert.match(await padding.innerText(), /\[PAD\] ×14 [\d<. ]+ %/);
  await padding.click();
  assert.deepEqual(await open.posted('reveal'), []);
  await open.close();
});

test('the caret in the file marks its word, in either unit', async () => {
  const open = await openPage(browser, { scene: 'text' });
  await open.send({ type: 'caret', feature: 4 });
  await open.page.locator('.token.caret').waitFor();
  assert.equal(await open.page.locator('.token.caret').innerText(), 'not');
  await open.page.getByRole('radio', { name: 'By relevance' }).click();
  assert.match(await open.page.locator('.bar-row.caret').innerText(), /^not/);
  await open.send({ type: 'caret', feature: null });
  await open.page.locator('.bar-row.caret').waitFor({ state: 'detached' });
  await open.close();
});

test('words and tokens, text and list; the list is sorted by strength', async () => {
  const open = await openPage(browser, { scene: 'text' });
  await open.page.getByRole('radio', { name: 'Tokens' }).click();
  await open.page.getByRole('option', { name: /^unbeli, \+0\.300/ }).waitFor();
  await open.page.getByRole('radio', { name: 'By relevance' }).click();
  const values = await open.page.locator('.bar-value').allInnerTexts();
  const sizes = values.map((value) => Math.abs(Number(value.replace('−', '-'))));
  assert.deepEqual(
    sizes,
    [...sizes].sort((a, b) => b - a),
  );
  await open.page.locator('.bar-row').first().click();
  assert.equal((await open.next('reveal')).focus, true);
  await open.close();
});

test('a click on a class explains it, Shift-click contrasts, and so do Enter and Shift+Enter', async () => {
  const open = await openPage(browser, { scene: 'text' });
  const negative = open.page.getByRole('button', { name: /^negative/ });
  await negative.click();
  assert.deepEqual((await open.next('choose')).choice.target, { kind: 'class', class: 0, scale: 'logit' });
  await open.forget();
  await open.page.getByRole('button', { name: /^positive/ }).click({ modifiers: ['Shift'] });
  assert.deepEqual((await open.next('choose')).choice.target, { kind: 'contrast', class: 0, against: 1 });
  await open.forget();
  await open.page.getByRole('button', { name: /^positive/ }).focus();
  await open.page.keyboard.press('Enter');
  assert.deepEqual((await open.next('choose')).choice.target, { kind: 'class', class: 1, scale: 'logit' });
  await open.forget();
  await open.page.keyboard.press('ArrowDown');
  await open.page.keyboard.press('Shift+Enter');
  assert.deepEqual((await open.next('choose')).choice.target, { kind: 'contrast', class: 1, against: 0 });
  assert.match(
    (await open.page.getByRole('button', { name: /^negative/ }).getAttribute('aria-label')) ?? '',
    /gold, compared with$/,
  );
  await open.close();
});

test('the method picker says what methods mean and why one does not fit; only fitting ones can be chosen', async () => {
  const open = await openPage(browser, { scene: 'text' });
  await open.page.locator('.picker:visible').focus();
  await open.page.keyboard.press('ArrowDown');
  const lrp = open.page.getByRole('option', { name: /Layer-wise/ });
  assert.match(await lrp.innerText(), /Not here: the model has a Loop/);
  assert.equal(await lrp.getAttribute('aria-disabled'), 'true');
  await lrp.click({ force: true });
  assert.deepEqual(await open.posted('choose'), []);
  await open.page.keyboard.press('o');
  await open.page.keyboard.press('Enter');
  const { choice } = await open.next('choose');
  assert.equal(choice.method, 'occlusion');
  assert.deepEqual(choice.parameters, {});
  assert.equal(await open.page.locator('.picker:visible').innerText(), 'Occlusion');
  await open.page.keyboard.press('Enter');
  await open.page.keyboard.press('Escape');
  assert.equal(await open.page.locator('.picker-list:visible').count(), 0);
  await open.close();
});

test('target, comparison, scale and baseline are chosen from lists', async () => {
  const open = await openPage(browser, { scene: 'text' });
  const pick = async (label: string, option: string): Promise<PanelChoice> => {
    await open.forget();
    await open.page.locator(`vscode-dropdown[aria-label="${label}"]`).click();
    await open.page.locator(`vscode-dropdown[aria-label="${label}"] vscode-option[title="${option}"]`).click();
    return (await open.next('choose')).choice;
  };
  assert.deepEqual((await pick('Scale', 'probability')).target, { kind: 'class', class: 1, scale: 'probability' });
  assert.deepEqual((await pick('Compared with', 'negative')).target, { kind: 'contrast', class: 1, against: 0 });
  assert.equal(await open.page.locator('vscode-dropdown[aria-label="Scale"]').getAttribute('disabled'), '');
  assert.deepEqual((await pick('Compared with', 'all others')).target, { kind: 'contrastToRest', class: 1 });
  assert.equal((await pick('Baseline', 'zero embedding')).baseline, 'zero');
  await open.close();
});

test('parameters are checked before they are sent, and only changed ones are', async () => {
  const open = await openPage(browser, { scene: 'text' });
  await open.page.getByText('Parameters', { exact: true }).click();
  const steps = open.page.locator('vscode-text-field[aria-label="steps"] input');
  await steps.fill('0');
  await open.page.getByText('At least 1.').waitFor();
  await steps.press('Enter');
  assert.deepEqual(await open.posted('choose'), []);
  await steps.fill('64');
  await open.page.locator('vscode-button', { hasText: 'Apply' }).click();
  assert.deepEqual((await open.next('choose')).choice.parameters, { steps: 64 });
  await open.close();
});

test('while a request runs the old result is dimmed, progress is shown, and it can be cancelled', async () => {
  const open = await openPage(browser, { scene: 'text' });
  await open.send(begin(), { type: 'progress', request: 2, done: 12, total: 32, message: '12 of 32 nodes' });
  await open.page.getByText('12 of 32 nodes').waitFor();
  assert.equal(await open.page.getByRole('progressbar').getAttribute('aria-valuenow'), '38');
  assert.equal(await open.page.locator('.result').getAttribute('aria-busy'), 'true');
  await open.until('getComputedStyle(document.querySelector(".body")).opacity < 0.5');
  await open.page.locator('.status vscode-button', { hasText: 'Cancel' }).click();
  await open.next('cancel');
  await open.send({ type: 'cancelled', request: 2 });
  await open.page.getByText('Cancelled.').waitFor();
  await open.page.locator('vscode-button', { hasText: 'Explain again' }).click();
  await open.next('retry');
  await open.close();
});

test('an error says what, where and what next, and can be tried again', async () => {
  const open = await openPage(browser);
  const error = {
    code: 'model-missing',
    what: 'There is no model.',
    where: 'model-blame.json:4',
    next: 'Correct the path.',
  };
  await open.send(begin(), { type: 'error', request: 2, error });
  const alert = open.page.getByRole('alert');
  assert.match(await alert.innerText(), /There is no model\.\s+At model-blame\.json:4\s+Correct the path\./);
  await open.page.locator('vscode-button', { hasText: 'Try again' }).click();
  await open.next('retry');
  await open.close();
});

test('stale results and notices are said, and the latest request wins', async () => {
  const open = await openPage(browser, { scene: 'text' });
  await open.send(
    { type: 'stale', reason: 'The file was edited.' },
    { type: 'notice', message: 'The server is started again.' },
  );
  await open.page.getByText('The file was edited.').waitFor();
  await open.page.getByText('The server is started again.').waitFor();
  await open.send(begin(), ...conversation(textResults(), 1).map((message) => ({ ...message, title: 'old.csv:1' })));
  await open.page.waitForTimeout(50);
  assert.equal(await open.page.locator('h1').innerText(), 'reviews.csv:17');
  assert.equal(await open.page.locator('.result').getAttribute('aria-busy'), 'true');
  await open.close();
});

test('the accounting is on the screen, with its facts behind it', async () => {
  const open = await openPage(browser, { scene: 'text' });
  assert.match(
    await open.page.locator('.accounting-line').innerText(),
    /^Σ relevance 1\.77 ≈ 1\.78 \(score − baseline score\), residual 0\.9 %$/,
  );
  await open.page.getByText('Accounting', { exact: true }).click();
  assert.match(await open.page.locator('.accounting .facts').innerText(), /Change by refinement\s+0\.012 an estimate/);
  await open.page.locator('.path').getByText('As a table').click();
  assert.equal(await open.page.locator('table.numbers tbody tr').count(), 17);
  await open.close();
});

test('a warning offers its next step', async () => {
  const open = await openPage(browser, { scene: 'text' });
  const { explanation } = textResults();
  const warnings = [
    {
      code: 'saturated',
      message: 'The score is saturated.',
      action: { title: 'Use integrated gradients', method: 'integrated-gradients', parameters: { steps: 64 } },
    },
  ];
  await open.send({ type: 'explanation', request: 1, explanation: { ...explanation, warnings } });
  await open.page.locator('vscode-button', { hasText: 'Use integrated gradients' }).click();
  const { choice } = await open.next('choose');
  assert.equal(choice.method, 'integrated-gradients');
  assert.deepEqual(choice.parameters, { steps: 64 });
  await open.close();
});

test('windows of a long text are said and can be changed', async () => {
  const open = await openPage(browser, { scene: 'long' });
  assert.match(
    await open.page.locator('.window-bar').innerText(),
    /^Window 2 of 3: the model read \d+ tokens; 731 tokens of the text lie outside\.$/,
  );
  await open.page.locator('vscode-button[aria-label="Next window"]').click();
  assert.equal((await open.next('choose')).choice.window, 2);
  await open.close();
});

test('dataset text that looks like markup, or hides and turns text, is inert', async () => {
  const open = await openPage(browser, { scene: 'hostile' });
  assert.equal(await open.page.locator('.page img, .page script, .page i, .page svg[onload], .strip b').count(), 0);
  assert.equal(await open.page.evaluate('window.pwned'), undefined);
  const text = await open.page.locator('.strip').innerText();
  assert.ok(text.includes('<img') && text.includes('<b>') && text.includes('onerror'));
  assert.ok(hostileText.includes('\u202e') && !/[^\n\t\P{C}]/u.test(await open.page.locator('body').innerText()));
  await open.page.locator('.token').nth(3).hover();
  await open.page.locator('.picker:visible').click();
  await open.close();
});

test('pin, exports and the kept state', async () => {
  const open = await openPage(browser, { scene: 'text' });
  await open.page.locator('vscode-button[aria-label^="Pin"]').click();
  assert.equal((await open.next('pin')).pinned, true);
  await open.page.locator('vscode-button[aria-label="Export"]').click();
  await open.page.keyboard.press('ArrowDown');
  await open.page.keyboard.press('Enter');
  assert.equal((await open.next('export')).format, 'json');
  await open.page.getByRole('radio', { name: 'Tokens' }).click();
  await open.until('JSON.parse(sessionStorage.getItem("model-blame-panel-state")).view.unit === "token"');
  const state = await open.page.evaluate<Record<string, unknown>>(
    'JSON.parse(sessionStorage.getItem("model-blame-panel-state"))',
  );
  assert.deepEqual(state['address'], { kind: 'line', uri: 'file:///data/reviews.csv', line: 17 });
  assert.equal(state['model'], 'sentiment');
  assert.equal(state['pinned'], true);
  await open.page.reload();
  await open.page.locator('.view').waitFor();
  assert.equal(await open.page.getByRole('radio', { name: 'Tokens' }).getAttribute('aria-checked'), 'true');
  assert.equal(await open.page.locator('vscode-button[aria-label^="Pin"]').getAttribute('aria-pressed'), 'true');
  await open.close();
});

test('a row with a text: its words below the bars of the columns; each leads to its characters', async () => {
  const open = await openPage(browser, { scene: 'table-texts' });
  const { page } = open;
  const bar = page.locator('.bar-row', { hasText: 'note' });
  // The sum of its words.
  assert.match(await bar.innerText(), /Asked twice[\s\S]*[+]0?\.0\d/);
  const word = page.locator('.column-texts .token', { hasText: 'never' });
  await word.click();
  const { source } = await open.next('reveal');
  assert.equal(source.range.end.character - source.range.start.character, 'never'.length);
  await open.forget();
  await bar.click();
  const cell = (await open.next('reveal')).source;
  assert.ok(cell.startOffset < source.startOffset && cell.endOffset > source.endOffset);
  await open.picture('table-texts');
  await open.close();
});
