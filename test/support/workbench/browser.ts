/** One headless Chromium for all tests of a file. */
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { findChromium } from './install';

export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null)
    throw new Error('no Chromium found: install it (apt install chromium) or name one in MODEL_BLAME_CHROMIUM');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  });
}
