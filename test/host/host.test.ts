/** Runs the host suite in desktop VS Code (`VSCODE_EXECUTABLE`) or in the browser workbench. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { launchBrowser } from '../support/workbench/browser';
import { whyNoWorkbench } from '../support/workbench/install';
import { Workbench } from '../support/workbench/pages';
import { startWorkbench } from '../support/workbench/server';
import { packDriver, packWithFakeServer } from '../support/workbench/vsix';
import type { Packed } from '../support/workbench/vsix';
import type { Result } from './suite/harness';

const executable = process.env['VSCODE_EXECUTABLE'];
const skip = executable === undefined ? (whyNoWorkbench() ?? false) : false;

/** The suite takes half a minute, on a busy machine minutes. */
const HANG = 1_200_000;

test('inside the extension host', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'model-blame-host-'));
  const results = join(folder, 'results.json');
  const workspace = mkdtempSync(join(tmpdir(), 'model-blame-host-'));
  writeFileSync(
    join(workspace, 'mini.csv'),
    'text,label\nfree money 👩‍🚀 "click, ""here""",spam\nsee you at lunch,ham\nthird row,ham\n',
  );
  writeFileSync(join(workspace, 'mini.modelcheck.json'), '{ "checks": [\n"a",\n"b",\n"c",\n"d" ] }\n');
  writeFileSync(join(workspace, 'mini_test.py'), 'import x\nassert x.predict("mini.csv:3") == "ham"\n');
  const packed = [await packWithFakeServer(), await packDriver(join(import.meta.dirname, 'driver'), 'main.ts')];
  try {
    const runs = executable === undefined ? inBrowser : onDesktop;
    await runs(packed, workspace, results);
    const found = JSON.parse(readFileSync(results, 'utf8')) as readonly Result[];
    assert.ok(found.length > 10, `only ${found.length} results`);
    for (const { name, error } of found)
      await t.test(name, () => {
        if (error !== null) throw new Error(error);
      });
  } finally {
    for (const item of packed) item.dispose();
    for (const path of [folder, workspace]) rmSync(path, { recursive: true, force: true });
  }
});

async function inBrowser(packed: readonly Packed[], workspace: string, results: string): Promise<void> {
  const server = await startWorkbench({
    extensions: packed.map(({ vsix }) => vsix),
    env: { MODEL_BLAME_HOST_RESULTS: results },
  });
  const browser = await launchBrowser();
  try {
    const workbench = await Workbench.open(browser, server.urlOf(workspace));
    await workbench.command('Driver: Run the Host Suite');
    const until = Date.now() + HANG;
    while (!existsSync(results)) {
      if (Date.now() > until) {
        await workbench.screenshot('host-failure');
        throw new Error(`no results within ${HANG} ms:\n${server.log()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** Extensions are loaded from the folders they were packed from: nothing is installed in the user's profile. */
async function onDesktop(packed: readonly Packed[], workspace: string, results: string): Promise<void> {
  const [extension, driver] = packed.map(({ vsix }) => dirname(vsix));
  assert.ok(extension !== undefined && driver !== undefined);
  await runTests({
    ...(executable === undefined ? {} : { vscodeExecutablePath: executable }),
    extensionDevelopmentPath: [extension, driver],
    extensionTestsPath: join(driver, 'main.cjs'),
    extensionTestsEnv: { MODEL_BLAME_HOST_RESULTS: results },
    launchArgs: [workspace, '--disable-workspace-trust', '--disable-gpu', '--no-sandbox'],
  });
}
