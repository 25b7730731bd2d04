/** One workbench with the packed extension for the tests of a file. */
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../support/workbench/browser';
import { packagedExtension } from '../support/workbench/package';
import { Workbench } from '../support/workbench/pages';
import { startWorkbench } from '../support/workbench/server';
import type { WorkbenchOptions, WorkbenchServer } from '../support/workbench/server';
import { createWorkspace } from './workspace';
import type { Workspace } from './workspace';

export { whyNoWorkbench } from '../support/workbench/install';

export interface Session {
  readonly workspace: Workspace;
  readonly server: WorkbenchServer;
  readonly browser: Browser;
  /** A fresh window on the workspace. */
  open(): Promise<Workbench>;
  close(): Promise<void>;
}

/** @param options.extensions VSIX files beside the packed extension. */
export async function startSession(options: Partial<WorkbenchOptions> = {}): Promise<Session> {
  const vsix = packagedExtension();
  const workspace = createWorkspace();
  const server = await startWorkbench({ ...options, extensions: [vsix, ...(options.extensions ?? [])] });
  const browser = await launchBrowser();
  return {
    workspace,
    server,
    browser,
    open: () => Workbench.open(browser, server.urlOf(workspace.folder)),
    close: async () => {
      await browser.close();
      await server.stop();
      workspace.dispose();
    },
  };
}

/** Windows that a test left in order; opening one takes as long as a test. */
const windows = new WeakMap<Session, Workbench>();

/** Runs a test in a window without editors; on failure a picture and the log are kept, and the window is not used again. */
export async function inWindow(
  session: Session,
  name: string,
  body: (workbench: Workbench) => Promise<void>,
): Promise<void> {
  const used = windows.get(session);
  if (used !== undefined) await used.closeEditors();
  const workbench = used ?? (await session.open());
  windows.set(session, workbench);
  try {
    await body(workbench);
  } catch (error) {
    windows.delete(session);
    // Of a browser that is gone there is none; why the test failed is what counts.
    const picture = await workbench.screenshot(`failed-${name}`).catch(String);
    console.error(`${picture}\n${session.server.log()}`);
    await workbench.close().catch(String);
    throw error;
  }
}
