import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toUri } from '../../../server/workspace/uris';
import { fakeCompute, hasCode, scratch, servicesFor } from './fakes';
import type { ExplainRequest, SampleAddress } from '../../../server/protocol';

const files = scratch();
after(files.remove);

const words = '[PAD]\n[UNK]\ngood\nbad\nfilm\nnot\n';
const csv = 'id,review,label\n1,"a ""good"" film, 😀 not bad",pos\n2,bad film,neg\n3,good film,odd\n';
const workspaceFile = JSON.stringify({
  models: {
    films: {
      path: 'films.onnx',
      labels: ['neg', 'pos'],
      input: { kind: 'text', vocabulary: 'words.txt', padToken: '[PAD]', unknownToken: '[UNK]', lowercase: true },
    },
  },
  datasets: [{ files: '*.csv', model: 'films', text: 'review', label: 'label' }],
});

let count = 0;
function workspace(extra: Readonly<Record<string, string>> = {}): string {
  const content = {
    'films.onnx': 'not empty',
    'words.txt': words,
    'f.csv': csv,
    'model-blame.json': workspaceFile,
    ...extra,
  };
  return files.folder(`text-${count++}`, content);
}

function request(address: SampleAddress, change: Partial<ExplainRequest> = {}): ExplainRequest {
  return {
    address,
    model: null,
    method: null,
    target: { kind: 'predicted' },
    baseline: null,
    parameters: {},
    ...change,
  };
}
const line = (folder: string, number: number): SampleAddress => ({
  kind: 'line',
  uri: toUri(join(folder, 'f.csv')),
  line: number,
});

test('a row: every word at its characters, gold label, default method and baseline', async () => {
  const folder = workspace();
  const services = servicesFor(folder, fakeCompute());
  const result = await services.explain(request(line(folder, 2)));
  assert.equal(result.method, 'integrated-gradients');
  assert.equal(result.baseline?.id, 'pad');
  assert.deepEqual(result.gold, { label: 'pos', class: 1 });
  assert.equal(result.model.name, 'films');
  assert.equal(result.model.inputKind, 'text');
  assert.ok(result.features.kind === 'tokens');
  const lines = csv.split('\n');
  for (const token of result.features.tokens) {
    if (token.source === null) continue;
    const { start, end } = token.source.range;
    const characters = lines[start.line]?.slice(start.character, end.character).replaceAll('""', '"');
    assert.equal(characters, token.text, token.token);
  }
  assert.ok(result.features.tokens.some(({ text, source }) => text === 'good' && source?.range.start.character === 7));
  assert.equal(result.relevance.length, result.features.tokens.length);
  assert.deepEqual(result.parameters, { nodes: 32 });
});

test('the same row again is answered from the cache, a different wish is not', async () => {
  const folder = workspace();
  const compute = fakeCompute();
  const services = servicesFor(folder, compute);
  const attributions = () => compute.calls.filter((call) => call === 'attribute').length;
  const first = await services.explain(request(line(folder, 2)));
  const again = await services.explain(request(line(folder, 2)));
  assert.equal(attributions(), 1);
  assert.deepEqual(again.relevance, first.relevance);
  assert.equal(again.modelMilliseconds, 0);
  await services.predict({ address: line(folder, 2), model: null });
  assert.ok(!compute.calls.includes('predict'), 'an explanation carries the prediction');
  const changes: readonly Partial<ExplainRequest>[] = [
    { method: 'gradient' },
    { target: { kind: 'class', class: 'neg' } },
    { baseline: 'zero' },
    { parameters: { nodes: 8 } },
    { engine: 'other' },
  ];
  for (const [index, change] of changes.entries()) {
    await services.explain(request(line(folder, 2), change));
    assert.equal(attributions(), index + 2, JSON.stringify(change));
  }
});

test('equal text in another row shares the numbers but keeps its own characters', async () => {
  const folder = workspace({ 'f.csv': 'review,label\ngood film,pos\ngood film,neg\n' });
  const compute = fakeCompute();
  const services = servicesFor(folder, compute);
  const first = await services.explain(request(line(folder, 2)));
  const second = await services.explain(request(line(folder, 3)));
  assert.equal(compute.calls.filter((call) => call === 'attribute').length, 1);
  assert.ok(first.features.kind === 'tokens' && second.features.kind === 'tokens');
  assert.equal(first.features.tokens[0]?.source?.line, 2);
  assert.equal(second.features.tokens[0]?.source?.line, 3);
  assert.deepEqual(second.gold, { label: 'neg', class: 0 });
});

test('an unsaved buffer wins over the disk until it is closed, and answers carry its version', async () => {
  const folder = workspace();
  const services = servicesFor(folder, fakeCompute());
  const uri = toUri(join(folder, 'f.csv'));
  services.document(uri, 'review,label\nnot good,neg\n', 7);
  const open = await services.predict({ address: line(folder, 2), model: null });
  assert.equal(open.sample.documentVersion, 7);
  assert.ok(open.features.kind === 'tokens' && open.features.text === 'not good');
  services.document(uri, null);
  const closed = await services.predict({ address: line(folder, 2), model: null });
  assert.equal(closed.sample.documentVersion, undefined);
  assert.ok(closed.features.kind === 'tokens' && closed.features.text.startsWith('a "good"'));
});

test('an unsaved workspace file counts as well', async () => {
  const folder = workspace();
  const services = servicesFor(folder, fakeCompute());
  const uri = toUri(join(folder, 'model-blame.json'));
  services.document(uri, workspaceFile.replace('"pos"', '"good"'), 2);
  assert.deepEqual((await services.predict({ address: line(folder, 2), model: null })).model.labels, ['neg', 'good']);
  const broken = '{"models": {"films": {"path": "films.onnx", "labls": []}}}';
  services.document(uri, broken, 3);
  await assert.rejects(services.predict({ address: line(folder, 2), model: null }), (error) => {
    hasCode('unknown-property')(error);
    const { uri: at, range } = error as { uri?: string; range?: { start: { character: number } } };
    assert.equal(at, uri);
    assert.equal(range?.start.character, broken.indexOf('"labls"'));
    return true;
  });
});

test('a rewritten model is loaded again and nothing of the old one is shown', async () => {
  const folder = workspace();
  const compute = fakeCompute();
  const services = servicesFor(folder, compute);
  await services.explain(request(line(folder, 2)));
  compute.hash = 'hash-2';
  const replacement = join(folder, 'new.tmp');
  writeFileSync(replacement, 'a new model');
  utimesSync(replacement, 1, 1);
  renameSync(replacement, join(folder, 'films.onnx'));
  const result = await services.explain(request(line(folder, 2)));
  assert.equal(result.model.hash, 'hash-2');
  assert.deepEqual(compute.calls, ['load', 'attribute', 'load', 'attribute']);
});

test('a gold label that is no class is said, not guessed', async () => {
  const folder = workspace();
  const services = servicesFor(folder, fakeCompute());
  const result = await services.explain(request(line(folder, 4)));
  assert.deepEqual(result.gold, { label: 'odd', class: null });
  assert.ok(result.warnings.some(({ code, message }) => code === 'unknown-gold' && message.includes('neg, pos')));
  assert.ok(result.warnings.some(({ code }) => code === 'from-compute'));
});

test('classes, methods and baselines that do not exist are errors that list what there is', async () => {
  const folder = workspace();
  const services = servicesFor(folder, fakeCompute({ unfit: { gradient: 'no rule for Loop at node x' } }));
  const explain = (change: Partial<ExplainRequest>) => services.explain(request(line(folder, 2), change));
  await assert.rejects(explain({ target: { kind: 'class', class: 'great' } }), (error) => {
    hasCode('unknown-class')(error);
    assert.match(String(error), /neg, pos/);
    return true;
  });
  await assert.rejects(explain({ target: { kind: 'class', class: 2 } }), hasCode('unknown-class'));
  await assert.rejects(explain({ target: { kind: 'contrast', class: 'neg', against: 0 } }), hasCode('same-class'));
  await assert.rejects(explain({ method: 'magic' }), hasCode('unknown-method'));
  await assert.rejects(explain({ method: 'gradient' }), hasCode('method-unfit'));
  await assert.rejects(explain({ baseline: 'black' }), hasCode('unknown-baseline'));
  const contrast = await explain({ target: { kind: 'contrast', class: 'POS', against: '0' } });
  assert.equal(contrast.target.class, 1);
});

test('a number of labels that is not the number of classes is marked in the workspace file', async () => {
  const folder = workspace();
  await assert.rejects(
    servicesFor(folder, fakeCompute({ classes: 3 })).predict({ address: line(folder, 2), model: null }),
    (error) => {
      hasCode('wrong-labels')(error);
      assert.equal((error as { uri?: string }).uri, toUri(join(folder, 'model-blame.json')));
      return true;
    },
  );
});

test('progress and cancellation reach the computation', async () => {
  const folder = workspace();
  const services = servicesFor(folder, fakeCompute());
  const seen: number[] = [];
  await services.explain(request(line(folder, 2)), { progress: (done) => seen.push(done) });
  assert.deepEqual(seen, [1, 2, 3]);
  const controller = new AbortController();
  const running = services.explain(request(line(folder, 3)), {
    signal: controller.signal,
    progress: () => controller.abort(),
  });
  await assert.rejects(running, { name: 'Cancelled' });
  await assert.rejects(services.explain(request(line(folder, 2)), { signal: AbortSignal.abort() }), {
    name: 'Cancelled',
  });
});

test('text in no file and a selection', async () => {
  const folder = workspace();
  const services = servicesFor(folder, fakeCompute());
  const loose = await services.predict({ address: { kind: 'text', text: 'good <b>film</b>' }, model: 'films' });
  assert.ok(loose.features.kind === 'tokens' && loose.features.tokens.every(({ source }) => source === null));
  const uri = toUri(join(folder, 'f.csv'));
  const range = { start: { line: 2, character: 2 }, end: { line: 2, character: 10 } };
  const selected = await services.predict({ address: { kind: 'selection', uri, range }, model: null });
  assert.ok(selected.features.kind === 'tokens' && selected.features.text === 'bad film');
  services.document('untitled:Untitled-1', 'not bad', 1);
  const untitled = await services.predict({
    address: {
      kind: 'selection',
      uri: 'untitled:Untitled-1',
      range: { start: { line: 0, character: 0 }, end: { line: 0, character: 3 } },
    },
    model: null,
  });
  assert.ok(untitled.features.kind === 'tokens' && untitled.features.text === 'not');
});

test('errors of the row are the dataset’s own', async () => {
  const folder = workspace();
  const services = servicesFor(folder, fakeCompute());
  const at = (number: number) => services.predict({ address: line(folder, number), model: null });
  await assert.rejects(at(1), hasCode('header-line'));
  await assert.rejects(at(99), hasCode('past-the-end'));
  services.document(toUri(join(folder, 'f.csv')), 'id,text\n1,good\n', 1);
  await assert.rejects(at(2), hasCode('column-missing'));
});

test('choices, engines, export, dispose', async () => {
  const folder = workspace();
  const compute = fakeCompute();
  const services = servicesFor(folder, compute);
  const choices = await services.choices({ address: line(folder, 2), model: null });
  assert.equal(choices.defaultMethod, 'integrated-gradients');
  assert.equal(choices.defaultBaseline, 'pad');
  assert.equal((await services.engines()).chosen, 'fake/cpu');
  const path = join(folder, 'out.onnx');
  const wish = { model: 'films', method: 'gradient', target: { kind: 'predicted' } as const };
  assert.deepEqual(await services.exportProgram({ ...wish, path }), { path, bytes: 7 });
  await assert.rejects(services.exportProgram({ ...wish, path: 'out.onnx' }), hasCode('relative-path'));
  await services.dispose();
  assert.equal(compute.calls.at(-1), 'dispose');
});
