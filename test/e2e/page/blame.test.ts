import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../support/workbench/browser';
import { blameOf } from '../../../webview/dev/blame';
import { conversation, hostileResults, textResults } from '../../../webview/dev/samples';
import type { TokenFeatures } from '../../../server/protocol';
import { openPage } from './open';

let browser: Browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

test('a sample that is wrong opens with blame, and asks for it once; a right one with its explanation', async () => {
  const wrong = await openPage(browser, { scene: 'text', tab: 'own' });
  const asked = await wrong.next('ask');
  assert.deepEqual([asked.kind, asked.again], ['blame', false]);
  assert.equal(await wrong.page.getByRole('tab', { name: 'Blame' }).getAttribute('aria-selected'), 'true');
  assert.match(
    await wrong.page.locator('.verdict').innerText(),
    /^The model says positive \(0\.831\); it should be negative \(0\.169\)\.$/,
  );
  await wrong.page.waitForTimeout(100);
  assert.equal((await wrong.posted('ask')).length, 1);
  await wrong.close();
  const right = await openPage(browser, { scene: 'image', tab: 'own' });
  assert.equal(await right.page.getByRole('tab', { name: 'Explanation' }).getAttribute('aria-selected'), 'true');
  assert.deepEqual(await right.posted('ask'), []);
  await right.page.getByRole('tab', { name: 'Blame' }).click();
  assert.match(await right.page.locator('.verdict').innerText(), /^The model is right here: house/);
  assert.deepEqual(await right.posted('ask'), [], 'nothing to blame');
  await right.close();
});

test('no gold label: said, and any class can be chosen', async () => {
  const open = await openPage(browser, { scene: 'long' });
  await open.page.getByRole('tab', { name: 'Blame' }).click();
  await open.page.locator('.verdict', { hasText: /^This sample has no label that the model knows/ }).waitFor();
  const should = open.page.locator('vscode-dropdown[aria-label="Class it should be"]');
  await should.click();
  await should.locator('vscode-option[title="negative"]').click();
  const { choice, again } = await open.next('ask');
  assert.deepEqual([choice.blame?.gold, choice.blame?.signal, again], [0, 'auto', true]);
  await open.close();
});

test('the order of blame leads to the characters, and to the state after each step', async () => {
  const open = await openPage(browser, { scene: 'blame-text', tab: 'own' });
  const blame = blameOf(textResults());
  const features = textResults().explanation.features as TokenFeatures;
  await open.page.locator('.removal-said', { hasText: /./ }).waitFor();
  assert.match(
    await open.page.locator('.blame-head > .dim').innerText(),
    /^Before it sees the sample, the model gives negative 32 %: [^(]*\(−log π = 1\.1 nats[\s\S]*500 of 2000 samples of data\/train\.csv \(train\)\.$/,
  );
  assert.equal(
    await open.page.locator('.removal-said').innerText(),
    'Replacing 3 features makes it negative: smilin, charmi, good.',
  );
  assert.equal(await open.page.locator('.removal-state').innerText(), 'gold: negative', 'where gold is reached');
  assert.equal(await open.page.locator('.order-row.replaced').count(), 3);
  await open.page.locator('.order-row').nth(1).click();
  const { source } = await open.next('reveal');
  assert.equal(features.text.slice(source.startOffset, source.endOffset), 'charmi');
  await open.until('document.querySelector(".removal-state").textContent === "still positive"');
  assert.equal(await open.page.locator('.slider output').first().innerText(), `2 of ${blame.order.length}`);
  await open.page.locator('.removal input[type=range]').fill('5');
  await open.until('document.querySelectorAll(".order-row.replaced").length === 5');
  assert.equal(await open.page.locator('.line.faint').count(), 3 + 1, 'three random orders and the key');
  assert.match(
    await open.page.locator('.removal .dim').first().innerText(),
    /^Control, 3 random orders: gold within 10/,
  );
  await open.close();
});

test('donors are named and lead to their rows; each has its own trial', async () => {
  const open = await openPage(browser, { scene: 'blame-donors', tab: 'own' });
  await open.page.getByRole('button', { name: 'reviews.csv:9' }).click();
  assert.match(JSON.stringify((await open.next('openSample')).sample.address), /reviews\.csv/);
  const trials = open.page.locator('vscode-dropdown[aria-label="Replacement to look at"]');
  await trials.click();
  await trials.locator('vscode-option[title="reviews.csv:4"]').click();
  await open.page.getByText(/^Replacing \d+ features makes it negative|is not reached/).waitFor();
  await open.close();
});

test('changed choices ask again; progress can be cancelled; an error leads on', async () => {
  const open = await openPage(browser, { scene: 'blame-text', tab: 'own' });
  const replaced = open.page.locator('vscode-dropdown[aria-label="Replaced by"]');
  await open.forget();
  await replaced.click();
  await replaced.locator('vscode-option[title="donors with gold"]').click();
  const asked = await open.next('ask');
  assert.deepEqual([asked.kind, asked.again, asked.choice.blame?.replacement], ['blame', true, 'donor']);
  await open.send({ type: 'blame', state: { phase: 'busy', done: 3, total: 12, message: 'prior over train.csv' } });
  await open.page.getByText('prior over train.csv').waitFor();
  await open.page.locator('.blame-head vscode-button', { hasText: 'Cancel' }).click();
  assert.equal((await open.next('cancelAside')).kind, 'blame');
  await open.send({ type: 'blame', state: { phase: 'cancelled' } });
  await open.page.locator('.blame-head vscode-button', { hasText: 'Ask again' }).waitFor();
  const error = {
    code: 'no-dataset',
    what: 'The prior needs a dataset.',
    where: 'model sentiment',
    next: 'Name one in model-blame.json.',
  };
  await open.send({ type: 'blame', state: { phase: 'error', error } });
  assert.match(await open.page.getByRole('alert').innerText(), /The prior needs a dataset\.\s+At model sentiment/);
  await open.forget();
  await open.page.locator('vscode-button', { hasText: 'Without a dataset' }).click();
  assert.equal((await open.next('ask')).choice.blame?.signal, 'own');
  await open.close();
});

test('a counterfactual: what changed, from and to, the new prediction; it can be taken along', async () => {
  const start = await openPage(browser, { scene: 'blame-text', tab: 'own' });
  await start.forget();
  await start.page.locator('vscode-button', { hasText: 'Find a counterfactual' }).click();
  assert.equal((await start.next('ask')).kind, 'counterfactual');
  await start.close();
  const open = await openPage(browser, { scene: 'counterfactual-text', tab: 'own' });
  const found = open.page.locator('.counterfactual');
  assert.match(await found.innerText(), /With 2 changed features the model says negative\./);
  assert.match(await found.locator('table').innerText(), /charming\s*dull[\s\S]*“not”\s*not\s*\(left out\)/);
  await found.locator('vscode-button', { hasText: 'Copy text' }).click();
  assert.equal((await open.next('counterfactual')).to, 'clipboard');
  await open.close();
  const picture = await openPage(browser, { scene: 'counterfactual-digit', tab: 'own' });
  await picture.page.locator('vscode-button', { hasText: 'Save picture…' }).click();
  await picture.until('harness.posted.some((message) => message.type === "counterfactual")');
  assert.equal(await picture.page.evaluate('harness.posted.at(-1).png[1]'), 'P'.charCodeAt(0));
  await picture.close();
});

test('a command opens the tab; the choice outlives a reload and ends with the sample', async () => {
  const open = await openPage(browser, { scene: 'image', tab: 'own' });
  await open.send({ type: 'tab', tab: 'blame' });
  await open.page.locator('.verdict').waitFor();
  await open.until('JSON.parse(sessionStorage.getItem("model-blame-panel-state")).view.tab === "blame"');
  await open.page.reload();
  await open.page.locator('.verdict').waitFor();
  await open.send(...conversation(textResults(), 2));
  await open.until('JSON.parse(sessionStorage.getItem("model-blame-panel-state")).view.tab === "auto"');
  await open.close();
});

test('labels, features and reports that look like markup stay text', async () => {
  const open = await openPage(browser);
  const results = hostileResults();
  const gold = { label: results.prediction.scores[1]?.label ?? '', class: 1 };
  const wrong = { prediction: { ...results.prediction, gold }, explanation: { ...results.explanation, gold } };
  const { donors, ...blame } = blameOf(wrong, true);
  const hostile = '<img src=x onerror="window.pwned=3">';
  await open.send(...conversation(wrong), {
    type: 'blame',
    state: {
      phase: 'done',
      result: {
        ...blame,
        donors: donors.map((donor) => ({ ...donor, sample: { ...donor.sample, title: hostile } })),
        trials: blame.trials.map((trial) => ({ ...trial, replacement: hostile })),
      },
    },
  });
  await open.page.locator('.order-row').first().waitFor();
  assert.equal(await open.page.locator('.page img, .page script, .page b b').count(), 0);
  assert.equal(await open.page.evaluate('window.pwned'), undefined);
  assert.ok(!/[^\n\t\P{C}]/u.test(await open.page.locator('body').innerText()));
  await open.close();
});
