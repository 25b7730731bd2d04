import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = resolve(import.meta.dirname, '../../..');
const script = (name: string) => join(root, 'scripts', name);

test('VS Code is found by name on the path, or where VSCODE_EXECUTABLE says; a wrong name is not', async (context) => {
  const { findCode } = (await import(pathToFileURL(script('lib/open.mjs')).href)) as {
    readonly findCode: (env: Readonly<Record<string, string>>) => string | null;
  };
  const folder = mkdtempSync(join(tmpdir(), 'model-blame-code-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const name = process.platform === 'win32' ? 'code.cmd' : 'code';
  writeFileSync(join(folder, name), '');
  assert.equal(findCode({ PATH: ['/nowhere', folder].join(delimiter) }), join(folder, name));
  assert.equal(findCode({ PATH: '', VSCODE_EXECUTABLE: join(folder, name) }), join(folder, name));
  assert.equal(findCode({ PATH: folder, VSCODE_EXECUTABLE: join(folder, 'missing') }), null);
});

test('wrong use ends at once, with what is known', () => {
  for (const [name, args, said] of [
    ['start.mjs', ['--nonsense'], /knows only --open/],
    ['package.mjs', ['--target', 'sunos-sparc'], /no binaries for sunos-sparc.*linux-x64/],
  ] as const) {
    const { status, stderr } = spawnSync(process.execPath, [script(name), ...args], { encoding: 'utf8' });
    assert.equal(status, 2);
    assert.match(stderr, said);
  }
});

test('the scripts that run before anything is installed use built-ins only', () => {
  for (const name of ['start.mjs', 'test.mjs', 'lib/steps.mjs', 'lib/open.mjs', 'lib/native.mjs', 'package.mjs'])
    for (const [, from] of readFileSync(script(name), 'utf8').matchAll(/^import .*?from '([^']+)'/gm))
      assert.match(from!, /^node:|^\.\/(lib\/)?\w+\.mjs$/, `${name} imports ${from ?? ''}`);
});
