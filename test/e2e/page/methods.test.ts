import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../support/workbench/browser';
import { balances, lrpExplanation } from '../../../webview/dev/blame';
import { tableResults } from '../../../webview/dev/samples';
import { openPage } from './open';

let browser: Browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

test('methods stand by family, with needs, cost and paper; typing finds by name, idea and paper', async () => {
  const open = await openPage(browser, { scene: 'text' });
  await open.page.locator('.picker:visible').first().click();
  const groups = await open.page.locator('.picker-group').allInnerTexts();
  assert.deepEqual(groups, [
    'Along a path from a baseline',
    'Gradients',
    'Relevance handed back layer by layer',
    'Inside the model: layers and units',
    'Changing the input',
  ]);
  const gradient = open.page.getByRole('option', { name: /^Gradient 1 forward/ });
  assert.match(await gradient.innerText(), /1 forward \+ 1 backward[\s\S]*Needs a differentiable model\. Baehrens/);
  await open.picture('picker');
  await open.page.keyboard.type('bach');
  assert.deepEqual(await open.page.locator('.picker-name').allInnerTexts(), ['Layer-wise relevance propagation']);
  await open.page.keyboard.press('Enter');
  assert.deepEqual(await open.posted('choose'), [], 'it does not fit');
  await open.page.locator('.picker-search:visible').fill('units');
  await open.page.keyboard.press('Enter');
  assert.equal((await open.next('choose')).choice.method, 'layer-gradient-x-activation');
  assert.equal(await open.page.locator('.picker-list:visible').count(), 0);
  await open.close();
});

test('a query without a match says so, and Escape closes the list', async () => {
  const open = await openPage(browser, { scene: 'text' });
  await open.page.locator('.picker:visible').first().click();
  await open.page.keyboard.type('no such method');
  await open.page.getByText('Nothing of that name.').waitFor();
  await open.page.keyboard.press('Enter');
  await open.page.keyboard.press('Escape');
  assert.deepEqual(await open.posted('choose'), []);
  assert.match((await open.page.locator(':focus').getAttribute('aria-label')) ?? '', /^Method: /);
  await open.close();
});

test('a layer is chosen from a list of operator, node and shape, narrowed by typing', async () => {
  const open = await openPage(browser, { scene: 'units' });
  await open.page.getByText('Parameters', { exact: true }).click();
  const layer = open.page.locator('.parameter .picker');
  assert.equal(await layer.innerText(), 'the method’s own choice (Conv · layer4.0.conv4 · 512×7×7)');
  await layer.click();
  assert.equal(await open.page.locator('.parameter .picker-option').count(), 41);
  await open.page.keyboard.type('layer4.1.conv2');
  await open.page.keyboard.press('Enter');
  assert.match(await layer.innerText(), /· layer4\.1\.conv2 · 512×7×7$/);
  await open.page.locator('vscode-button', { hasText: 'Apply' }).click();
  assert.deepEqual((await open.next('choose')).choice.parameters, { layer: 'layer4.6/output' });
  await open.close();
});

test('a unit explains through itself; with Shift it is added', async () => {
  const open = await openPage(browser, { scene: 'units' });
  const unit = (number: number): ReturnType<typeof open.page.locator> =>
    open.page.getByRole('option', { name: new RegExp(`^unit ${number}, activation`) });
  assert.equal(await unit(37).getAttribute('aria-label'), 'unit 37, activation 0.40, +1.06, evidence for granted');
  await unit(37).click();
  const { choice } = await open.next('choose');
  assert.deepEqual(
    [choice.method, choice.parameters],
    ['layer-gradient-x-activation', { layer: 'layer4.3/output', units: '37' }],
  );
  await open.close();
});

test('the line says what the pass absorbed and what the target keeps; the books are asked for when opened', async () => {
  const open = await openPage(browser, { scene: 'lrp' });
  assert.equal(
    await open.page.locator('.result > .accounting .accounting-line').innerText(),
    'Σ relevance 1.23 = 1.65 that the pass started with (score 1.73) − 0.420 absorbed on the way, 25.5 % of it',
  );
  await open.send({ type: 'conservation', state: null });
  await open.page.getByText('Conservation: what each node hands on').click();
  const asked = await open.next('ask');
  assert.deepEqual([asked.kind, asked.choice.method, asked.again], ['conservation', 'lrp', false]);
  await open.send({ type: 'conservation', state: { phase: 'busy', done: 1, total: 2, message: 'compiling' } });
  await open.page.getByText('compiling').waitFor();
  await open.page.locator('.aside-state vscode-button', { hasText: 'Cancel' }).first().click();
  assert.equal((await open.next('cancelAside')).kind, 'conservation');
  const explanation = { ...lrpExplanation(tableResults()), conservation: balances };
  await open.send({ type: 'conservation', state: { phase: 'done', result: explanation } });
  await open.page.locator('.balance').first().waitFor();
  assert.equal(await open.page.locator('.balance').count(), balances.length);
  await open.page.locator('.balance').nth(4).focus();
  assert.match(
    await open.page.locator('.balance-readout').innerText(),
    /^layer2\/Conv — Conv by zPlus: 2\.12 arrived, 2\.08 went on \(2\.88 positive, −0\.800 negative\); stayed: bias 0\.022, stabiliser ε 0\.020$/,
  );
  await open.page.getByRole('radio', { name: 'Where something stays' }).click();
  await open.until(`document.querySelectorAll('.balance').length === ${balances.length - 1}`);
  await open.page.getByText('As a table').click();
  assert.equal(await open.page.locator('.wide-table tbody tr').count(), balances.length - 1);
  await open.close();
});

test('the class over the dataset is asked for by its button; samples that excite a unit are one click away', async () => {
  const open = await openPage(browser, { scene: 'units' });
  await open.page.getByText('What the model looks for in granted').click();
  await open.page.getByText('over 200 samples of data/train.csv').waitFor();
  await open.page.getByRole('button', { name: 'loans.csv:17' }).click();
  assert.deepEqual((await open.next('openSample')).sample.address, {
    kind: 'line',
    uri: 'file:///data/loans.csv',
    line: 17,
  });
  await open.send({ type: 'units', state: null });
  await open.page.locator('vscode-button', { hasText: 'Find its units' }).click();
  assert.equal((await open.next('ask')).kind, 'units');
  await open.close();
});
