/** The examples' tests for vitest, jest and pytest really run, and their failures lead to the sample. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { localCompute } from '../../server/compute/local';
import { createServices } from '../../server/services';
import { sampleOf } from '../unit/extension/convention';

const root = resolve(import.meta.dirname, '../..');
const services = createServices({ folders: [join(root, 'examples', 'mail')], compute: localCompute() });
/** A project beside the examples: its own node_modules with the two frameworks, the examples by copy. */
const scratch = mkdtempSync(join(tmpdir(), 'model-blame-conventions-'));
const python = process.env['MODEL_BLAME_PYTHON'] ?? 'python3';

before(() => {
  writeFileSync(join(scratch, 'package.json'), '{ "private": true }');
  cpSync(join(root, 'examples', 'tests'), join(scratch, 'examples', 'tests'), { recursive: true });
  symlinkSync(join(root, 'examples', 'mail'), join(scratch, 'examples', 'mail'));
  run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', 'vitest@4', 'jest@30'], 0);
  mkdirSync(join(scratch, 'node_modules'), { recursive: true });
  for (const name of ['onnxruntime-node', 'onnxruntime-common'])
    symlinkSync(join(root, 'node_modules', name), join(scratch, 'node_modules', name));
});
after(async () => {
  await services.dispose();
  rmSync(scratch, { recursive: true, force: true });
});

function run(command: string, args: readonly string[], expected: number): string {
  const { NODE_TEST_CONTEXT: _outer, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: scratch, env, encoding: 'utf8' });
  assert.equal(status, expected, `${stdout}\n${stderr}`);
  return stdout;
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly failureMessages: readonly string[] }[];
  }[];
}

/** Messages of the failures in a report of jest's form, which both frameworks write. */
function failures(file: string): readonly string[] {
  const { testResults } = JSON.parse(readFileSync(join(scratch, file), 'utf8')) as Report;
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.flatMap(({ failureMessages }) => failureMessages),
  );
}

test('vitest: the message of expect names the row by its id', async () => {
  run('npx', ['vitest', 'run', 'examples/tests/vitest.test.mjs', '--reporter=json', '--outputFile=vitest.json'], 1);
  const messages = failures('vitest.json');
  assert.equal(messages.length, 1);
  await sampleOf(messages[0] ?? '', services, 'vitest.test.mjs');
});

test('jest: what is compared holds the sample', async () => {
  run('npx', ['jest', '--testMatch', '**/examples/tests/jest.test.cjs', '--json', '--outputFile=jest.json'], 1);
  const messages = failures('jest.json');
  assert.equal(messages.length, 1);
  await sampleOf(messages[0] ?? '', services, 'jest.test.cjs');
});

test('pytest: the marker in the message of the assertion', async (t) => {
  if (spawnSync(python, ['-c', 'import pytest, onnxruntime']).status !== 0) {
    t.skip(`${python} has no pytest and onnxruntime: name one in MODEL_BLAME_PYTHON`);
    return;
  }
  const output = run(python, ['-m', 'pytest', '-q', 'examples/tests/test_mail.py', '-p', 'no:cacheprovider'], 1);
  assert.match(output, /1 failed, 11 passed/);
  await sampleOf(output, services, 'test_mail.py');
});
