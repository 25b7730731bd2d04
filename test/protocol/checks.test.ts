/** Model checks and failures through the real server, with real models. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CancellationTokenSource } from 'vscode-languageserver/node';
import * as protocol from '../../server/protocol';
import { toUri } from '../../server/workspace/uris';
import { HANG, startServer, until } from './client';
import { makeWorkspace } from './models';
import type { CheckResult, ChecksResponse, LocateResponse, Prediction } from '../../server/protocol';

const folder = makeWorkspace();
const uri = (file: string): string => toUri(join(folder, file));
const share = { kind: 'relevance', on: { columns: ['a'] }, baseline: 'zero', method: 'integrated-gradients' };
writeFileSync(
  join(folder, 'all.modelcheck.json'),
  JSON.stringify({
    checks: [
      { ...share, name: 'below', sample: 'loans.csv:3', atMost: 0.61 },
      { ...share, name: 'above', sample: 'loans.csv:3', atLeast: 0.61, atMost: 0.62 },
      {
        name: 'half',
        kind: 'relevance',
        sample: 'pictures/half.png',
        on: { region: { x: 0, y: 0, width: 8, height: 8 } },
        atLeast: 1,
      },
      { name: 'film', kind: 'label', sample: 'films.csv:3' },
      { name: 'names', kind: 'invariance', dataset: 'films.csv', replace: [{ words: ['film'], with: 'movie' }] },
      {
        name: 'slow',
        kind: 'relevance',
        sample: 'long.csv:2',
        model: 'slow',
        on: { words: ['good'] },
        atMost: 1,
        method: 'integrated-gradients',
        parameters: { steps: 512 },
      },
    ],
  }),
);
const client = await startServer(folder, 'ipc');
after(async () => {
  await client.stop();
  rmSync(folder, { recursive: true, force: true });
});
const run = (name: string, more: object = {}, token?: CancellationTokenSource) =>
  client.ask<CheckResult>(protocol.check, { uri: uri('all.modelcheck.json'), name, ...more }, token?.token);

test('all checks are listed with their places', async () => {
  const { files } = await client.ask<ChecksResponse>(protocol.checks, { uris: null });
  assert.deepEqual(
    files.map((file) => file.uri),
    [uri('all.modelcheck.json')],
  );
  assert.equal(files[0]?.checks.length, 6);
  assert.equal(files[0].checks[3]?.about, 'films.csv:3');
});

test('a share of relevance is that of the closed form', async () => {
  // score = 2a − b for (4, 5, 6) from zero: relevance 8, −5, 0, so a has 8 of 13.
  const below = await run('below');
  assert.equal(below.outcome, 'failed', below.message);
  assert.ok(Math.abs((below.measured?.value ?? 0) - 8 / 13) < 1e-6, `${below.measured?.value}`);
  assert.deepEqual(
    below.samples.map(({ name, line }) => [name, line]),
    [['loans.csv:3', 3]],
  );
  assert.equal((await run('above')).outcome, 'passed');
  assert.equal((await run('half')).measured?.value, 1, 'the whole picture has all of it');
});

test('label and invariance; a record of several lines is named by its first', async () => {
  const address = { kind: 'line', uri: uri('films.csv'), line: 3 };
  const { scores, gold } = await client.ask<Prediction>(protocol.predict, { address, model: null });
  const film = await run('film');
  assert.equal(film.outcome, scores[0]?.label === gold?.label ? 'passed' : 'failed');
  assert.match(film.message, new RegExp(`^films\\.csv:2 is predicted ${scores[0]?.label} .*asked: pos\\.$`));
  const names = await run('names');
  assert.ok(names.measured?.count === 3, names.message);
});

test('a check that runs is cancelled, and the next one runs', { timeout: HANG }, async () => {
  const source = new CancellationTokenSource();
  const running = run('slow', { progressToken: 'slow' }, source);
  await until(() => client.progress.some(({ token }) => token === 'slow'), 'progress');
  source.cancel();
  await assert.rejects(running, (error) => (error as { code?: unknown }).code === -32800);
  assert.equal((await run('above')).outcome, 'passed');
});

test('a file with errors: diagnostics at the place, and its checks say why', async () => {
  const file = uri('faulty.modelcheck.json');
  const text = '{ "checks": [ { "name": "x", "kind": "label", "text": "t", "model": "nothing" } ] }';
  await client.notify('textDocument/didOpen', { textDocument: { uri: file, languageId: 'jsonc', version: 1, text } });
  // The buffer counts, though there is no such file on the disk.
  const result = await client.ask<CheckResult>(protocol.check, { uri: file, name: 'x' });
  assert.equal(result.outcome, 'errored');
  assert.match(result.message, /no model "nothing"/);
  const told = client.diagnostics.filter((one) => one.uri === file).at(-1);
  assert.deepEqual(
    told?.diagnostics.map(({ code }) => code),
    ['unknown-model'],
  );
  await client.notify('textDocument/didClose', { textDocument: { uri: file } });
});

test('labels of pictures that do not fit: told at the place, and no more once they do', async () => {
  const file = uri('model-blame.json');
  const text = JSON.stringify({ datasets: [{ files: 'pictures/*.png', labelFrom: { file: 'labels.csv' } }] });
  const codes = (): readonly unknown[] | undefined =>
    client.diagnostics
      .filter((one) => one.uri === file)
      .at(-1)
      ?.diagnostics.map(({ code }) => code);
  await client.notify('textDocument/didOpen', { textDocument: { uri: file, languageId: 'jsonc', version: 1, text } });
  await until(() => codes()?.join() === 'file-not-found', 'a labels file that is not there');
  writeFileSync(join(folder, 'labels.csv'), 'file,label\nnobody.png,left\n');
  const changed = { changes: [{ uri: uri('labels.csv'), type: 1 }] };
  await client.notify('workspace/didChangeWatchedFiles', changed);
  await until(() => codes()?.join() === 'labels-differ', 'lines that are no picture');
  const names = readdirSync(join(folder, 'pictures')).filter((name) => name.endsWith('.png'));
  writeFileSync(join(folder, 'labels.csv'), `file,label\n${names.map((name) => `${name},left`).join('\n')}\n`);
  await client.notify('workspace/didChangeWatchedFiles', changed);
  await until(() => codes()?.length === 0, 'nothing wrong');
  await client.notify('textDocument/didClose', { textDocument: { uri: file } });
});

test('names from a failure → samples; parameters that do not fit are refused', async () => {
  const { found, missed } = await client.ask<LocateResponse>(protocol.locate, {
    candidates: [
      { kind: 'file', path: 'films.csv', line: 3, text: 'films.csv:3' },
      { kind: 'file', path: 'half.png', text: 'half.png' },
      { kind: 'file', path: 'none.csv', line: 3, text: 'none.csv:3' },
    ],
    near: [],
  });
  assert.deepEqual(
    found.map(({ name, candidate }) => [name, candidate]),
    [
      ['films.csv:2', 0],
      ['pictures/half.png', 1],
    ],
  );
  assert.deepEqual(
    missed.map(({ text }) => text),
    ['none.csv:3'],
  );
  await assert.rejects(
    client.ask(protocol.locate, { candidates: [{ kind: 'other' }], near: [] }),
    /Invalid parameters/,
  );
  await assert.rejects(client.ask(protocol.check, { uri: uri('all.modelcheck.json') }), /Invalid parameters/);
});
