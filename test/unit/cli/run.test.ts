/* eslint-disable no-control-regex -- escapes are what these tests look for */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cancelled, modelBlame, UserError } from './fakes';

const cwd = mkdtempSync(join(tmpdir(), 'model-blame-cli-'));
after(() => rmSync(cwd, { recursive: true, force: true }));
writeFileSync(join(cwd, 'f.csv'), 'text\nhello\n');
const oneLine = /^model-blame: [^\n]+\n$/;

test('help and version need no services', async () => {
  for (const args of [['--help'], ['explain', '--help'], ['help', 'predict'], ['--version'], ['export', '-h']]) {
    const { code, stdout, stderr, wishes } = await modelBlame(args);
    assert.equal(code, 0, args.join(' '));
    assert.equal(stderr, '');
    assert.equal(wishes.length, 0);
    assert.ok(stdout.length > 3);
  }
  assert.match((await modelBlame(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
  const { stdout } = await modelBlame(['explain', '--help']);
  for (const option of 'model tensor text method option baseline target contrast output-kind format out engine window'.split(
    ' ',
  ))
    assert.match(stdout, new RegExp(`--${option}\\b`));
});

test('wrong use is one line and exit code 2', async () => {
  const cases: readonly (readonly string[])[] = [
    ['nonsense'],
    ['explain'],
    ['explain', 'f.csv:2', '--nonsense'],
    ['explain', 'f.csv:2', 'f.csv:3'],
    ['explain', 'f.csv:2', '--text', 'x'],
    ['explain', 'f.csv:2', '--model'],
    ['explain', 'f.csv:2', '--model', 'a', '--model', 'b'],
    ['explain', 'f.csv:2', '--format', 'xml'],
    ['explain', 'f.csv:2', '--out', 'x.txt'],
    ['explain', 'f.csv:2', '--format', 'json', '--out', 'x.png'],
    ['explain', 'f.csv:2', '--window', '0'],
    ['explain', 'f.csv:2', '--output-kind', 'loss'],
    ['explain', 'f.csv:2', '--contrast', 'ham', '--output-kind', 'probability'],
    ['explain', 'f.csv:2', '--option', 'steps'],
    ['explain', 'f.csv:2', '--option', 'nonsense=1'],
    ['explain', 'f.csv:2', '--option', 'steps=many'],
    ['explain', 'f.csv:2', '--option', 'steps=1.5'],
    ['explain', 'f.csv:2', '--option', 'steps=100000'],
    ['explain', 'f.csv:2', '--option', 'rule=guess'],
    ['explain', 'f.csv:2', '--option', 'exact=maybe'],
    ['explain', 'f.csv:2', '--method', 'magic', '--option', 'steps=3'],
    ['explain', '--tensor', 'x'],
    ['explain', '--tensor', 'x=missing.npy'],
    ['predict', 'missing.csv:2'],
    ['predict', 'f.csv:2', '--format', 'png'],
    ['predict', 'f.csv:2', '--out', 'x.npy'],
    ['export', '--method', 'gradient'],
    ['export', '--out', 'x.onnx'],
    ['export', '--method', 'gradient', '--out', 'x.onnx'],
    ['export', '--method', 'gradient', '--out', 'x.json'],
    ['models', 'one', 'two'],
  ];
  for (const args of cases) {
    const { code, stdout, stderr } = await modelBlame(args, { cwd });
    assert.equal(code, 2, args.join(' '));
    assert.match(stderr, oneLine, args.join(' '));
    assert.match(stderr, / — /, `${args.join(' ')}: says no next step: ${stderr}`);
    assert.equal(stdout, '');
  }
  const { code, stderr } = await modelBlame([]);
  assert.equal(code, 2);
  assert.match(stderr, /Usage/);
});

test('bad input of the services is one line too, inert; defects are told apart', async () => {
  const bad = (error: Error) => ({ cwd, services: { explain: () => Promise.reject(error) } });
  const user = await modelBlame(
    ['explain', 'f.csv:2'],
    bad(new UserError('no-column', 'There is no column “a\u001b[31m\nb”', { where: 'f.csv', next: 'name it' })),
  );
  assert.equal(user.code, 2);
  assert.equal(user.stderr, 'model-blame: There is no column “a⟨ESC⟩[31m↵b” — f.csv — name it\n');
  assert.equal(user.disposed, 1);
  const defect = await modelBlame(['explain', 'f.csv:2'], bad(new TypeError('x is undefined')));
  assert.equal(defect.code, 1);
  assert.match(defect.stderr, /^model-blame: internal error: x is undefined — [^\n]*--debug[^\n]*\n$/);
  const stack = await modelBlame(['explain', 'f.csv:2', '--debug'], bad(new TypeError('x is undefined')));
  assert.match(stack.stderr, /\n +at /);
});

test('options become one request', async () => {
  const { code, explained, wishes } = await modelBlame(
    'explain f.csv#1 --model mail --method integrated-gradients --option steps=64 --option tolerance=1e-3 --option exact=true --option rule=midpoint --baseline zero --target spam --contrast ham --engine onnxruntime/cpu --window 2'.split(
      ' ',
    ),
    { cwd },
  );
  assert.equal(code, 0);
  assert.equal(wishes[0]?.engine, 'onnxruntime/cpu');
  const [request] = explained;
  assert.equal(request?.address.kind, 'record');
  assert.deepEqual(
    { ...request, address: null },
    {
      address: null,
      model: 'mail',
      window: 1,
      method: 'integrated-gradients',
      target: { kind: 'contrast', class: 'spam', against: 'ham' },
      baseline: 'zero',
      parameters: { steps: 64, tolerance: 0.001, exact: true, rule: 'midpoint' },
      engine: 'onnxruntime/cpu',
    },
  );
});

test('targets: the predicted class is named where a quantity of it is wanted', async () => {
  const target = async (...args: string[]) => {
    const { explained, predicted } = await modelBlame(['explain', '--text', 'x', ...args]);
    return [explained[0]?.target, predicted.length] as const;
  };
  assert.deepEqual(await target(), [{ kind: 'predicted' }, 0]);
  assert.deepEqual(await target('--target', '0'), [{ kind: 'class', class: '0' }, 0]);
  assert.deepEqual(await target('--output-kind', 'probability'), [
    { kind: 'class', class: 1, scale: 'probability' },
    1,
  ]);
  assert.deepEqual(await target('--target', 'ham', '--output-kind', 'logprobability'), [
    { kind: 'class', class: 'ham', scale: 'logProbability' },
    0,
  ]);
  assert.deepEqual(await target('--output-kind', 'contrastToRest'), [{ kind: 'contrastToRest', class: 1 }, 1]);
  assert.deepEqual(await target('--contrast', 'ham'), [{ kind: 'contrast', class: 1, against: 'ham' }, 1]);
});

test('formats: terminal by default, the ending of --out, and files with one line on stderr', async () => {
  const terminal = await modelBlame(['explain', 'f.csv:2'], { cwd });
  assert.match(terminal.stdout, /Σ relevance/);
  assert.ok(!terminal.stdout.includes('\u001b'));
  assert.equal(terminal.stderr, '');
  const json = await modelBlame(['explain', 'f.csv:2', '--format', 'json'], { cwd });
  assert.equal(JSON.parse(json.stdout).method, 'integrated-gradients');
  for (const [name, start] of [
    ['a.json', '{'],
    ['a.html', '<!doctype html>'],
    ['a.png', '\x89PNG'],
    ['a.npy', '\x93NUMPY'],
  ] as const) {
    const { code, stdout, stderr } = await modelBlame(['explain', 'f.csv:2', '--out', name], { cwd });
    assert.equal(code, 0, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, /^wrote [^\n]+\n$/);
    assert.ok(readFileSync(join(cwd, name)).toString('latin1').startsWith(start), name);
  }
  const nowhere = await modelBlame(['explain', 'f.csv:2', '--out', 'no/such/folder/a.json'], { cwd });
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.stderr, oneLine);
  const toTerminal = await modelBlame(['explain', 'f.csv:2', '--format', 'png'], { cwd, terminal: true });
  assert.equal(toTerminal.code, 2);
});

test('colour only on a terminal that wants it', async () => {
  const coloured = async (env: Record<string, string>, ...args: string[]) =>
    (await modelBlame(['explain', 'f.csv:2', ...args], { cwd, terminal: true, env })).stdout;
  assert.match(await coloured({ COLORTERM: 'truecolor' }), /\u001b\[38;2;/);
  assert.match(await coloured({ TERM: 'xterm' }), /\u001b\[38;5;/);
  assert.ok(!(await coloured({ NO_COLOR: '1' })).includes('\u001b'));
  assert.ok(!(await coloured({ TERM: 'dumb' })).includes('\u001b'));
  assert.ok(!(await coloured({ COLORTERM: 'truecolor' }, '--no-color')).includes('\u001b'));
  // An empty NO_COLOR counts as not set (no-color.org).
  assert.match(await coloured({ NO_COLOR: '', COLORTERM: 'truecolor' }), /\u001b\[38;2;/);
});

test('Ctrl-C: the work is told, and the exit code is 130', async () => {
  const interrupt = new AbortController();
  const { code, stdout, stderr, disposed } = await modelBlame(['explain', 'f.csv:2'], {
    cwd,
    interrupt,
    services: {
      explain: (_request, options) =>
        new Promise((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => reject(new Cancelled()));
          setTimeout(() => interrupt.abort(), 5);
        }),
    },
  });
  assert.equal(code, 130);
  assert.equal(stdout, '');
  assert.equal(stderr, 'model-blame: cancelled\n');
  assert.equal(disposed, 1);
});

test('lists: methods, models, engines', async () => {
  const methods = await modelBlame(['methods']);
  for (const id of 'gradient gradient-squared gradient-x-input smoothgrad integrated-gradients occlusion'.split(' '))
    assert.match(methods.stdout, new RegExp(`^${id} `, 'm'));
  const one = await modelBlame(['methods', '--method', 'integrated-gradients']);
  assert.match(one.stdout, /formula[\s\S]*misleads[\s\S]*steps=/);
  const json = await modelBlame(['methods', '--format', 'json']);
  assert.ok(Array.isArray(JSON.parse(json.stdout)));
  assert.equal((await modelBlame(['methods', '--method', 'magic'])).code, 2);
  assert.match((await modelBlame(['models'])).stdout, /No model/);
  assert.match(
    (await modelBlame(['engines'])).stdout,
    /→ onnxruntime\/cpu +1\.30\.0\n✗ tensorflow\/node +not installed/,
  );
});

test('export names the file on stdout', async () => {
  const { code, stdout, stderr } = await modelBlame(
    ['export', '--model', 'mail', '--method', 'gradient', '--out', 'x.onnx'],
    { cwd },
  );
  assert.equal(code, 0, stderr);
  assert.equal(stdout, `${join(cwd, 'x.onnx')}\n`);
  const predicted = await modelBlame(
    ['export', '--model', 'mail', '--method', 'gradient', '--out', 'x.onnx', '--output-kind', 'probability'],
    { cwd },
  );
  assert.equal(predicted.code, 2);
});
