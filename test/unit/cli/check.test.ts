import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkJUnit } from '../../support/junit';
import { sarifLog } from '../../support/sarif';
import { modelBlame } from './fakes';
import type { CheckRequest, CheckResult } from '../../../server/protocol';

const folder = mkdtempSync(join(tmpdir(), 'model-blame-check-'));
after(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, 'data'));
writeFileSync(join(folder, 'model-blame.json'), '{}');
writeFileSync(join(folder, 'x.modelcheck.json'), '{}');
const uri = (name: string) => pathToFileURL(join(folder, name)).href;
const range = { start: { line: 3, character: 14 }, end: { line: 3, character: 20 } };

const base = {
  uri: uri('model-blame.json'),
  range,
  kind: 'accuracy',
  next: null,
  samples: [],
  model: 'm',
  milliseconds: 12,
};
const measured = {
  what: 'accuracy',
  value: 0.5,
  atLeast: 0.9,
  atMost: null,
  expected: 'accuracy at least 0.9',
  actual: 'accuracy 0.5',
  count: 4,
};
/** What XML cannot hold, what would end an attribute or an element, what is half a character. */
const awkward = `]]> <b a='1'>&amp; "quotes" \0\b\u001b[2J \ufffe\uffff \ud800 \udfff é 😀\r\n\ttab`;
const outcomes: Readonly<Record<string, CheckResult>> = {
  [awkward]: {
    ...base,
    uri: uri('a b#c?d%&"é.modelcheck.json'),
    name: awkward,
    outcome: 'failed',
    message: awkward.repeat(200),
    measured,
    next: awkward,
    samples: [
      {
        address: { kind: 'record', uri: uri('data/50% #1?.csv'), record: 1 },
        name: 'data/50% #1?.csv:2',
        line: 2,
        detail: awkward,
      },
    ],
  },
  [`long ${'é'.repeat(2000)}`]: {
    ...base,
    name: `long ${'é'.repeat(2000)}`,
    outcome: 'errored',
    message: 'm'.repeat(100_000),
    measured: null,
  },
  good: {
    ...base,
    name: 'good',
    outcome: 'passed',
    message: 'accuracy 1.',
    measured: { ...measured, value: 1, actual: 'accuracy 1' },
  },
  'bad <&">': {
    ...base,
    name: 'bad <&">',
    outcome: 'failed',
    message: 'accuracy 0.5 \u001b[31mred\n  data/a.csv:3  spam | ham',
    measured,
    samples: [
      {
        address: { kind: 'record', uri: uri('data/a.csv'), record: 2 },
        name: 'data/a.csv:3',
        line: 3,
        detail: 'spam, gold ham',
      },
      { address: { kind: 'text', text: 't' }, name: 'text', line: null, detail: 'spam' },
    ],
  },
  broken: { ...base, name: 'broken', outcome: 'errored', message: 'No file.', next: 'Write one.', measured: null },
};

function world(names: readonly string[], asked: CheckRequest[] = []) {
  return {
    cwd: folder,
    services: {
      checks: ({ uris }: { readonly uris: readonly string[] | null }) =>
        Promise.resolve({
          files: (uris ?? [base.uri]).map((one) => ({
            uri: one,
            problem: null,
            checks: names.map((name) => ({
              name,
              kind: 'accuracy',
              range,
              problem: null,
              about: '',
              acceptable: name === 'broken',
            })),
          })),
        }),
      check: (request: CheckRequest) => {
        asked.push(request);
        return Promise.resolve(outcomes[request.name] as CheckResult);
      },
    },
  };
}

test('exit codes: 0 all hold, 1 one failed, 2 one could not be run or there is none', async () => {
  assert.equal((await modelBlame(['check'], world(['good']))).code, 0);
  assert.equal((await modelBlame(['check'], world(['good', 'bad <&">']))).code, 1);
  assert.equal((await modelBlame(['check'], world(['bad <&">', 'broken']))).code, 2);
  const none = await modelBlame(['check'], world([]));
  assert.equal(none.code, 2);
  assert.match(none.stderr, /No model check is declared here/);
});

test('the terminal names check, numbers, sample and place; escapes are shown, not sent', async () => {
  const { stdout } = await modelBlame(['check'], world(['good', 'bad <&">', 'broken']));
  assert.match(stdout, /✓ good/);
  assert.match(stdout, /✗ bad <&">/);
  assert.match(stdout, /data\/a\.csv:3 {2}spam \| ham/);
  assert.match(stdout, /model-blame\.json:4/);
  assert.match(stdout, /next: Write one\./);
  assert.match(stdout, /3 checks: 1 passed, 1 failed, 1 could not be run/);
  assert.ok(!stdout.includes('\u001b'));
});

test('--only takes names and patterns, and a name that none has is an error', async () => {
  const asked: CheckRequest[] = [];
  const only = (...names: string[]) =>
    modelBlame(['check', ...names.flatMap((name) => ['--only', name])], world(['good', 'bad <&">', 'broken'], asked));
  assert.equal((await only('good')).code, 0);
  assert.equal((await only('B*', 'good')).code, 2);
  assert.deepEqual(
    asked.map(({ name }) => name),
    ['good', 'good', 'bad <&">', 'broken'],
  );
  const typo = await only('goood');
  assert.equal(typo.code, 2);
  assert.match(typo.stderr, /No check is called “goood”.*good, bad/);
});

test('--accept runs only what can be accepted', async () => {
  const asked: CheckRequest[] = [];
  await modelBlame(['check', '--accept'], world(['good', 'broken'], asked));
  assert.deepEqual(
    asked.map(({ name, accept }) => [name, accept]),
    [['broken', true]],
  );
  const nothing = await modelBlame(['check', '--accept', '--only', 'good'], world(['good', 'broken']));
  assert.equal(nothing.code, 2);
});

test('--model asks about a candidate; files are given as they lie', async () => {
  const asked: CheckRequest[] = [];
  await modelBlame(['check', 'x.modelcheck.json', '--model', 'new.onnx'], world(['good'], asked));
  assert.deepEqual(
    asked.map(({ uri: one, model }) => [one, model]),
    [[uri('x.modelcheck.json'), 'new.onnx']],
  );
  assert.equal((await modelBlame(['check', 'nothing.json'], world(['good']))).code, 2);
  assert.match(
    (await modelBlame(['check', 'data/../model-blame.json', '--format', 'html'], world(['good']))).stderr,
    /--format is one of/,
  );
});

test('JUnit: counts, place, escaped text', async () => {
  const { stdout } = await modelBlame(['check', '--format', 'junit'], world(['good', 'bad <&">', 'broken']));
  checkJUnit(stdout);
  assert.match(stdout, /<testsuites name="model-blame" tests="3" failures="1" errors="1" time=/);
  assert.match(
    stdout,
    /<testcase name="bad &#60;&#38;&#34;&#62;" classname="model-blame.json" file="model-blame.json" line="4" time="0.012">/,
  );
  assert.match(stdout, /<failure type="accuracy" message="accuracy 0\.5 ⟨ESC⟩\[31mred">/);
  assert.match(stdout, /<error type="accuracy" message="No file\.">No file\.\nWrite one\.<\/error>/);
  assert.ok(!stdout.includes('\u001b'));
});

test('SARIF: the check at its line, each sample at its row', async () => {
  const out = join(folder, 'out.sarif');
  await modelBlame(['check', '--out', out], world(['good', 'bad <&">', 'broken']));
  const [run] = sarifLog(readFileSync(out, 'utf8')).runs;
  assert.equal(run?.tool.driver.rules?.length, 3);
  assert.deepEqual(
    run.results.map(({ level }) => level),
    ['error', 'note', 'error'],
  );
  assert.deepEqual(run.results[1]?.locations[0]?.physicalLocation, {
    artifactLocation: { uri: 'data/a.csv', uriBaseId: '%SRCROOT%' },
    region: { startLine: 3 },
  });
});

test('JUnit and SARIF keep to their schemas, whatever names and messages hold', async () => {
  const names = Object.keys(outcomes);
  const { stdout } = await modelBlame(['check', '--format', 'junit'], world(names));
  checkJUnit(stdout);
  assert.match(stdout, /tests="5" failures="2" errors="2"/);
  const out = join(folder, 'awkward.sarif');
  await modelBlame(['check', '--out', out], world(names));
  const [run] = sarifLog(readFileSync(out, 'utf8')).runs;
  assert.equal(run?.tool.driver.rules?.length, 5);
  const uris = run.results.map(({ locations }) => locations[0]?.physicalLocation.artifactLocation.uri);
  assert.ok(uris.includes('data/50%25%20%231%3F.csv'), uris.join());
});

test('Markdown: a table that no name breaks; JSON: the numbers', async () => {
  const { stdout } = await modelBlame(['check', '--format', 'markdown'], world(['good', 'bad <&">', 'broken']));
  assert.match(stdout, /\| ❌ \| bad &#60;&#38;"&#62; \| accuracy 0\.5 \| accuracy at least 0\.9 \| m \|/);
  assert.match(stdout, /data\/a\.csv:3 {2}spam \| ham/);
  const json = JSON.parse((await modelBlame(['check', '--format', 'json'], world(['bad <&">']))).stdout) as {
    failed: number;
    checks: { measured: { value: number }; samples: { file: string | null }[] }[];
  };
  assert.equal(json.failed, 1);
  assert.equal(json.checks[0]?.measured.value, 0.5);
  assert.deepEqual(
    json.checks[0].samples.map(({ file }) => file),
    ['data/a.csv', null],
  );
});
