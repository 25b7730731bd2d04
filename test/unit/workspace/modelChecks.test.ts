import { test } from 'node:test';
import assert from 'node:assert/strict';
import { checkList } from '../../../server/workspace/checkList';
import { parseCheckFile, parseWorkspaceFile } from '../../../server/workspace/parse';

const full = [
  {
    name: 'a',
    kind: 'accuracy',
    dataset: 'd.csv',
    where: { age: { atLeast: 3, below: 9 }, sex: ['m', 'f'], ok: true },
    gold: 'x',
    predicted: ['x', 'y'],
    metric: 'f1',
    class: 'x',
    atLeast: 0.9,
    model: 'm',
  },
  { name: 'b', kind: 'label', sample: 'd.csv:3', label: 'x', atLeast: 0.8 },
  {
    name: 'c',
    kind: 'invariance',
    text: 'he',
    replace: [
      { words: ['he'], with: ['she', 'they'] },
      { pattern: '(a)', with: '$1' },
    ],
  },
  {
    name: 'd',
    kind: 'invariance',
    dataset: 'd.csv',
    replace: [{ column: 'age', with: [1, 2] }],
    atLeast: 0.9,
    samples: 5,
  },
  {
    name: 'e',
    kind: 'relevance',
    dataset: '*.png',
    on: { region: { x: 0, y: 0, width: 6, height: 6 } },
    atMost: 0.1,
    quantile: 0.9,
    samples: 3,
    measure: 'positive',
    method: 'lrp',
    parameters: { epsilon: 0.1 },
    baseline: 'zero',
    target: 'x',
  },
  { name: 'f', kind: 'mistakes', dataset: 'd.csv', accepted: 'accepted.json' },
];

/** Problems of one check as `code@marked characters`. */
function problemsOf(check: object, models: readonly string[] | null = null): string[] {
  const text = JSON.stringify({ checks: [check] }, null, 1);
  const lines = text.split('\n');
  return parseCheckFile(text, models).problems.map(({ code, range }) => {
    const line = lines[range.start.line] ?? '';
    return `${code}@${line.slice(range.start.character, range.start.line === range.end.line ? range.end.character : undefined)}`;
  });
}

test('every kind with all its settings, in both files', () => {
  assert.deepEqual(parseCheckFile(JSON.stringify({ checks: full })).problems, []);
  const workspace = parseWorkspaceFile(JSON.stringify({ models: { m: { path: 'm.onnx' } }, checks: full }));
  assert.deepEqual(workspace.problems, []);
  assert.equal(workspace.file?.checks?.length, 6);
});

test('problems are at the place', () => {
  const cases: readonly (readonly [object, readonly string[]])[] = [
    [{ name: 'a', kind: 'accuracy', dataset: 'd' }, ['missing-property@{']],
    [{ name: 'a', kind: 'accuracy', dataset: 'd', atLeast: 0.9, atMost: 0.5 }, ['wrong-value@0.5']],
    [{ name: 'a', kind: 'accuracy', dataset: 'd', atLeast: 90 }, ['wrong-value@90']],
    [{ name: 'a', kind: 'accuracy', dataset: 'd', atleast: 0.9 }, ['unknown-property@"atleast"']],
    [{ name: 'a', kind: 'acuracy', dataset: 'd', atLeast: 0.9 }, ['wrong-value@"acuracy"']],
    [{ name: 'a', kind: 'accuracy', dataset: 'd', atLeast: 0.9, class: 'x' }, ['wrong-value@"x"']],
    [
      { name: 'a', kind: 'accuracy', dataset: 'd', atLeast: 0.9, where: { b: { matches: '(' } } },
      ['invalid-pattern@"("'],
    ],
    [{ name: 'a', kind: 'label' }, ['missing-property@{']],
    [{ name: 'a', kind: 'label', sample: 's', text: 't' }, ['two-samples@"t"']],
    [{ name: 'a', kind: 'invariance', text: 't', replace: [{ column: 'b', with: 1 }] }, ['needs-row@"b"']],
    [{ name: 'a', kind: 'invariance', text: 't', replace: [{ with: 'b' }] }, ['missing-property@{']],
    [
      { name: 'a', kind: 'invariance', text: 't', replace: [{ words: ['a'], with: 'b' }], atLeast: 0.5 },
      ['needs-dataset@0.5'],
    ],
    [{ name: 'a', kind: 'relevance', text: 't', on: { words: ['a'], pattern: 'b' }, atMost: 1 }, ['wrong-value@"on"']],
    [{ name: 'a', kind: 'relevance', text: 't', on: { pattern: '[' }, atMost: 1 }, ['invalid-pattern@"["']],
    [{ name: 'a', kind: 'mistakes', dataset: 'd' }, ['missing-property@{']],
  ];
  for (const [check, expected] of cases) assert.deepEqual(problemsOf(check), expected, JSON.stringify(check));
});

test('models are those of the workspace file; a path is followed later', () => {
  const check = { name: 'a', kind: 'label', text: 't', model: 'm' };
  assert.deepEqual(problemsOf(check, ['other']), ['unknown-model@"m"']);
  assert.deepEqual(problemsOf(check, ['m']), []);
  assert.deepEqual(problemsOf(check), []);
  assert.deepEqual(problemsOf({ ...check, model: 'models/m.onnx' }, ['other']), []);
});

test('a faulty check spoils itself alone: neither the other checks nor the models of the file', () => {
  const text = JSON.stringify({
    models: { m: { path: 'm.onnx' } },
    checks: [
      { name: 'good', kind: 'label', text: 't' },
      { kind: 'label', text: 't' },
      { name: 'bad', kind: 'accuracy', dataset: 'd' },
    ],
  });
  const { file, problems } = parseWorkspaceFile(text);
  assert.equal(file?.models?.['m']?.path, 'm.onnx');
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['missing-property', 'missing-property'],
  );
  const list = checkList('model-blame.json', text, null);
  assert.equal(list.problem, null);
  assert.deepEqual(
    list.checks.map(({ name, config, problem }) => [name, config !== null, problem?.message ?? null]),
    [
      ['good', true, null],
      ['check 2', false, '"name" is missing in "1".'],
      ['bad', false, 'The check asks for nothing: "atLeast" or "atMost" is missing.'],
    ],
  );
});

test('two checks of one name: the second is faulty', () => {
  const check = { name: 'a', kind: 'label', text: 't' };
  const list = checkList('x.modelcheck.json', JSON.stringify({ checks: [check, check] }), null);
  assert.deepEqual(
    list.checks.map(({ problem }) => problem?.code ?? null),
    [null, 'duplicate-check'],
  );
});

test('a file that is none', () => {
  assert.match(checkList('x.modelcheck.json', '', null).problem?.message ?? '', /value expected/);
  assert.match(checkList('x.modelcheck.json', '{"checks": {}}', null).problem?.message ?? '', /must be array/);
  assert.match(checkList('x.modelcheck.json', '{}', null).problem?.message ?? '', /"checks" is missing/);
  assert.match(checkList('x.modelcheck.json', '{"checks": [', null).problem?.message ?? '', /Not valid JSON/);
});
