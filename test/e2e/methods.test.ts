/** Every method that fits, from the panel's picker, for a picture, a text and a transformer; the others say why not. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import type { Workbench } from '../support/workbench/pages';
import { inWindow, startSession, whyNoWorkbench } from './session';
import type { Session } from './session';
import { addTransformer } from './transformer';
import { addDigit, train } from './workspace';

const skip = whyNoWorkbench() ?? false;
let session: Session;
before(async () => {
  if (skip !== false) return;
  const theme = { 'window.autoDetectColorScheme': false, 'workbench.colorTheme': 'Default Dark Modern' };
  session = await startSession({ settings: theme });
  const { folder } = session.workspace;
  writeFileSync(join(folder, 'mail', 'data', 'train.csv'), train);
  addTransformer(folder);
  // Methods that compare with samples of a dataset find another picture.
  addDigit(folder, 5);
});
after(() => session.close());

interface Listed {
  readonly name: string;
  /** Why it does not fit; null where it does. */
  readonly unfit: string | null;
}

/** What the open picker lists, read at once. */
async function listed(panel: Frame): Promise<readonly Listed[]> {
  await panel.locator('.picker:visible').first().click();
  await panel.locator('.picker-option:visible').first().waitFor();
  const options = await panel.locator('.picker-option:visible').all();
  const methods = await Promise.all(
    options.map(async (option) => ({
      name: await option.locator('.picker-name').innerText(),
      unfit:
        (await option.getAttribute('aria-disabled')) === 'true'
          ? await option.locator('.picker-unfit').innerText()
          : null,
    })),
  );
  return methods;
}

/** Chooses a method and waits for its result, or for what the panel says instead. */
async function explainBy(panel: Frame, name: string): Promise<void> {
  const opener = panel.locator('.picker:visible').first();
  const result = panel.locator('.result');
  const before = await result.getAttribute('data-method');
  if ((await opener.getAttribute('aria-label')) !== `Method: ${name}`) {
    await opener.click();
    await panel
      .locator('.picker-option:visible')
      .filter({ has: panel.getByText(name, { exact: true }) })
      .click();
    const next = panel.locator(`.result[aria-busy=false]:not([data-method="${before ?? ''}"])`);
    await next.or(panel.locator('.banner.error')).first().waitFor();
    assert.equal(await opener.getAttribute('aria-label'), `Method: ${name}`);
  }
  assert.deepEqual(await panel.locator('.banner.error').allInnerTexts(), [], name);
}

/** How many different colours the strip paints behind the words. */
function shades(panel: Frame): Promise<number> {
  return panel.evaluate<number>(
    `new Set(Array.from(document.querySelectorAll('.token'), (token) => getComputedStyle(token).backgroundColor)).size`,
  );
}

/** How many pixels of the stage have a hue: the picture is grey, relevance is not. */
function coloured(panel: Frame): Promise<number> {
  return panel.evaluate<number>(`(() => {
    const stage = document.querySelector('canvas.stage');
    const { data } = stage.getContext('2d').getImageData(0, 0, stage.width, stage.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) {
      const rgb = data.slice(i, i + 3);
      if (Math.max(...rgb) - Math.min(...rgb) > 24) count += 1;
    }
    return count;
  })()`);
}

interface Sample {
  readonly open: (workbench: Workbench) => Promise<void>;
  /** Present once the sample is drawn. */
  readonly drawn: string;
  readonly heat: (panel: Frame) => Promise<number>;
  /** Least heat that is a map. */
  readonly least: number;
  /** Methods that cannot explain it, with the reason the picker gives. */
  readonly unfit: Readonly<Record<string, RegExp>>;
}

const openRow =
  (path: string, line: string): Sample['open'] =>
  async (workbench) => {
    await workbench.openFile(path);
    await workbench.contextMenu(workbench.line(line), 'Explain Row');
  };
const blurred = /only pictures can be blurred: use integrated gradients/;
const masked = /only pictures can be seen through a mask: use occlusion/;
const noMap = /no convolution with more than one position, so there is no map to enlarge/;

const samples: Readonly<Record<string, Sample>> = {
  digits: {
    open: async (workbench) =>
      workbench.contextMenu(await workbench.explorerItem(session.workspace.picture), 'Explain Picture'),
    drawn: 'canvas.stage',
    heat: coloured,
    least: 500,
    unfit: {},
  },
  mail: {
    open: openRow('mail/data/train.csv', 'the meeting is moved'),
    drawn: '.token',
    heat: shades,
    least: 3,
    unfit: { 'Blur integrated gradients': blurred, RISE: masked },
  },
  transformer: {
    open: openRow('reviews/data/reviews.csv', 'unhappily'),
    drawn: '.token',
    heat: shades,
    least: 3,
    unfit: { 'Blur integrated gradients': blurred, 'Grad-CAM': noMap, 'Guided Grad-CAM': noMap, RISE: masked },
  },
};

/** More may be added; fewer is a method that went missing. */
const LEAST_METHODS = 30;

for (const [name, { open, drawn, heat, least, unfit }] of Object.entries(samples))
  test(`${name}: every method that fits runs from the picker and draws a map; the others say why not`, { skip }, () =>
    inWindow(session, `methods-${name}`, async (workbench) => {
      await open(workbench);
      const panel = await workbench.panel(drawn);
      await panel.locator('.accounting-line', { hasText: 'Σ relevance' }).first().waitFor();
      const methods = await listed(panel);
      assert.ok(methods.length >= LEAST_METHODS, `${methods.length} methods`);
      const reasons = methods.filter((method) => method.unfit !== null);
      assert.deepEqual(reasons.map((method) => method.name).sort(), Object.keys(unfit).sort());
      for (const method of reasons) assert.match(method.unfit ?? '', unfit[method.name] ?? /^$/);
      await workbench.screenshot(`methods/${name}-picker`);
      await panel.locator('.picker-search:visible').press('Escape');
      for (const method of methods) {
        if (method.unfit !== null) continue;
        await explainBy(panel, method.name);
        const seen = await heat(panel);
        await workbench.screenshot(`methods/${name}-${method.name.toLowerCase().replaceAll(/\W+/g, '-')}`);
        assert.ok(seen >= least, `${method.name} draws nothing (${seen})`);
      }
    }),
  );
