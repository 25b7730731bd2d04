import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../support/workbench/browser';
import { imageResults, tableResults } from '../../../webview/dev/samples';
import type { ColumnFeatures, PixelFeatures } from '../../../server/protocol';
import { signed } from '../../../server/render/numbers';
import { openPage } from './open';
import type { OpenPage } from './open';

let browser: Browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

const image = imageResults();
const features = image.explanation.features as PixelFeatures;

/** Where a model pixel of the fitted picture (224 × 224, shown twice as large, centred) is on the stage. */
async function stagePoint(open: OpenPage, u: number, v: number): Promise<{ x: number; y: number }> {
  const box = await open.page.locator('.stage').boundingBox();
  assert.ok(box !== null);
  return {
    x: Math.floor((box.width - 2 - 448) / 2) + 2 * u + 2,
    y: Math.floor((box.height - 2 - 448) / 2) + 2 * v + 2,
  };
}

test('the mouse reads a pixel: both positions, colour and relevance; a click leads to it', async () => {
  const open = await openPage(browser, { scene: 'image' });
  const [u, v] = [78, 112];
  await open.page.locator('.stage').hover({ position: await stagePoint(open, u, v) });
  const read = await open.page.locator('.readout-point').innerText();
  const at = v * 224 + u;
  const [r, g, b] = features.picture.subarray(at * 4, at * 4 + 3);
  const value = signed(image.explanation.relevance[at] ?? NaN);
  assert.equal(
    read,
    `pixel 248, 241 · model ${u}, ${v} · RGB ${r}, ${g}, ${b} · relevance ${value}, evidence for house`,
  );
  await open.page.locator('.stage').click({ position: await stagePoint(open, u, v) });
  const { uri, x, y } = await open.next('revealPixel');
  assert.deepEqual([uri, x, y], ['file:///data/house.png', 248, 241]);
  await open.close();
});

test('the keyboard reads pixels, zooms, sums a region and leaves', async () => {
  const open = await openPage(browser, { scene: 'image' });
  const point = (): Promise<string> => open.page.locator('.readout-point').innerText();
  await open.page.locator('.stage').focus();
  for (const key of ['ArrowRight', 'ArrowRight', 'Shift+ArrowUp']) await open.page.keyboard.press(key);
  assert.match(await point(), /model 113, 102 /);
  assert.equal(await open.page.locator('.readout-point').getAttribute('aria-live'), 'polite');
  for (const key of [' ', 'ArrowRight', 'ArrowDown', '+', '+', '0', '-']) await open.page.keyboard.press(key);
  let sum = 0;
  for (const [u, v] of [
    [113, 102],
    [114, 102],
    [113, 103],
    [114, 103],
  ] as const)
    sum += image.explanation.relevance[v * 224 + u] ?? NaN;
  const region = await open.page.locator('.readout-region').innerText();
  assert.ok(region.startsWith(`region 2 × 2 at model 113, 102: Σ relevance ${signed(sum)}`), region);
  await open.page.keyboard.press('Enter');
  assert.equal((await open.next('revealPixel')).x, 80 + Math.floor(114.5 * (480 / 224)));
  await open.page.keyboard.press('Escape');
  assert.equal(await open.page.locator('.readout-region').innerText(), '');
  await open.page.keyboard.press('Escape');
  assert.equal(await open.page.locator(':focus').getAttribute('role'), 'radio');
  await open.close();
});

test('dragging moves the zoomed picture, and selects a region with the tool', async () => {
  const open = await openPage(browser, { scene: 'image' });
  const box = await open.page.locator('.stage').boundingBox();
  assert.ok(box !== null);
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const drag = async (dx: number, dy: number): Promise<void> => {
    await open.page.mouse.move(x, y);
    await open.page.mouse.down();
    await open.page.mouse.move(x + dx / 2, y + dy / 2, { steps: 4 });
    await open.page.mouse.move(x + dx, y + dy, { steps: 4 });
    await open.page.mouse.up();
  };
  const under = async (): Promise<string> => {
    await open.page.mouse.move(x + 1, y + 1);
    await open.page.mouse.move(x, y);
    return /model (\d+, \d+)/.exec(await open.page.locator('.readout-point').innerText())?.[1] ?? '';
  };
  await open.page.mouse.move(x, y);
  await open.page.mouse.wheel(0, -900);
  const before = await under();
  await drag(120, 0);
  const [u = NaN] = (await under()).split(', ').map(Number);
  assert.ok(u < Number(before.split(',')[0]), `${before} → ${u}`);
  assert.deepEqual(await open.posted('revealPixel'), [], 'a drag is not a click');
  await open.page.locator('vscode-button[aria-label="Select a region"]').click();
  await drag(60, 40);
  assert.match(await open.page.locator('.readout-region').innerText(), /^region \d+ × \d+ at model/);
  await open.close();
});

test('every view is drawn, each another; sliders and legend belong to the view', async () => {
  const open = await openPage(browser, { scene: 'image' });
  const pixels = new Set<string>();
  for (const name of ['Heatmap', 'Original', 'Window', 'Edges', 'Mask', 'Overlay']) {
    await open.page.getByRole('radio', { name }).click();
    await open.until(`document.querySelector('[role=radio][aria-checked=true]').textContent === '${name}'`);
    await open.page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    pixels.add(await open.page.evaluate<string>('document.querySelector(".stage").toDataURL()'));
    assert.equal(
      await open.page.locator('.sliders').getByText('Opacity').isVisible(),
      name === 'Overlay' || name === 'Edges',
    );
    assert.equal(await open.page.locator('.legend').isVisible(), ['Overlay', 'Edges', 'Heatmap'].includes(name), name);
  }
  assert.equal(pixels.size, 6);
  await open.close();
});

test('a change of theme repaints what is on canvases', async () => {
  const open = await openPage(browser, { scene: 'image' });
  await open.page.getByRole('radio', { name: 'Heatmap' }).click();
  await open.page.waitForTimeout(200);
  await open.page.evaluate('void (window.dark = document.querySelector(".stage").toDataURL())');
  await open.page.evaluate('harness.theme("vscode-light")');
  await open.until('document.querySelector(".stage").toDataURL() !== window.dark');
  await open.close();
});

test('table columns: sorted or as in the file, with value and sign; click and Enter lead to the cell', async () => {
  const open = await openPage(browser, { scene: 'table' });
  const columns = (tableResults().explanation.features as ColumnFeatures).columns;
  const names = (): Promise<string[]> => open.page.locator('.bar-name').allInnerTexts();
  assert.deepEqual((await names()).slice(0, 3), ['customer_id', 'debt_ratio', 'income']);
  await open.page.getByRole('option', { name: 'debt_ratio, 0.62, −0.910, evidence against granted' }).click();
  assert.deepEqual((await open.next('reveal')).source, columns[3]?.source);
  await open.forget();
  await open.page.getByRole('radio', { name: 'As in the file' }).click();
  await open.until('document.querySelector(".bar-name").textContent === "age"');
  assert.deepEqual(
    await names(),
    columns.map((column) => column.name),
  );
  await open.page.locator('.bar-row').first().focus();
  await open.page.keyboard.press('ArrowDown');
  await open.page.keyboard.press('Enter');
  assert.deepEqual((await open.next('reveal')).source, columns[1]?.source);
  await open.close();
});

test('the PNG export is the whole result as a picture, for every kind', async () => {
  for (const scene of ['text', 'image', 'table', 'elements']) {
    const open = await openPage(browser, { scene });
    await open.page.locator('vscode-button[aria-label="Export"]').click();
    await open.page.keyboard.press('Enter');
    await open.until('harness.posted.some((message) => message.type === "export")');
    const text = await open.page.evaluate<string>(
      'Array.from(harness.posted.at(-1).png, (byte) => String.fromCharCode(byte)).join("")',
    );
    const bytes = Buffer.from(text, 'latin1');
    const png = PNG.sync.read(bytes);
    assert.equal(png.width, 1680);
    assert.ok(png.height > 400, String(png.height));
    const colours = new Set<number>();
    for (let i = 0; i < png.data.length; i += 4) colours.add(png.data.readUInt32LE(i));
    assert.ok(colours.size > 20, `${scene}: ${colours.size} colours`);
    mkdirSync('test/artifacts/page', { recursive: true });
    writeFileSync(`test/artifacts/page/export-${scene}.png`, bytes);
    await open.close();
  }
});

test('nothing is cut or runs over the edge, from 300 to 1600 pixels, in all four themes; pictures are kept', async () => {
  for (const [theme, width] of [
    ['vscode-dark', 300],
    ['vscode-light', 760],
    ['vscode-high-contrast', 760],
    ['vscode-high-contrast-light', 480],
    ['vscode-dark', 1600],
  ] as const) {
    for (const scene of ['text', 'image', 'table']) {
      const open = await openPage(browser, { scene, theme, width, reducedMotion: true });
      const overflow = await open.page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      assert.equal(overflow, 0, `${scene} ${theme} ${width}`);
      await open.picture(`${scene}-${theme}-${width}`);
      await open.close();
    }
  }
});
