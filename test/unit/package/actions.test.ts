/** The steps of the GitHub Actions example in `docs/ci.md`, run as they stand there, in a project of someone else. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sarifLog } from '../../support/sarif';

const root = resolve(import.meta.dirname, '../../..');
const project = mkdtempSync(join(tmpdir(), 'model-blame-actions-'));
const program = join(project, '.model-blame');
const summary = join(project, 'summary.md');
after(() => rmSync(project, { recursive: true, force: true }));

interface Step {
  readonly script: string;
  /** Relative to the project. */
  readonly folder: string;
}

/** Steps with `run:` of the only workflow of the page; its form is that of the page, not all of YAML. */
function steps(): readonly Step[] {
  const [, workflow = ''] = /```yaml\n(.*?)```/s.exec(readFileSync(join(root, 'docs', 'ci.md'), 'utf8')) ?? [];
  return workflow
    .split(/^ {6}- /m)
    .slice(1)
    .flatMap((step): Step[] => {
      const block = /^ *run: \|\n((?: {10}.*\n|\n)+)/m.exec(step)?.[1];
      const script = block?.replace(/^ {10}/gm, '') ?? /^(?: *)run: (?!\|)(.+)$/m.exec(step)?.[1];
      if (script === undefined) return [];
      return [{ script, folder: /^ *working-directory: (.+)$/m.exec(step)?.[1] ?? '.' }];
    });
}

/** As a runner does: bash that ends at the first error, unless the script says otherwise. */
function run({ script, folder }: Step): { readonly status: number | null; readonly output: string } {
  const { NODE_TEST_CONTEXT: _outer, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync('bash', ['-e', '-c', script], {
    cwd: join(project, folder),
    env: { ...env, GITHUB_STEP_SUMMARY: summary },
    encoding: 'utf8',
  });
  return { status, output: `${stdout}\n${stderr}` };
}

const install = 'npm ci --ignore-scripts';
const mails = ['id,message,label', '1,"free money, click here",spam', '2,see you at dinner,ham', ''].join('\n');

before(() => {
  for (const name of ['models', 'model-blame.json'])
    cpSync(join(root, 'examples', 'mail', name), join(project, name), { recursive: true });
  mkdirSync(join(project, 'data'));
  mkdirSync(join(project, 'checks'));
  for (const name of ['test.csv', 'train.csv']) writeFileSync(join(project, 'data', name), mails);
  for (const name of ['server', 'extension', 'webview', 'schemas', 'media'])
    cpSync(join(root, name), join(program, name), { recursive: true });
  for (const name of ['package.json', 'package-lock.json', 'esbuild.mjs', 'tsconfig.json'])
    cpSync(join(root, name), join(program, name));
});

function check(label: string): void {
  const checks = [{ name: 'a plain offer', kind: 'label', text: 'free money click here', model: 'mail', label }];
  writeFileSync(join(project, 'checks', 'mail.modelcheck.json'), JSON.stringify({ checks }));
  writeFileSync(summary, '');
}

test('the program is built, a check that holds passes the job, one that fails stops it and is in both reports', () => {
  const [build, checks, ...others] = steps();
  assert.ok(build !== undefined && checks !== undefined);
  assert.deepEqual(others, []);
  // Installing is npm's affair, and takes the network: the same packages are there already.
  assert.ok(build.script.startsWith(`${install} && `), build.script);
  symlinkSync(join(root, 'node_modules'), join(program, 'node_modules'));
  const built = run({ ...build, script: build.script.slice(install.length + 4) });
  assert.equal(built.status, 0, built.output);

  check('spam');
  const good = run(checks);
  assert.equal(good.status, 0, good.output);
  assert.match(readFileSync(summary, 'utf8'), /a plain offer/);

  check('ham');
  const bad = run(checks);
  assert.equal(bad.status, 1, bad.output);
  assert.match(readFileSync(summary, 'utf8'), /a plain offer/);
  const log = sarifLog(readFileSync(join(project, 'checks.sarif'), 'utf8'));
  assert.equal(log.runs[0]?.results.length, 1);
});
