/** The panel's page in a headless Chromium, without VS Code, under the extension's own content security policy. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { site } from './site';
import type { FromPage, ToPage } from '../../../server/protocol';

const address = 'http://page.test/';
let files: ReturnType<typeof site> | null = null;

export interface OpenOptions {
  readonly scene?: string;
  readonly theme?: string;
  readonly width?: number;
  readonly height?: number;
  readonly reducedMotion?: boolean;
  /** Which view of the scene: the page itself shows blame where the model is wrong. */
  readonly tab?: 'explain' | 'own';
}

/** A page that listens, with what went wrong in it. */
export interface OpenPage {
  readonly page: Page;
  send(...messages: ToPage[]): Promise<void>;
  posted<T extends FromPage['type']>(type: T): Promise<Extract<FromPage, { readonly type: T }>[]>;
  /** Waits until a message of this type was posted, and returns the latest. */
  next<T extends FromPage['type']>(type: T): Promise<Extract<FromPage, { readonly type: T }>>;
  /** Waits until an expression holds in the page. (Playwright's own waiting evaluates inside, which the policy forbids.) */
  until(expression: string): Promise<void>;
  forget(): Promise<void>;
  picture(name: string): Promise<void>;
  /** Fails on any error on the console, in the page, or of the policy; then closes. */
  close(): Promise<void>;
}

export async function openPage(browser: Browser, options: OpenOptions = {}): Promise<OpenPage> {
  files ??= site();
  const served = await files;
  const context = await browser.newContext({
    viewport: { width: options.width ?? 760, height: options.height ?? 900 },
    reducedMotion: options.reducedMotion === true ? 'reduce' : 'no-preference',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  await page.route('**/*', (route) => {
    const file = served[new URL(route.request().url()).pathname];
    return file === undefined
      ? route.fulfill({ status: 404 })
      : route.fulfill({ contentType: `${file.type}; charset=utf-8`, body: file.body });
  });
  const query = new URLSearchParams();
  if (options.scene !== undefined) query.set('scene', options.scene);
  if (options.theme !== undefined) query.set('theme', options.theme);
  await page.goto(`${address}?${query.toString()}`);
  const until = async (expression: string): Promise<void> => {
    const end = Date.now() + 15_000;
    while (Date.now() < end) {
      if (await page.evaluate<boolean>(`Boolean(${expression})`)) return;
      await page.waitForTimeout(25);
    }
    throw new Error(`still not so: ${expression}`);
  };
  await until('harness.posted.some((message) => message.type === "ready")');
  if (options.scene !== undefined) {
    await page.locator('.view').waitFor();
    if ((options.tab ?? 'explain') === 'explain') {
      await page.getByRole('tab', { name: 'Explanation' }).click();
      await until('document.querySelector("#tab-explain[aria-selected=true]")');
    }
  }

  const posted: OpenPage['posted'] = (type) =>
    page.evaluate<never>(`harness.posted.filter((message) => message.type === ${JSON.stringify(type)})`);
  return {
    page,
    posted,
    until,
    send: (...messages) => page.evaluate(sendInPage, messages),
    async next(type) {
      await until(`harness.posted.some((message) => message.type === ${JSON.stringify(type)})`);
      const last = (await posted(type)).at(-1);
      assert.ok(last !== undefined);
      return last;
    },
    forget: () => page.evaluate<undefined>('void (harness.posted.length = 0)'),
    async picture(name) {
      mkdirSync('test/artifacts/page', { recursive: true });
      await page.screenshot({ path: `test/artifacts/page/${name}.png`, fullPage: true });
    },
    async close() {
      const violations = await page.evaluate<string[]>('harness.violations');
      await context.close();
      assert.deepEqual([...violations, ...problems], []);
    },
  };
}

/** Runs in the page. */
function sendInPage(messages: ToPage[]): void {
  (globalThis as unknown as { harness: { send(...list: ToPage[]): void } }).harness.send(...messages);
}
