import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { analyse } from '../../../server/patterns/analyse';
import type { Explained } from '../../../server/patterns/types';
import { uniform } from '../../../server/random';
import { patternViews } from '../../../server/protocol';
import type { FromPatternsPage, PatternsResponse, PatternView, ToPatternsPage } from '../../../server/protocol';
import { themeKinds } from '../../../webview/dev/themes';
import { launchBrowser } from '../../support/workbench/browser';
import { madeOfPixels, madeOfWords } from '../../unit/patterns/made';
import { visit } from './visit';
import type { Visit } from './visit';

let browser: Browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

const hostile = '<img src=x onerror=alert(1)>';

function answerOf(explained: Explained, labels: readonly string[]): PatternsResponse {
  const found = analyse(explained, {
    by: patternViews,
    cells: [{ gold: 1, predicted: 0, total: 15 }],
    class: null,
    space: 'heatmaps',
    clusters: null,
    flagged: [],
    seed: 0,
  });
  return {
    model: {
      name: 'marked',
      uri: 'file:///m.onnx',
      hash: '',
      labels,
      labelsArePlaceholders: false,
      output: 'logits',
      inputKind: 'image',
    },
    method: 'lrp',
    parameters: {},
    cell: null,
    class: null,
    target: 'predicted',
    total: 60,
    labelled: 60,
    mistakes: 15,
    skipped: 0,
    samples: Array.from(explained.predicted, (predicted, i) => ({
      address: { kind: 'file', uri: `file:///data/${i}.png` },
      title: `${i}.png`,
      text: i % 2 === 0 ? hostile : 'a \u202e text',
      gold: explained.gold[i] ?? null,
      predicted,
      probability: 0.9,
    })),
    kind: explained.kind,
    ...found,
    warnings: [],
    milliseconds: 1,
  };
}

/** Sixty pictures of one class, the last fifteen mistakes with a mark in the corner; a second class beside them. */
function pictures(): PatternsResponse {
  const random = uniform(4);
  const side = 12;
  const heatmaps = Array.from({ length: 90 }, (_, sample) =>
    Array.from({ length: side * side }, (_, i) => {
      const [x, y] = [i % side, Math.floor(i / side)];
      const middle = Math.hypot(x - (sample < 60 ? 6 : 9), y - 6) < 3 ? 1 : 0;
      const corner = sample >= 45 && sample < 60 && x < 3 && y < 3 ? 6 : 0;
      return middle + corner + 0.6 * (random() - 0.5);
    }),
  );
  const predicted = heatmaps.map((_, i) => (i < 60 ? 0 : 1));
  return answerOf(
    madeOfPixels(
      heatmaps,
      side,
      predicted,
      heatmaps.map((_, i) => (i < 45 ? 0 : 1)),
    ),
    ['seven', 'eight'],
  );
}

function words(): PatternsResponse {
  const texts = Array.from({ length: 60 }, (_, i): Record<string, number> =>
    i >= 45 ? { wrote: 3, [hostile]: 1, the: 0 } : { money: 1 + (i % 5), the: 0 },
  );
  const all = texts.map((_, i) => (i % 3 === 0 && i < 45 ? 1 : 0));
  return answerOf(
    madeOfWords(
      texts,
      all,
      texts.map((_, i) => (i >= 45 ? 1 : (all[i] ?? 0))),
    ),
    ['ham', hostile],
  );
}

interface Opened extends Visit<FromPatternsPage> {
  readonly send: (message: ToPatternsPage) => Promise<void>;
  readonly show: (view: PatternView) => Promise<void>;
}

async function open(
  answer: PatternsResponse | null,
  { theme = 'vscode-dark', ...frame }: { theme?: string; width?: number } = {},
): Promise<Opened> {
  const opened = await visit<FromPatternsPage>(browser, { path: '/patterns', query: { theme }, ...frame });
  const { page, posted } = opened;
  const send: Opened['send'] = (message) =>
    page.evaluate(
      (json) => (globalThis as unknown as { harness: { send(json: string): void } }).harness.send(json),
      JSON.stringify(message, (_key, value: unknown) => (value instanceof Float32Array ? { f32: [...value] } : value)),
    );
  const asked = (count: number): Promise<void> => askedTimes(opened, count);
  await send({
    type: 'subject',
    subject: { model: 'marked', datasets: ['file:///data'], name: 'data', cell: null },
    flagged: [],
  });
  await asked(1);
  if (answer !== null) await send({ type: 'answer', view: 'features', answer });
  return {
    ...opened,
    send,
    async show(view) {
      const before = (await posted('ask')).length;
      await page.locator(`#tab-${view}`).click();
      await asked(before + 1);
      if (answer !== null) await send({ type: 'answer', view, answer });
      await page.locator('.pattern-view[aria-busy=false]').waitFor();
    },
    picture: (name) => opened.picture(`patterns-${name}`),
  };
}

function askedTimes({ until }: Pick<Opened, 'until'>, count: number): Promise<void> {
  return until(`harness.posted.filter((message) => message.type === 'ask').length >= ${count}`);
}

test('a feature leads to its samples, a sample to its row and to its explanation', async () => {
  const { page, posted, close } = await open(pictures());
  const first = page.locator('.feature').first();
  assert.match((await first.getAttribute('aria-label')) ?? '', /^x 0–1, y 0–1, sum \+\d/);
  await first.click();
  await page.locator('.sample').first().waitFor();
  assert.match(await page.locator('.picked h3').innerText(), /^eight predicted as seven: x 0–1, y 0–1$/);
  assert.equal(await page.locator('.sample.wrong').count(), 15);
  await page.locator('.sample').first().click();
  const [revealed] = await posted('reveal');
  assert.equal(revealed?.address.kind, 'file');
  await page.locator('.sample').nth(1).focus();
  await page.keyboard.press('Space');
  assert.equal((await posted('explain')).length, 1);
  await close();
});

test('groups show their median heatmap; a click lists exactly their samples', async () => {
  const { page, show, close } = await open(pictures());
  await show('clusters');
  const marked = page.locator('.group', { hasText: '15 samples, 15 wrong' });
  assert.match(await marked.locator('strong').innerText(), /^x 0–1, y 0–1/);
  await marked.click();
  assert.equal(await page.locator('.sample').count(), 15);
  assert.equal(await page.locator('.sample.wrong').count(), 15);
  await close();
});

test('the map: a lasso lists what is inside; with the keyboard a sample and its nearest', async () => {
  const { page, posted, show, close } = await open(pictures());
  await show('map');
  const box = await page.locator('.sample-map').boundingBox();
  assert.ok(box !== null);
  await page.mouse.move(box.x + 2, box.y + 2);
  await page.mouse.down();
  for (const [x, y] of [
    [box.width - 2, 2],
    [box.width - 2, box.height - 2],
    [2, box.height - 2],
    [2, 20],
    [2, 2],
  ] as const)
    await page.mouse.move(box.x + x, box.y + y, { steps: 3 });
  await page.mouse.up();
  assert.equal(await page.locator('.picked h3').innerText(), '90 samples inside the lasso');
  await page.locator('.sample-map').focus();
  await page.keyboard.press('Escape');
  assert.match(await page.locator('.picked').innerText(), /0 samples/);
  await page.keyboard.press('ArrowRight');
  assert.match(await page.locator('.readout').innerText(), /^\d+\.png: (seven|eight) [✓✗]/);
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('.sample').count(), 7);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  assert.ok([6, 8].includes(await page.locator('.sample').count()));
  assert.equal((await posted('ask')).length, 2);
  await close();
});

test('a feature is flagged as a shortcut, and a check is made of it; the flag goes with the question', async () => {
  const { page, posted, show, close } = await open(pictures());
  await page.locator('.feature').first().click();
  await page.locator('vscode-button', { hasText: 'Flag as a shortcut' }).click();
  assert.deepEqual(
    (await posted('flag')).map(({ flagged }) => flagged),
    [['0,0,2,2']],
  );
  await page.locator('vscode-button', { hasText: 'Make a check of it' }).click();
  const [check] = await posted('check');
  assert.deepEqual(check?.feature.region, { x: 0, y: 0, width: 2, height: 2 });
  assert.equal(check.sample.kind, 'file');
  await show('unusual');
  assert.deepEqual((await posted('ask')).at(-1)?.choice.flagged, ['0,0,2,2']);
  await page.locator('#tab-features').click();
  await page.locator('.feature').first().click();
  await page.locator('vscode-button', { hasText: 'Take the flag away' }).click();
  assert.deepEqual((await posted('flag')).at(-1)?.flagged, []);
  await close();
});

test('a group is flagged by what it is named after; flags of the file are taken over, and asked about', async () => {
  const { page, posted, show, send, until, close } = await open(words());
  await show('clusters');
  await page.locator('.group', { hasText: 'wrote' }).first().click();
  await page.locator('vscode-button', { hasText: 'Flag as a shortcut' }).click();
  const [flagged = []] = (await posted('flag')).map((message) => message.flagged);
  assert.ok(flagged.includes('wrote') && flagged.length <= 3, flagged.join());
  await page.locator('vscode-button', { hasText: 'Take the flag away' }).waitFor();
  await show('unusual');
  const asked = (await posted('ask')).length;
  await send({ type: 'flags', flagged });
  await page.waitForTimeout(200);
  assert.equal((await posted('ask')).length, asked, 'the same flags');
  await send({ type: 'flags', flagged: ['money'] });
  await askedTimes({ until }, asked + 1);
  const { view, choice } = (await posted('ask')).at(-1) ?? {};
  assert.deepEqual([view, choice?.flagged], ['unusual', ['money']]);
  await close();
});

test('hostile words and labels stay text; every view keeps the policy', async () => {
  const { page, show, close } = await open(words());
  for (const view of ['features', 'clusters', 'map', 'rules', 'dead', 'unusual'] as const) {
    if (view !== 'features') await show(view);
    assert.equal(await page.locator('img').count(), 0, view);
  }
  await page.locator('#tab-features').click();
  await page.locator('.feature').nth(1).click();
  assert.match(await page.locator('.picked h3').innerText(), /<img src=x onerror=alert\(1\)>/);
  assert.equal(await page.locator('.sample-text .symbol').first().innerText(), '⟨RLO⟩');
  await close();
});

test('another choice asks anew; progress, cancel, an error with its next step, and what changed on disk', async () => {
  const { page, send, posted, close } = await open(null);
  await send({ type: 'progress', done: 120, total: 600, message: 'Explaining' });
  await page.getByText('Explaining 120 of 600').waitFor();
  await page.locator('vscode-button', { hasText: 'Cancel' }).click();
  assert.equal((await posted('cancel')).length, 1);
  await send({ type: 'cancelled', view: 'features' });
  await page.getByText('Cancelled.').waitFor();
  await page.locator('vscode-button', { hasText: 'Run again' }).click();
  await send({
    type: 'error',
    view: 'features',
    error: { code: 'no-mistakes', what: 'No mistake.', where: null, next: 'Name a class.' },
  });
  assert.match(await page.locator('.pattern-view').innerText(), /No mistake\.\s+Name a class\./);
  await page.locator('vscode-dropdown[aria-label="Explained for"]').click();
  await page.locator('vscode-option[value="gold"]').click();
  const last = (await posted('ask')).at(-1);
  assert.deepEqual([last?.view, last?.choice.target], ['features', 'gold']);
  await send({ type: 'stale' });
  await page.getByText(/changed on disk/).waitFor();
  await close();
});

test('a page that comes back asks as before; about another dataset it begins anew', async () => {
  const { page, send, posted, until, close } = await open(null);
  await page.locator('vscode-dropdown[aria-label="Explained for"]').click();
  await page.locator('vscode-option[value="gold"]').click();
  await page.reload();
  const kept = (await posted('ready')).at(0)?.state ?? null;
  assert.ok(kept !== null);
  assert.equal(kept.choice.target, 'gold');
  const { subject } = kept;
  await send({ type: 'subject', subject, flagged: [] });
  await page.locator('.busy').waitFor();
  assert.deepEqual(
    (await posted('ask')).map(({ choice }) => choice.target),
    ['gold'],
  );
  await send({ type: 'subject', subject: { ...subject, cell: { gold: 0, predicted: 1 } }, flagged: [] });
  await askedTimes({ until }, 2);
  assert.equal((await posted('ask')).at(-1)?.choice.target, 'predicted');
  await close();
});

for (const theme of themeKinds)
  test(`pictures in ${theme}`, async () => {
    const { page, show, picture, close } = await open(pictures(), { theme });
    await page.locator('.feature').first().click();
    await picture(`features-${theme}`);
    await show('clusters');
    await page.locator('.group').last().click();
    await picture(`clusters-${theme}`);
    await show('map');
    await picture(`map-${theme}`);
    await close();
  });

test('a narrow page keeps within its width', async () => {
  const { page, close } = await open(words(), { width: 320 });
  const width = await page.evaluate<number>('document.documentElement.scrollWidth');
  assert.ok(width <= 320, String(width));
  await close();
});
