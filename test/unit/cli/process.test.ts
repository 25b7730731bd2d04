import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');
const cwd = mkdtempSync(join(tmpdir(), 'model-blame-process-'));
after(() => rmSync(cwd, { recursive: true, force: true }));
const tsx = import.meta.resolve('tsx');
const cli = join(root, 'server', 'cli.ts');
const model = join(root, 'examples', 'mail', 'models', 'mail.onnx');
const words = join(root, 'examples', 'mail', 'models', 'words.txt');
const input = {
  kind: 'text',
  vocabulary: words,
  pattern: '[a-z]+',
  padToken: '[PAD]',
  unknownToken: '[UNK]',
  maxLength: 64,
};
writeFileSync(join(cwd, 'model-blame.json'), JSON.stringify({ models: { mail: { path: model, input } } }));

function start(...args: string[]) {
  const child = spawn(process.execPath, ['--import', tsx, cli, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((done) =>
    child.on('close', (code) => done({ code, stdout, stderr })),
  );
  return { child, ended };
}

test('a real explanation: text in, JSON out, nothing else on stdout', async () => {
  const { code, stdout, stderr } = await start('explain', '--text', 'free money', '--model', 'mail', '--format', 'json')
    .ended;
  assert.equal(code, 0, stderr);
  const explanation = JSON.parse(stdout);
  assert.equal(explanation.relevance.length, explanation.features.tokens.length);
  const sum = (explanation.relevance as number[]).reduce((total, value) => total + value, 0);
  assert.ok(Math.abs(sum - explanation.accounting.sum) < 1e-4);
});

test('a reader that goes away ends it quietly', async () => {
  const { child, ended } = start('explain', '--help');
  child.stdout.destroy();
  const { code, stderr } = await ended;
  assert.equal(code, 0);
  assert.equal(stderr, '');
});

test(
  'Ctrl-C in the middle of a long job: exit code 130, no result',
  { skip: process.platform === 'win32' },
  async () => {
    const { child, ended } = start(
      ...['explain', '--text', 'free money', '--model', 'mail'],
      ...['--method', 'smoothgrad', '--option', 'samples=10000', '--debug'],
    );
    // The first line of --debug comes when the handler is there.
    child.stderr.once('data', () => setTimeout(() => child.kill('SIGINT'), 500));
    const { code, stdout, stderr } = await ended;
    assert.equal(code, 130, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, /cancelled\n$/);
  },
);
