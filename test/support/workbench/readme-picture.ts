/**
 * Makes the README's picture from the real program: `npm run picture`. The mail example, the row of the chain letter,
 * right-clicked; then the word that is to blame, clicked.
 */
import { resolve } from 'node:path';
import { launchBrowser } from './browser';
import { packagedExtension } from './package';
import { Workbench } from './pages';
import { startWorkbench } from './server';

const root = resolve(import.meta.dirname, '../../..');
const ROW = 14594;

const server = await startWorkbench({
  extensions: [packagedExtension()],
  settings: { 'workbench.colorTheme': 'Default Dark Modern', 'window.autoDetectColorScheme': false },
});
const browser = await launchBrowser();
try {
  const workbench = await Workbench.open(browser, server.urlOf(`${root}/examples/mail`));
  await workbench.openFile('data/test.csv');
  await workbench.page.keyboard.press('Control+G');
  await workbench.page.keyboard.type(`${ROW}`);
  await workbench.page.keyboard.press('Enter');
  await workbench.contextMenu(workbench.line('Free to Join!'), 'Explain Row');
  const panel = await workbench.panel('.token');
  // The model is wrong here, so blame comes first.
  await panel.getByRole('tab', { name: 'Explanation' }).click();
  await panel.locator('.accounting-line', { hasText: 'Σ relevance' }).waitFor();
  await workbench.command('View: Toggle Primary Side Bar Visibility');
  await panel
    .locator('.token', { hasText: /^wrote$/ })
    .first()
    .click();
  await workbench.cursorIs(/5 selected/);
  await workbench.page.waitForTimeout(1500);
  await workbench.page.screenshot({ path: `${root}/media/explain-mail.png` });
} finally {
  await browser.close();
  await server.stop();
}
