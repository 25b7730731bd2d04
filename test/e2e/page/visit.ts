/** Any of the pages in a headless Chromium, without VS Code, under the extension's own content security policy. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { patience } from '../../support/workbench/pages';
import { site } from './site';

let files: ReturnType<typeof site> | null = null;

export interface VisitOptions {
  /** `/` is the panel, `/survey` and `/patterns` the pages of that name. */
  readonly path: '/' | '/survey' | '/patterns';
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly width?: number;
  readonly height?: number;
  readonly reducedMotion?: boolean;
}

/** A page that listens, with what went wrong in it. `From` are the messages that it posts. */
export interface Visit<From extends { readonly type: string }> {
  readonly page: Page;
  readonly posted: <T extends From['type']>(type: T) => Promise<Extract<From, { readonly type: T }>[]>;
  /** Waits until an expression holds in the page. (Playwright's own waiting evaluates inside, which the policy forbids.) */
  readonly until: (expression: string) => Promise<void>;
  /** Keeps a picture of the whole page in `test/artifacts/page`. */
  readonly picture: (name: string) => Promise<void>;
  /** Fails on any error on the console, in the page, or of the policy; then closes. */
  readonly close: () => Promise<void>;
}

export async function visit<From extends { readonly type: string }>(
  browser: Browser,
  { path, query = {}, width = 1000, height = 800, reducedMotion = false }: VisitOptions,
): Promise<Visit<From>> {
  files ??= site();
  const served = await files;
  const context = await browser.newContext({
    viewport: { width, height },
    reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
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
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, value);
  await page.goto(`http://page.test${path}?${search.toString()}`);
  return {
    page,
    posted: (type) =>
      page.evaluate<never>(`harness.posted.filter((message) => message.type === ${JSON.stringify(type)})`),
    async until(expression) {
      const end = Date.now() + patience;
      while (Date.now() < end) {
        if (await page.evaluate<boolean>(`Boolean(${expression})`)) return;
        await page.waitForTimeout(25);
      }
      throw new Error(`still not so: ${expression}`);
    },
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
