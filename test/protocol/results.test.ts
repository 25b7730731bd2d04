/** Results, progress, buffers and diagnostics, from the real server over both transports. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as protocol from '../../server/protocol';
import { toUri } from '../../server/workspace/uris';
import { explainRequest, startServer } from './client';
import { csv, makeWorkspace } from './models';
import type { Explanation, Prediction, ReportResponse, SampleAddress, SuggestResponse } from '../../server/protocol';

const folder = makeWorkspace();
const uri = (file: string): string => toUri(join(folder, file));
const row = (file: string, line: number): SampleAddress => ({ kind: 'line', uri: uri(file), line });
const ipc = await startServer(folder, 'ipc');
const stdio = await startServer(folder, 'stdio');
after(async () => {
  await Promise.all([ipc.stop(), stdio.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

for (const [name, client] of [
  ['ipc', ipc],
  ['stdio', stdio],
] as const) {
  test(`${name}: text, image and table rows, all sums accounted for`, async () => {
    const text = await client.ask<Explanation>(protocol.explain, explainRequest(row('films.csv', 3)));
    assert.equal(text.sample.record, 1);
    assert.equal(text.method, 'integrated-gradients');
    assert.deepEqual(text.gold, { label: 'pos', class: 1 });
    assert.ok(text.relevance instanceof Float32Array && text.features.kind === 'tokens');
    assert.equal(text.relevance.length, text.features.tokens.length);
    for (const token of text.features.tokens) {
      const span = token.source;
      assert.ok(span);
      assert.equal(csv.slice(span.startOffset, span.endOffset).replaceAll('""', '"'), token.text);
    }
    const { sum, expected } = text.accounting;
    assert.ok(Math.abs(sum - (expected ?? NaN)) < 0.01 * Math.abs(expected ?? 0), `${sum} ${String(expected)}`);

    const picture = await client.ask<Explanation>(
      protocol.explain,
      explainRequest({ kind: 'file', uri: uri('pictures/half.png') }),
    );
    assert.ok(picture.features.kind === 'pixels');
    assert.equal(picture.relevance.length, 64);
    assert.ok(picture.features.picture instanceof Uint8ClampedArray);
    assert.deepEqual(picture.features.original, { width: 8, height: 8 });

    // score = 2a − b for (4, 5, 6); from zero, integrated gradients of a linear model are weight × value.
    const table = await client.ask<Explanation>(
      protocol.explain,
      explainRequest(row('loans.csv', 3), { baseline: 'zero', target: { kind: 'class', class: 1 } }),
    );
    assert.ok(table.features.kind === 'columns');
    assert.deepEqual(
      table.features.columns.map(({ name: column }) => column),
      ['a', 'b', 'c'],
    );
    assert.deepEqual([...table.relevance], [8, -5, 0]);
  });
}

test('progress comes with its token, and only for requests that want it', async () => {
  const request = explainRequest(row('films.csv', 4), { parameters: { steps: 256 } });
  await ipc.ask(protocol.explain, { ...request, progressToken: 'p1' });
  const events = ipc.progress.filter(({ token }) => token === 'p1');
  assert.ok(events.length > 0);
  assert.ok(events.every(({ done, total }) => done <= total));
  assert.ok(events.every(({ done }, index) => done >= (events[index - 1]?.done ?? 0)));
  assert.ok(ipc.progress.every(({ token }) => token === 'p1'));
});

test('an unsaved buffer wins over the disk, edit by edit, until it is closed', async () => {
  const predict = () => ipc.ask<Prediction>(protocol.predict, { address: row('films.csv', 2), model: null });
  const textOf = ({ features }: Prediction): string => (features.kind === 'tokens' ? features.text : '');
  const textDocument = { uri: uri('films.csv'), languageId: 'csv', version: 1, text: 'review,label\ngood film,pos\n' };
  await ipc.notify('textDocument/didOpen', { textDocument });
  const open = await predict();
  assert.equal(textOf(open), 'good film');
  assert.equal(open.sample.documentVersion, 1);
  await ipc.notify('textDocument/didChange', {
    textDocument: { uri: uri('films.csv'), version: 2 },
    contentChanges: [{ range: { start: { line: 1, character: 0 }, end: { line: 1, character: 4 } }, text: '😀 bad' }],
  });
  const edited = await predict();
  assert.equal(textOf(edited), '😀 bad film');
  assert.equal(edited.sample.documentVersion, 2);
  await ipc.notify('textDocument/didClose', { textDocument: { uri: uri('films.csv') } });
  const closed = await predict();
  assert.ok(textOf(closed).startsWith('a "very" good film'));
  assert.equal(closed.sample.documentVersion, undefined);
});

test('a rewritten model answers with its new hash, and the client is told', async () => {
  const before = await ipc.ask<Prediction>(protocol.predict, { address: row('loans.csv', 2), model: null });
  const kept = readFileSync(join(folder, 'loans.onnx'));
  writeFileSync(join(folder, 'loans.onnx'), Buffer.concat([kept, Buffer.from([0x42, 0x02, 0x08, 0x01])]));
  const told = new Promise<protocol.ChangedNotification>((resolve) => {
    ipc.connection.onNotification(protocol.changed, resolve);
  });
  await ipc.notify('workspace/didChangeWatchedFiles', { changes: [{ uri: uri('loans.onnx'), type: 2 }] });
  assert.deepEqual((await told).uris, [uri('loans.onnx')]);
  const after = await ipc.ask<Prediction>(protocol.predict, { address: row('loans.csv', 2), model: null });
  assert.notEqual(after.model.hash, before.model.hash);
  writeFileSync(join(folder, 'loans.onnx'), kept);
});

test('the workspace file: problems at their place while it is open', async () => {
  const file = uri('model-blame.json');
  const open = (text: string, version: number) =>
    ipc.notify('textDocument/didOpen', { textDocument: { uri: file, languageId: 'jsonc', version, text } });
  await open('{"models": {"x": {"path": "gone.onnx"}}, "dataset": []}', 1);
  await ipc.ask(protocol.engines, {});
  assert.deepEqual(
    ipc.diagnostics.at(-1)?.diagnostics.map(({ code }) => code),
    ['unknown-property'],
  );
  await ipc.notify('textDocument/didClose', { textDocument: { uri: file } });
  await open('{"models": {"x": {"path": "gone.onnx"}}}', 1);
  await ipc.ask(protocol.engines, {});
  assert.deepEqual(
    ipc.diagnostics.at(-1)?.diagnostics.map(({ code }) => code),
    ['file-not-found'],
  );
  await ipc.notify('textDocument/didClose', { textDocument: { uri: file } });
  await ipc.ask(protocol.engines, {});
  assert.deepEqual(ipc.diagnostics.at(-1)?.diagnostics, []);
});

test('choices, models, engines, suggest, export, report', async () => {
  const choices = await ipc.ask<protocol.ChoicesResponse>(protocol.choices, {
    address: row('films.csv', 2),
    model: null,
  });
  assert.equal(choices.defaultMethod, 'integrated-gradients');
  assert.ok(choices.methods.length >= 6);
  const { models } = await ipc.ask<protocol.ModelsResponse>(protocol.models, {});
  assert.deepEqual(
    models.map(({ name }) => name),
    ['films', 'slow', 'digits', 'loans'],
  );
  const { chosen } = await ipc.ask<protocol.EnginesResponse>(protocol.engines, {});
  assert.match(chosen, /onnxruntime/);
  const suggested = await ipc.ask<SuggestResponse>(protocol.suggest, { address: row('films.csv', 2), modelPath: null });
  assert.deepEqual(suggested.guess, { text: 'review', label: 'label' });
  const path = join(folder, 'explainer.onnx');
  const exported = await ipc.ask<protocol.ExportResponse>(protocol.exportProgram, {
    model: 'films',
    method: 'gradient',
    target: { kind: 'class', class: 'pos' },
    path,
  });
  assert.equal(readFileSync(path).length, exported.bytes);
  rmSync(path);
});

test('text that looks like markup or escapes stays data in every answer', async () => {
  const address = row('films.csv', 5);
  const explanation = await ipc.ask<Explanation>(protocol.explain, explainRequest(address));
  assert.ok(explanation.features.kind === 'tokens');
  assert.ok(explanation.features.text.includes('<script>alert(1)</script> \u001b[31mbad'));
  const { content } = await ipc.ask<ReportResponse>(protocol.report, { ...explainRequest(address), format: 'html' });
  assert.ok(!content.includes('<script>alert(1)'), 'markup of the dataset must be inert');
  assert.ok(!content.includes('\u001b') && !content.includes('\u202e'));
  const json = await ipc.ask<ReportResponse>(protocol.report, { ...explainRequest(address), format: 'json' });
  const parsed = JSON.parse(json.content) as { relevance: unknown };
  assert.ok(Array.isArray(parsed.relevance));
});

test('an untrusted workspace: nothing outside of it is opened', async () => {
  const client = await startServer(folder, 'ipc', { trusted: false });
  try {
    const outside = makeWorkspace();
    copyFileSync(join(folder, 'films.onnx'), join(outside, 'films.onnx'));
    const predict = (model: string | null) =>
      client.ask<Prediction>(protocol.predict, { address: row('films.csv', 2), model });
    assert.equal((await predict(null)).model.name, 'films');
    await assert.rejects(predict(join(outside, 'films.onnx')), (error) => {
      const { data } = error as { data?: { code?: string } };
      assert.equal(data?.code, 'path-outside-workspace');
      return true;
    });
    rmSync(outside, { recursive: true, force: true });
  } finally {
    await client.stop();
  }
});
