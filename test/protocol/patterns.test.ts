/** Patterns over the real server: a result, progress, a click answered meanwhile, cancel, wrong parameters. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CancellationTokenSource } from 'vscode-languageserver/node';
import * as protocol from '../../server/protocol';
import type { PatternsRequest, PatternsResponse, Prediction, ShortcutsResponse } from '../../server/protocol';
import { toUri } from '../../server/workspace/uris';
import { startServer, until } from './client';
import { makeWorkspace } from './models';

const folder = makeWorkspace();
/** score = 2a − b: class 1 where it is positive; every tenth label says otherwise. */
const rows = Array.from({ length: 300 }, (_, i) => {
  const [a, b] = [(i * 7) % 20, (i * 11) % 30];
  const yes = 2 * a - b > 0;
  return { a, b, yes, gold: i % 10 === 0 ? !yes : yes };
});
writeFileSync(
  join(folder, 'loans.csv'),
  `a,b,c,label\n${rows.map(({ a, b, gold }) => `${a},${b},5,${gold ? 1 : 0}`).join('\n')}\n`,
);
const client = await startServer(folder);
after(async () => {
  await client.stop();
  rmSync(folder, { recursive: true, force: true });
});
const uri = toUri(join(folder, 'loans.csv'));
const request = (change: Partial<PatternsRequest> = {}): PatternsRequest => ({
  uris: [uri],
  model: null,
  by: ['features'],
  cell: null,
  class: null,
  method: 'gradient-x-input',
  parameters: {},
  ...change,
});

test('features, rules and unused inputs of a linear model, by hand; progress', async () => {
  const answer = await client.ask<PatternsResponse>(
    protocol.patterns,
    request({ by: ['features', 'rules', 'dead', 'map'], progressToken: 'p' }),
  );
  const wrong = rows.filter(({ yes, gold }) => yes !== gold);
  assert.deepEqual([answer.total, answer.labelled, answer.mistakes], [300, 300, wrong.length]);
  const yes = answer.features?.find(({ predicted }) => predicted === 1);
  const taken = wrong.filter((row) => row.yes);
  assert.equal(yes?.samples.length, taken.length);
  // Gradient × input of 2a − b: Σ 2a over the mistakes.
  const a = yes.features.find(({ feature }) => feature.name === 'a');
  assert.ok(Math.abs((a?.sum ?? 0) - taken.reduce((sum, row) => sum + 2 * row.a, 0)) < 1e-3);
  assert.deepEqual(answer.dead?.features, [{ name: 'c' }]);
  assert.ok(answer.rules?.some(({ class: own, precision }) => own === 1 && precision > 0.8));
  assert.ok(answer.map?.x instanceof Float32Array && answer.map.x.length === 300);
  assert.ok(client.progress.some(({ token, message }) => token === 'p' && message === 'Explaining'));
});

test('a click is answered in the middle; cancelling ends the request with its own code', async () => {
  const source = new CancellationTokenSource();
  const texts = join(folder, 'films.csv');
  writeFileSync(
    texts,
    `id,review,label\n${Array.from({ length: 400 }, (_, i) => `${i},"${'good bad film '.repeat(1 + (i % 20))}",pos`).join('\n')}\n`,
  );
  const long = client.ask<PatternsResponse>(
    protocol.patterns,
    { ...request({ uris: [toUri(texts)], by: ['map'], model: 'slow', progressToken: 'q' }) },
    source.token,
  );
  const ended = long.then(
    () => 'done',
    (error: unknown) => (error as { readonly code?: number }).code,
  );
  await until(() => client.progress.some(({ token }) => token === 'q'), 'the first progress');
  const prediction = await client.ask<Prediction>(protocol.predict, {
    address: { kind: 'record', uri, record: 1 },
    model: null,
  });
  assert.equal(prediction.scores.length, 2);
  assert.equal(await Promise.race([ended, Promise.resolve('running')]), 'running');
  source.cancel();
  // LSP's RequestCancelled.
  assert.equal(await ended, -32800);
});

test('what makes no sense is said in one sentence with the next step', async () => {
  const fails = (change: Partial<PatternsRequest>): Promise<{ readonly code: string; readonly next: string | null }> =>
    client.ask(protocol.patterns, request(change)).then(
      () => assert.fail('no error'),
      (error: unknown) => (error as { readonly data: { readonly code: string; readonly next: string | null } }).data,
    );
  assert.equal((await fails({ cell: { gold: 1, predicted: 'maybe' } })).code, 'unknown-class');
  assert.equal((await fails({ method: 'blame' })).code, 'method-unfit');
  assert.equal((await fails({ method: 'none-such' })).code, 'unknown-method');
  await assert.rejects(client.ask(protocol.patterns, request({ by: ['everything' as 'map'] })), /Invalid parameters/);
  await assert.rejects(client.ask(protocol.patterns, request({ uris: [] })), /Invalid parameters/);
});

test('flags: asked, and written by whoever asked', async () => {
  const before = await client.ask<ShortcutsResponse>(protocol.shortcuts, { uris: [uri] });
  assert.deepEqual([before.features, before.text], [[], null]);
  const after = await client.ask<ShortcutsResponse>(protocol.shortcuts, { uris: [uri], flagged: ['a'] });
  assert.equal(after.uri, before.uri);
  assert.match(after.text ?? '', /"shortcuts"/);
  await assert.rejects(client.ask(protocol.shortcuts, { uris: [] }), /Invalid parameters/);
});
