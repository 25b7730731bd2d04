import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../support/workbench/browser';
import { openPage } from './open';

let browser: Browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

/** Words that have a meaning for classes alone. */
const ofClasses = /\bclass(es)?\b|probabilit|\blogit|misclassified|\bgold\b|1\.000/i;

test('a quantity is shown as what it is, beside what the file says', async () => {
  const open = await openPage(browser, { scene: 'quantity', tab: 'own' });
  const { page } = open;
  const row = page.getByRole('button', {
    name: 'price 23.4 k€, the file says 21.0 (error +2.4 k€), explained',
    exact: true,
  });
  await row.waitFor();
  assert.equal((await row.innerText()).replace(/\s+/g, ' ').trim(), 'price 23.4 k€ the file says 21.0 (error +2.4 k€)');
  const whole = await page.locator('body').innerText();
  assert.doesNotMatch(whole, ofClasses);
  assert.equal(await page.getByRole('tablist', { name: 'Views' }).isVisible(), false, 'there is no blame');
  for (const name of ['Target', 'Compared with', 'Scale'])
    assert.equal(await page.locator('.field', { hasText: name }).first().isVisible(), false, name);
  assert.ok((await page.getByRole('listitem').or(page.locator('[aria-label*="raises price"]')).count()) > 0);
  await open.close();
});

test('of several quantities each is explained by itself', async () => {
  const open = await openPage(browser, { scene: 'quantities', tab: 'own' });
  const { page } = open;
  const rent = page.getByRole('button', { name: 'rent −6.6 k€', exact: true });
  await rent.click({ modifiers: ['Shift'] });
  const { choice } = await open.next('choose');
  assert.deepEqual(choice.target, { kind: 'class', class: 1, scale: 'value' });
  assert.equal(await page.locator('.field', { hasText: 'Compared with' }).first().isVisible(), false);
  await open.close();
});
