/** Cancellation, death, malformed messages, two at once. Every test leaves no process behind. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { CancellationTokenSource } from 'vscode-languageserver/node';
import * as protocol from '../../server/protocol';
import { toUri } from '../../server/workspace/uris';
import { explainRequest, HANG, isAlive, startServer, until } from './client';
import { makeWorkspace } from './models';
import type { Client } from './client';
import type { Explanation, Prediction, SampleAddress } from '../../server/protocol';

/** Runs a test with a workspace and a server of its own; afterwards none of their processes may be left. */
async function withServer(
  body: (set: ReturnType<typeof tools> & { readonly client: Client }) => Promise<void>,
  transport: 'ipc' | 'stdio' = 'ipc',
): Promise<void> {
  const folder = makeWorkspace();
  const client = await startServer(folder, transport);
  try {
    await body({ ...tools(client, folder), client });
  } finally {
    await client.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const pids = [client.process.pid ?? -1, ...client.computePids()];
  await until(() => !pids.some(isAlive), 'all processes to end');
}

function tools(client: Client, folder: string) {
  const row = (file: string, line: number): SampleAddress => ({ kind: 'line', uri: toUri(join(folder, file)), line });
  /** An explanation that takes seconds. */
  const slow = (token: string, source?: CancellationTokenSource) =>
    client.ask<Explanation>(
      protocol.explain,
      { ...explainRequest(row('long.csv', 2), { parameters: { steps: 512 } }), progressToken: token },
      source?.token,
    );
  const begun = (token: string) =>
    until(() => client.progress.some((event) => event.token === token), `progress of ${token}`);
  return { row, slow, begun };
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;
const dataOf = (error: unknown): { code?: string } | undefined => (error as { data?: { code?: string } }).data;
const REQUEST_CANCELLED = -32800;

test('cancel: answered at once, the process goes on and takes the next request', { timeout: HANG }, () =>
  withServer(async ({ client, row, slow, begun }) => {
    const source = new CancellationTokenSource();
    const running = slow('c', source);
    await begun('c');
    source.cancel();
    await assert.rejects(running, (error) => codeOf(error) === REQUEST_CANCELLED);
    const { done = NaN, total = NaN } = client.progress.findLast(({ token }) => token === 'c') ?? {};
    assert.ok(done < total / 2, `answered after ${done} of ${total} steps`);
    const next = await client.ask<Explanation>(protocol.explain, explainRequest(row('films.csv', 4)));
    assert.ok(next.relevance.length > 0);
    assert.equal(client.computePids().length, 1, 'a cancel at a chunk kills nothing');
  }),
);

test('two at once: a click is answered while a long explanation runs', { timeout: HANG }, (t) =>
  withServer(async ({ client, row, slow, begun }) => {
    await client.ask<Prediction>(protocol.predict, { address: row('films.csv', 4), model: null });
    const source = new CancellationTokenSource();
    const running = slow('long', source);
    const settled = running.then(
      () => 'done',
      () => 'cancelled',
    );
    await begun('long');
    const clicked = performance.now();
    await client.ask<Prediction>(protocol.predict, { address: row('films.csv', 4), model: null });
    const cached = performance.now() - clicked;
    const other = performance.now();
    await client.ask<Prediction>(protocol.predict, { address: row('films.csv', 5), model: null });
    t.diagnostic(`cached ${cached.toFixed(0)} ms, new ${(performance.now() - other).toFixed(0)} ms`);
    source.cancel();
    assert.equal(await settled, 'cancelled', 'both answers came while the long one ran');
  }),
);

test('the compute process is killed in the middle: the request is answered all the same', { timeout: HANG }, () =>
  withServer(async ({ client, row, begun }) => {
    const request = explainRequest(row('long.csv', 2), { parameters: { steps: 256 } });
    const running = client.ask<Explanation>(protocol.explain, { ...request, progressToken: 'k' });
    await begun('k');
    process.kill(client.computePids()[0] ?? -1, 'SIGKILL');
    const result = await running;
    assert.ok(result.relevance.length > 0);
    assert.equal(client.computePids().length, 2);
    assert.ok(client.statuses.some(({ state }) => state === 'restarting'));
    await until(() => client.statuses.at(-1)?.state === 'idle', 'an idle server');
  }),
);

test('a killed server takes its compute process along', { timeout: HANG }, () =>
  withServer(async ({ client, slow, begun }) => {
    const running = slow('d').catch(() => undefined);
    await begun('d');
    const [compute] = client.computePids();
    client.process.kill('SIGKILL');
    await until(() => !isAlive(compute ?? 0), 'the compute process to end');
    client.connection.dispose();
    void running;
  }),
);

for (const transport of ['ipc', 'stdio'] as const)
  test(`a client that is gone ends the server (${transport})`, { timeout: HANG }, () =>
    withServer(async ({ client, row }) => {
      await client.ask<Prediction>(protocol.predict, { address: row('films.csv', 2), model: null });
      if (transport === 'ipc') client.process.disconnect();
      else client.process.stdin?.end();
      await until(() => client.process.exitCode !== null, 'the server to end');
      client.connection.dispose();
    }, transport),
  );

test('malformed parameters are answered with an error, and the server goes on', { timeout: HANG }, () =>
  withServer(async ({ client, row }) => {
    const INVALID = -32602;
    const bad: readonly (readonly [string, unknown])[] = [
      [protocol.explain, {}],
      [protocol.explain, null],
      [protocol.explain, { ...explainRequest(row('films.csv', 2)), address: { kind: 'line', uri: 7, line: 1 } }],
      [protocol.explain, { ...explainRequest(row('films.csv', 2)), address: { kind: 'line', uri: 'x', line: -1 } }],
      [protocol.explain, { ...explainRequest(row('films.csv', 2)), target: { kind: 'nonsense' } }],
      [protocol.explain, { ...explainRequest(row('films.csv', 2)), parameters: { x: { $f32: 'AAA' } } }],
      [protocol.predict, { address: { $f32: '!!!' }, model: null }],
      [protocol.predict, [1, 2, 3]],
      [protocol.suggest, { address: row('films.csv', 2), modelPath: 3 }],
    ];
    for (const [method, params] of bad)
      await assert.rejects(client.ask(method, params), (error) => codeOf(error) === INVALID, JSON.stringify(params));
    await assert.rejects(client.ask('modelBlame/unheard-of', {}), (error) => codeOf(error) === -32601);
    await client.notify('modelBlame/unheard-of', { x: 1 });
    await client.notify('textDocument/didChange', { textDocument: { uri: 'x' }, contentChanges: 7 });
    const fine = await client.ask<Prediction>(protocol.predict, { address: row('films.csv', 4), model: null });
    assert.ok(fine.scores.length === 2);
  }),
);

test('garbage on the wire does not crash the server', { timeout: HANG }, () =>
  withServer(async ({ client, row }) => {
    const send = (body: string): void => {
      client.process.stdin?.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    };
    send('{"jsonrpc": "2.0", "id": 1, "method": ');
    send('[]');
    send('null');
    send('{"jsonrpc":"2.0","id":{},"method":7}');
    const fine = await client.ask<Prediction>(protocol.predict, { address: row('films.csv', 4), model: null });
    assert.ok(fine.scores.length === 2);
  }, 'stdio'),
);

test('errors for people cross the wire whole', { timeout: HANG }, () =>
  withServer(async ({ client, row }) => {
    const predict = (address: SampleAddress, model: string | null = null) =>
      client.ask(protocol.predict, { address, model });
    const cases: readonly (readonly [SampleAddress, string | null, string])[] = [
      [row('films.csv', 1), null, 'header-line'],
      [row('films.csv', 99), null, 'past-the-end'],
      [row('gone.csv', 2), 'films', 'file-not-found'],
      [row('films.csv', 2), 'nobody', 'model-not-found'],
      [row('films.csv', 2), 'digits', 'wrong-sample'],
      [{ kind: 'text', text: '  ' }, 'films', 'empty-text'],
    ];
    for (const [address, model, code] of cases)
      await assert.rejects(predict(address, model), (error) => {
        assert.equal(dataOf(error)?.code, code, String(error));
        return true;
      });
  }),
);
