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

const scenes = {
  'blame-text': null,
  'blame-donors': null,
  'blame-digit': null,
  'blame-table': null,
  'table-texts': null,
  'counterfactual-text': null,
  'counterfactual-digit': null,
  units: 'What the model looks for in granted',
  lrp: 'Conservation: what each node hands on',
} as const;

/** Pictures to be looked at; the test itself proves that nothing runs over an edge. */
for (const [scene, section] of Object.entries(scenes))
  test(`${scene}: no edge is run over in any theme, from 300 to 1600 pixels; pictures are kept`, async () => {
    const open = await openPage(browser, { scene, reducedMotion: true, tab: 'own' });
    if (section !== null) {
      await open.page.getByRole('tab', { name: 'Explanation' }).click();
      await open.page.getByText(section).click();
    }
    for (const [theme, width] of [
      ['vscode-dark', 300],
      ['vscode-dark', 1600],
      ['vscode-dark', 760],
      ['vscode-light', 760],
      ['vscode-high-contrast', 760],
      ['vscode-high-contrast-light', 480],
    ] as const) {
      await open.page.setViewportSize({ width, height: 900 });
      await open.page.evaluate(`harness.theme(${JSON.stringify(theme)})`);
      await open.page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
      const overflow = await open.page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      assert.equal(overflow, 0, `${theme} ${width}`);
      await open.picture(`${scene}-${theme}-${width}`);
    }
    await open.close();
  });
