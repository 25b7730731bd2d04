/** The workbench as a person sees it: explorer, editor, menus, palette, panel. */
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Browser, BrowserContext, Frame, Locator, Page } from 'playwright-core';

/** Pictures of what was seen; ignored by git. */
export const artifacts = resolve(import.meta.dirname, '../../artifacts');
/** The machine may be busy: a wait ends early when the thing appears. */
export const patience = 180_000;

export class Workbench {
  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
  ) {}

  static async open(browser: Browser, url: string): Promise<Workbench> {
    const context = await browser.newContext({ viewport: { width: 1400, height: 860 } });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    await page.goto(url);
    const workbench = new Workbench(page, context);
    await workbench.ready();
    return workbench;
  }

  async close(): Promise<void> {
    await this.context.close();
  }

  /** The explorer lists something: extensions are being started. */
  async ready(): Promise<void> {
    await this.page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
  }

  /** Closes all editors, giving up what was typed into them. */
  async closeEditors(): Promise<void> {
    await this.command('View: Close All Editors');
    const dirty = this.page.locator('.monaco-dialog-box').getByRole('button', { name: "Don't Save" });
    for (const until = Date.now() + patience; (await this.page.locator('.tab').count()) > 0;) {
      if (Date.now() > until) throw new Error('editors stay open');
      if (await appears(dirty, 100)) await dirty.click();
    }
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.page.locator('.monaco-workbench .activitybar').waitFor();
    await this.showExplorer();
  }

  /**
   * Waits until the workbench has written to the browser's store what a reload brings back. It does so every five
   * seconds, when it is idle.
   * @param text What the store says then, without the backslashes of texts in texts.
   */
  async stored(text: RegExp): Promise<void> {
    for (const until = Date.now() + patience; !text.test(await this.page.evaluate<string>(readStore));) {
      if (Date.now() > until) throw new Error(`not stored: ${text}`);
      await this.page.waitForTimeout(500);
    }
  }

  /**
   * A window comes back with the view it had, now and then after it took the first command: the explorer is asked for
   * until it is there.
   */
  async showExplorer(): Promise<void> {
    const first = this.page.locator('.explorer-folders-view .monaco-list-row').first();
    for (const until = Date.now() + patience; !(await first.isVisible()) && Date.now() < until;) {
      await this.command('View: Show Explorer');
      await appears(first, 8000);
    }
    await this.ready();
  }

  /** Opens a file from the explorer. (“Go to file” needs a search program that this workbench lacks.) */
  async openFile(path: string): Promise<void> {
    const tab = this.page.locator(`.tab .monaco-icon-label[aria-label$="/${path}"]`).first();
    for (const until = Date.now() + patience; ;) {
      await (await this.explorerItem(path)).dblclick();
      if (await appears(tab, 5000)) return;
      if (Date.now() > until) throw new Error(`${path} does not open`);
    }
  }

  /** An item of the explorer; folders on the way are opened. While it lists anew, it swallows clicks. */
  async explorerItem(path: string): Promise<Locator> {
    const parts = path.split('/');
    const rowOf = (depth: number): Locator =>
      this.page
        .locator('.explorer-folders-view .monaco-list-row')
        .filter({ has: this.page.locator(`.explorer-item[aria-label$="/${parts.slice(0, depth + 1).join('/')}"]`) })
        .first();
    for (const depth of parts.keys()) {
      const row = rowOf(depth);
      await row.waitFor();
      if (depth === parts.length - 1) return row;
      for (const until = Date.now() + patience; !(await rowOf(depth + 1).isVisible()) && Date.now() < until;) {
        if ((await row.getAttribute('aria-expanded')) !== 'true') await row.click();
        await appears(rowOf(depth + 1), 5000);
      }
    }
    throw new Error(`${path} is not in the explorer`);
  }

  /**
   * Opens a group of a list, until what is in it is there: a list that is drawn anew just then takes the click for
   * another row.
   */
  async openGroup(group: Locator, inside: Locator): Promise<void> {
    for (const until = Date.now() + patience; !(await inside.isVisible()) && Date.now() < until;) {
      if ((await group.getAttribute('aria-expanded')) !== 'true') await group.click();
      await appears(inside, 5000);
    }
    await inside.waitFor();
  }

  /** The text line that contains `text`, in the editor in front. */
  line(text: string): Locator {
    return this.page.locator('.view-line', { hasText: text }).first();
  }

  /** The gutter number of a line. */
  lineNumber(line: number): Locator {
    return this.page.locator('.margin-view-overlays .line-numbers', { hasText: new RegExp(`^${line}$`) }).first();
  }

  /**
   * Right-clicks and chooses from the menu; opens it again while the extension is still being registered, or where a list
   * that was drawn anew swallowed the click.
   */
  async contextMenu(target: Locator, label: string, position?: { x: number; y: number }): Promise<void> {
    const item = this.page.locator('.monaco-menu .action-label', { hasText: label }).first();
    for (const until = Date.now() + patience; ;) {
      await target.click({ button: 'right', ...(position === undefined ? {} : { position }) });
      const opened = await appears(this.page.locator('.monaco-menu .action-label').first(), 10_000);
      if (opened && (await appears(item, 1500))) break;
      if (Date.now() > until) throw new Error(`no menu item “${label}”`);
      await this.page.keyboard.press('Escape');
    }
    // The menu ignores clicks in its first moments, so that the opening click chooses nothing.
    for (const until = Date.now() + patience; await item.isVisible();) {
      if (Date.now() > until) throw new Error(`the menu stays open at “${label}”`);
      await this.page.waitForTimeout(400);
      await item.click({ timeout: 3000 }).catch(ignored);
    }
  }

  /** Labels of the context menu of a target; the menu is closed again. */
  async menuLabels(target: Locator): Promise<readonly string[]> {
    await target.click({ button: 'right' });
    const labels = this.page.locator('.monaco-menu .action-label');
    await labels.first().waitFor();
    const texts = await labels.allTextContents();
    await this.page.keyboard.press('Escape');
    return texts.filter((text) => text !== '');
  }

  /** Runs a command by its title. */
  async command(title: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input').first();
    const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
    for (const until = Date.now() + patience; ;) {
      await this.page.keyboard.press('F1');
      try {
        // Something else may take the focus, and with it the palette, at any time.
        await input.fill(`>${title}`, { timeout: 3000 });
        await row.click({ timeout: 5000 });
        return;
      } catch (error) {
        if (Date.now() > until) throw new Error(`no command “${title}”`, { cause: error });
        await this.page.keyboard.press('Escape');
      }
    }
  }

  /** A row of the question in front (quick pick). */
  choice(text: string): Locator {
    return this.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
  }

  /**
   * Names a file in the dialog in front. Once the dialog has read its folder, it writes that folder's name over what was
   * typed before, and it reads again when the name is another folder's.
   */
  async acceptFile(path: string): Promise<void> {
    const name = this.page.locator('.quick-input-widget input').first();
    await this.page.locator('.quick-input-list .monaco-list-row').first().waitFor();
    const until = Date.now() + patience;
    for (let since = Date.now(); Date.now() - since < 500;) {
      if ((await name.inputValue()) !== path) {
        await name.fill(path);
        since = Date.now();
      }
      if (Date.now() > until) throw new Error(`the dialog does not keep ${path}`);
      await this.page.waitForTimeout(100);
    }
    // While it reads, it does not take an answer.
    for (let closed = false; !closed; closed = await disappears(name, 3000)) {
      if (Date.now() > until) throw new Error(`the dialog does not take ${path}`);
      await name.press('Enter', { timeout: 3000 }).catch(ignored);
    }
  }

  notification(text: string | RegExp): Locator {
    return this.page
      .locator('.notification-list-item, .notifications-toasts .notification-toast')
      .filter({ hasText: text })
      .first();
  }

  /** `Ln 4, Col 13 (5 selected)` of the status bar. */
  async cursor(): Promise<string> {
    return (await this.page.locator('[id="status.editor.selection"]').textContent()) ?? '';
  }

  /** Waits until the cursor is somewhere, in the words of the status bar. */
  async cursorIs(text: RegExp): Promise<void> {
    await this.page.locator('[id="status.editor.selection"]').filter({ hasText: text }).waitFor();
  }

  status(): Locator {
    return this.page.locator('.statusbar-item', { hasText: /Model Blame|fake|mail|digits|loans/ }).last();
  }

  /** The selected characters of the editor in front, through the clipboard: the editor may get the focus only now. */
  async selectedText(): Promise<string> {
    await this.page.evaluate(`navigator.clipboard.writeText('')`);
    return this.copied(() => this.page.keyboard.press('Control+C'));
  }

  /** What is on the clipboard once something is. @param again What puts it there, done until it does. */
  async copied(again: () => Promise<void> = () => Promise.resolve()): Promise<string> {
    for (const until = Date.now() + patience; ;) {
      await again();
      await this.page.waitForTimeout(150);
      const text = await this.page.evaluate<string>('navigator.clipboard.readText()');
      if (text !== '') return text;
      if (Date.now() > until) throw new Error('nothing is copied');
    }
  }

  /** The panel's own document: two frames down. Waits until the page drew something. */
  async panel(selector = 'body *'): Promise<Frame> {
    const until = Date.now() + patience;
    while (Date.now() < until) {
      for (const frame of this.page.frames()) {
        if (!frame.url().includes('fake.html') && frame.parentFrame()?.url().includes('webview') !== true) continue;
        try {
          if ((await frame.locator(selector).count()) > 0) return frame;
        } catch {
          // The frame was replaced while we looked.
        }
      }
      await this.page.waitForTimeout(200);
    }
    throw new Error(`no panel with ${selector}`);
  }

  async screenshot(name: string): Promise<string> {
    const path = join(artifacts, `${name}.png`);
    mkdirSync(dirname(path), { recursive: true });
    await this.page.screenshot({ path });
    return path;
  }
}

/** All values of the databases in which a browser's workbench keeps its state. */
const readStore = `(async () => {
  const result = (request) =>
    new Promise((done, fail) => {
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(request.error);
    });
  const values = [];
  for (const { name } of await indexedDB.databases()) {
    if (!name.startsWith('vscode-web-state-db-')) continue;
    const database = await result(indexedDB.open(name));
    for (const store of database.objectStoreNames)
      values.push(...(await result(database.transaction(store).objectStore(store).getAll())));
    database.close();
  }
  return values.filter((value) => typeof value === 'string').join('\\n').replaceAll('\\\\', '');
})()`;

/** True when the element is there within so many milliseconds. */
export async function appears(locator: Locator, milliseconds: number): Promise<boolean> {
  try {
    await locator.waitFor({ timeout: milliseconds });
    return true;
  } catch {
    return false;
  }
}

/** True when the element is gone within so many milliseconds. */
async function disappears(locator: Locator, milliseconds: number): Promise<boolean> {
  try {
    await locator.waitFor({ state: 'hidden', timeout: milliseconds });
    return true;
  } catch {
    return false;
  }
}

/** Of a click whose element may be gone by then. */
function ignored(): void {
  // The loop looks again.
}
