import { test } from 'node:test';
import assert from 'node:assert/strict';
import { sightings, wrongPatterns } from '../../../extension/failures/candidates';
import { processorTime } from '../../support/processor-time';

/** Rows, pictures and sure ids, as `path:line`, `path#record`, `path`, `id=value`. */
function names(text: string, patterns: readonly string[] = [], unsure = false): string[] {
  return sightings(text, patterns)
    .map(({ candidate }) => candidate)
    .filter((candidate) => unsure || candidate.kind !== 'id' || candidate.sure)
    .map((candidate) => {
      if (candidate.kind === 'text') return `text=${candidate.value}`;
      if (candidate.kind === 'id') return `${candidate.path ?? ''}id=${candidate.value}`;
      const { path, line, record } = candidate;
      return `${path}${line === undefined ? '' : `:${line}`}${record === undefined ? '' : `#${record}`}`;
    });
}

test('rows, records and pictures, as people and frameworks write them', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['reviews.csv:17', ['reviews.csv:17']],
    ['expected spam for data/test.csv:17, got ham', ['data/test.csv:17']],
    ['(data/test.csv:17)', ['data/test.csv:17']],
    ['data/test.csv:17:5', ['data/test.csv:17']],
    ['test_label[data/test.csv:17]', ['data/test.csv:17']],
    ['data/test.csv#16.', ['data/test.csv#16']],
    ['./data/rows.jsonl:3 and ../rows.tsv#4', ['./data/rows.jsonl:3', '../rows.tsv#4']],
    ['/home/me/w/data/test.csv:2', ['/home/me/w/data/test.csv:2']],
    ['file:///home/me/test.csv:2', ['///home/me/test.csv:2']],
    ['C:\\w\\data\\test.csv:17', ['C:\\w\\data\\test.csv:17']],
    ['"my data/the test.csv:17" is wrong', ['my data/the test.csv:17']],
    ["'my data/test (1).csv#2'", ['my data/test (1).csv#2']],
    ['File "data/test.csv", line 17', ['data/test.csv:17']],
    ['data/test.csv line 17', ['data/test.csv:17']],
    ['data/test.csv(17): wrong', ['data/test.csv:17']],
    ['img/0042.png is a cat', ['img/0042.png']],
    ['assert predict("img/my cat.jpeg") == "dog"', ['img/my cat.jpeg']],
    ['sample=img/0042.PNG', ['img/0042.PNG']],
    ['features.npy, labels.npy', ['features.npy', 'labels.npy']],
    ['ünïcode/ﬁle.csv:3', ['ünïcode/ﬁle.csv:3']],
    ['AssertionError\n  data/a.csv:5  ham 0.95\n  data/a.csv:9  ham 0.9', ['data/a.csv:5', 'data/a.csv:9']],
  ];
  for (const [text, expected] of cases) assert.deepEqual(names(text), expected, text);
});

test('what names no sample', () => {
  for (const text of [
    'at Object.<anonymous> (/w/test/model.test.ts:12:3)',
    'tests/test_model.py:12: AssertionError',
    'AssertionError: 0.83 != 0.91',
    'reviews.csv has 600 rows',
    'a.csvx:3',
    'picture.png-backup',
    '',
  ])
    assert.deepEqual(names(text), [], text);
});

test('ids that the text says are ids', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['id=17', ['id=17']],
    ['wrong label for id: "easy-ham-1/00038"', ['id=easy-ham-1/00038']],
    ["sample_id='a b'", ['id=a b']],
    ['id L2401: expected no, got yes.', ['id=L2401']],
    ['row id is L2401.', ['id=L2401']],
    ['the idea 17', []],
  ];
  for (const [text, expected] of cases) assert.deepEqual(names(text), expected, text);
});

test('words that may be ids are told apart from numbers and prose', () => {
  assert.deepEqual(names('test_loan[L2401-no] failed with 0.83, 12 and 1e-3 (95%)', [], true), ['id=L2401-no']);
  assert.deepEqual(names('spam/00017 was called ham', [], true), ['id=spam/00017']);
  assert.deepEqual(names('nothing here to see', [], true), []);
});

test('a marker says it alone, wherever it stands', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['{"modelBlame": "data/test.csv:17"} and other.csv:3', ['data/test.csv:17']],
    ['x {"modelBlame": {"file": "data/test.csv", "line": 17}} y', ['data/test.csv:17']],
    ['{"modelBlame":{"file":"data/test.csv","record":16}}', ['data/test.csv#16']],
    ['{"modelBlame":{"file":"img/a.png"}}', ['img/a.png']],
    ['{"modelBlame":{"id":17}}', ['id=17']],
    ['{"modelBlame":{"id":"a}b","file":"test.csv"}}', ['test.csvid=a}b']],
    ['{"modelBlame":{"text":"he said \\"hi\\" {"}}', ['text=he said "hi" {']],
    ['expected: "{\\"modelBlame\\": \\"data/test.csv:17\\"}"', ['data/test.csv:17']],
    ['{"modelBlame":"a.csv:1"}{"modelBlame":"a.csv:2"}', ['a.csv:1', 'a.csv:2']],
  ];
  for (const [text, expected] of cases) assert.deepEqual(names(text), expected, text);
  assert.equal(sightings('{"modelBlame": "a.csv:1"}')[0]?.certain, true);
  const [model] = sightings('{"modelBlame": {"sample": "a.csv:1", "model": "m"}}');
  assert.deepEqual(model?.candidate, { kind: 'file', path: 'a.csv', line: 1, text: 'a.csv:1', model: 'm' });
});

test('a broken marker is no marker', () => {
  for (const text of [
    '{"modelBlame": ',
    '{"modelBlame": {"file": 3}}',
    '{"modelBlame": {"line": 3}}',
    '{"modelBlame": null}',
  ])
    assert.deepEqual(names(text), [], text);
  assert.deepEqual(names('{"modelBlame": oops} data/test.csv:17'), ['data/test.csv:17']);
});

test('patterns of one’s own come first; wrong ones are told, not thrown', () => {
  const own = ['case (?<id>\\w+)!', 'record (?<record>\\d+) of (?<file>\\S+)', '(', 'no group'];
  assert.deepEqual(names('case x9!', own), ['id=x9']);
  assert.deepEqual(names('record 4 of data/test.csv', own), ['data/test.csv#4']);
  const wrong = wrongPatterns(own);
  assert.equal(wrong.length, 2);
  assert.match(wrong[0] ?? '', /^\(: /);
});

test('places in the text are those of the name', () => {
  const text = 'got ham for data/test.csv:17, see img/a.png';
  assert.deepEqual(
    sightings(text).map(({ start, end }) => text.slice(start, end)),
    ['data/test.csv:17', 'img/a.png'],
  );
});

test('hostile texts end soon', () => {
  const began = processorTime();
  sightings('a'.repeat(300_000));
  sightings('/'.repeat(100_000));
  sightings(`"${'a'.repeat(200_000)}`);
  sightings('{"modelBlame":'.repeat(5000));
  sightings('id '.repeat(50_000));
  assert.ok(processorTime() - began < 20_000, `${processorTime() - began} ms`);
});
