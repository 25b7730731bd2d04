/** The panel's page in a headless Chromium, without VS Code. */
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { FromPage, ToPage } from '../../../server/protocol';
import { visit } from './visit';
import type { Visit } from './visit';

export interface OpenOptions {
  readonly scene?: string;
  readonly theme?: string;
  readonly width?: number;
  readonly height?: number;
  readonly reducedMotion?: boolean;
  /** Which view of the scene: the page itself shows blame where the model is wrong. */
  readonly tab?: 'explain' | 'own';
}

export interface OpenPage extends Visit<FromPage> {
  send(...messages: ToPage[]): Promise<void>;
  /** Waits until a message of this type was posted, and returns the latest. */
  next<T extends FromPage['type']>(type: T): Promise<Extract<FromPage, { readonly type: T }>>;
  forget(): Promise<void>;
}

export async function openPage(browser: Browser, options: OpenOptions = {}): Promise<OpenPage> {
  const { scene, theme, tab = 'explain', ...frame } = options;
  const opened = await visit<FromPage>(browser, {
    path: '/',
    query: { scene, theme },
    width: 760,
    height: 900,
    ...frame,
  });
  const { page, until, posted } = opened;
  await until('harness.posted.some((message) => message.type === "ready")');
  if (scene !== undefined) {
    await page.locator('.view').waitFor();
    if (tab === 'explain') {
      await page.getByRole('tab', { name: 'Explanation' }).click();
      await until('document.querySelector("#tab-explain[aria-selected=true]")');
    }
  }
  return {
    ...opened,
    send: (...messages) => page.evaluate(sendInPage, messages),
    async next(type) {
      await until(`harness.posted.some((message) => message.type === ${JSON.stringify(type)})`);
      const last = (await posted(type)).at(-1);
      assert.ok(last !== undefined);
      return last;
    },
    forget: () => page.evaluate<undefined>('void (harness.posted.length = 0)'),
  };
}

/** Runs in the page. */
function sendInPage(messages: ToPage[]): void {
  (globalThis as unknown as { harness: { send(...list: ToPage[]): void } }).harness.send(...messages);
}
