/** Table rows to tensors. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readSample } from '../../../server/dataset';
import type { RecordSample } from '../../../server/dataset';
import { createTableEncoder, typicalValues } from '../../../server/input';
import type { EncodedSample, InputSpec } from '../../../server/input';
import type { TextVectorization } from '../../../server/model/types';
import type { ColumnConfig } from '../../../server/workspace/types';
import { memoryFiles } from '../dataset/support';

const csv = 'age,job,income\n"39",clerk,1.5e3\n40,"smith ",-2\n,clerk,x\n38,clark,"1,5"\n';
const files = memoryFiles({ 'mem:/x.csv': csv, 'mem:/x.jsonl': '{"age":true,"job":"clerk","income":7,"list":[1]}\n' });

async function row(record: number, uri = 'mem:/x.csv'): Promise<RecordSample> {
  const sample = await readSample({ kind: 'record', uri, record }, files);
  assert.ok(sample.kind === 'record');
  return sample;
}

const age: ColumnConfig = { name: 'age', type: 'number' };
const job: ColumnConfig = { name: 'job', type: 'category', categories: ['smith', 'clerk', 'farmer'] };
const income: ColumnConfig = { name: 'income', type: 'number' };
const input = (name: string, dtype: InputSpec['type']['dtype'], width: number | string): InputSpec => ({
  name,
  type: { dtype, shape: ['batch', width] },
});
const data = (sample: { feeds: EncodedSample['feeds'] }, name: string): readonly unknown[] => [
  ...(sample.feeds[name]?.data ?? []),
];

test('one tensor: numbers and one-hot slots in the order of the columns', async () => {
  const encoder = createTableEncoder({ kind: 'table', columns: [age, job, income] }, [input('X', 'float32', 5)]);
  const sample = encoder.encode(await row(1));
  assert.deepEqual(data(sample, 'X'), [39, 0, 1, 0, 1500]);
  assert.deepEqual(sample.feeds['X']?.dims, [1, 5]);
  assert.deepEqual([...(sample.featureOf['X'] ?? [])], [0, 1, 1, 1, 2]);
  assert.ok(sample.features.kind === 'columns');
  const [first, second] = sample.features.columns;
  assert.deepEqual([first?.value, second?.value, second?.text], [39, null, 'clerk']);
  assert.equal(csv.slice(first?.source?.startOffset, first?.source?.endOffset), '39');
  assert.deepEqual(data(encoder.encode(await row(2)), 'X'), [40, 1, 0, 0, -2]);
});

test('one input per column, strings and whole numbers among them', async () => {
  const encoder = createTableEncoder(
    { kind: 'table', columns: [age, { name: 'job', type: 'category' }, { ...income, input: 'in_come' }] },
    [input('in_come', 'float64', 1), input('job', 'string', 1), input('age', 'int64', 1)],
  );
  const sample = encoder.encode(await row(1));
  assert.deepEqual(data(sample, 'in_come'), [1500]);
  assert.deepEqual(data(sample, 'job'), ['clerk']);
  assert.deepEqual(data(sample, 'age'), [39n]);
  assert.deepEqual([...(sample.featureOf['job'] ?? [])], [1]);
  assert.equal(encoder.baseline(sample, 'zero').kind, 'zero-entries');
});

test('typical values: means and modes, from the file or from the configuration', async () => {
  const columns = [age, job, income];
  const typical = await typicalValues('mem:/x.csv', columns, files);
  assert.deepEqual(typical, { age: 39, job: 'clerk', income: 749 });
  const encoder = createTableEncoder(
    { kind: 'table', columns: [{ ...age, typical: 1 }, job, income] },
    [input('X', 'float32', 5)],
    { typical },
  );
  assert.deepEqual(
    encoder.baselines.map((item) => item.id),
    ['typical', 'zero'],
  );
  const sample = encoder.encode(await row(1));
  const baseline = encoder.baseline(sample, 'typical');
  assert.ok(baseline.kind === 'feeds' && baseline.feeds[0] !== undefined);
  assert.deepEqual(data({ feeds: baseline.feeds[0] }, 'X'), [1, 0, 1, 0, 749]);
  const zero = encoder.baseline(sample, 'zero');
  assert.ok(zero.kind === 'feeds' && zero.feeds[0] !== undefined);
  assert.deepEqual(data({ feeds: zero.feeds[0] }, 'X'), [0, 0, 0, 0, 0]);
});

test('without typical values zero is the only baseline, and says why', async () => {
  const encoder = createTableEncoder({ kind: 'table', columns: [age] }, [input('X', 'float32', 1)]);
  assert.deepEqual(
    encoder.baselines.map((item) => item.id),
    ['zero'],
  );
  const sample = encoder.encode(await row(1));
  assert.throws(() => encoder.baseline(sample, 'typical'), { code: 'no-typical-values' });
});

test('an empty cell takes its configured value; a JSON boolean is a number', async () => {
  const encoder = createTableEncoder({ kind: 'table', columns: [{ ...age, missing: -1 }] }, [input('X', 'float32', 1)]);
  assert.deepEqual(data(encoder.encode(await row(3)), 'X'), [-1]);
  assert.deepEqual(data(encoder.encode(await row(1, 'mem:/x.jsonl')), 'X'), [1]);
});

const one = (columns: readonly ColumnConfig[], width = 1): ReturnType<typeof createTableEncoder> =>
  createTableEncoder({ kind: 'table', columns }, [input('X', 'float32', width)]);
const failures: readonly (readonly [string, () => Promise<unknown>, string, RegExp])[] = [
  ['empty cell', async () => one([age]).encode(await row(3)), 'empty-cell', /x.csv:4, column “age”.*"missing"/],
  ['no number', async () => one([income]).encode(await row(3)), 'not-a-number', /“x” is not a number.*x.csv:4/],
  ['decimal comma', async () => one([income]).encode(await row(4)), 'not-a-number', /decimal point/],
  ['unknown category', async () => one([job], 3).encode(await row(4)), 'unknown-category', /did you mean “clerk”/],
  [
    'missing column',
    async () => one([{ name: 'aeg', type: 'number' }]).encode(await row(1)),
    'column-missing',
    /“age”/,
  ],
  [
    'a list',
    async () => one([{ name: 'list', type: 'number' }]).encode(await row(1, 'mem:/x.jsonl')),
    'not-a-value',
    /list/,
  ],
  [
    'too few columns',
    () => Promise.resolve().then(() => one([age], 3)),
    'wrong-column-count',
    /reads 3 values, the columns give 1/,
  ],
  [
    'categories missing',
    () => Promise.resolve().then(() => one([{ name: 'job', type: 'category' }])),
    'categories-missing',
    /"categories"/,
  ],
  ['no columns', () => Promise.resolve().then(() => one([])), 'no-columns', /list the columns/],
  [
    'input without column',
    () =>
      Promise.resolve().then(() =>
        createTableEncoder({ kind: 'table', columns: [age] }, [input('age', 'float32', 1), input('b', 'float32', 1)]),
      ),
    'input-without-column',
    /“b”/,
  ],
];
for (const [name, action, code, message] of failures)
  test(`error: ${name}`, () => assert.rejects(action(), { name: 'UserError', code, message }));

const words = (name: string): TextVectorization => ({
  input: name,
  analyzers: [
    { words: { kind: 'keras', lower: true, strip: true, split: 'whitespace' }, ngrams: [1], join: ' ', ids: [0, 3] },
  ],
  vocabulary: ['[UNK]', 'late', 'again'],
  unknown: 0,
  pad: 3,
  longest: 4,
});
const notes = 'note,age\n"Late, ""late"" again",1\n,2\na b c d e,3\n';
const noteFiles = memoryFiles({ 'mem:/n.csv': notes });

test('a text beside a number: a feature for each word, ids of the model', async () => {
  const inputs = [input('note', 'int64', 'sequence'), input('age', 'float32', 1)];
  const encoder = (note: Partial<ColumnConfig> = {}) =>
    createTableEncoder({ kind: 'table', columns: [{ name: 'note', type: 'text', ...note }, age] }, inputs, {
      texts: [words('note')],
      typical: { age: 7 },
    });
  const read = async (record: number): Promise<RecordSample> => {
    const sample = await readSample({ kind: 'record', uri: 'mem:/n.csv', record }, noteFiles);
    assert.ok(sample.kind === 'record');
    return sample;
  };
  const sample = encoder().encode(await read(1));
  assert.deepEqual(data(sample, 'note'), [1n, 1n, 2n]);
  assert.deepEqual([[...(sample.featureOf['note'] ?? [])], [...(sample.featureOf['age'] ?? [])]], [[0, 1, 2], [3]]);
  assert.ok(sample.features.kind === 'columns');
  const places = sample.features.columns.map(({ source }) => notes.slice(source?.startOffset, source?.endOffset));
  assert.deepEqual(places, ['Late', 'late', 'again', '1']);
  assert.deepEqual(
    sample.features.texts?.map(({ text }) => text),
    ['Late, "late" again'],
  );
  const typical = encoder().baseline(sample, 'typical');
  assert.ok(typical.kind === 'feeds');
  assert.deepEqual(
    [data({ feeds: typical.feeds[0] ?? {} }, 'note'), data({ feeds: typical.feeds[0] ?? {} }, 'age')],
    [[3n, 3n, 3n], [7]],
  );
  const empty = await read(2);
  assert.throws(() => encoder().encode(empty), { code: 'empty-cell', next: /"missing" \("" for text/ });
  const none = encoder({ missing: '' }).encode(empty);
  assert.deepEqual([data(none, 'note'), [...none.fixed], none.count], [[3n], [0], 2]);
  const long = await read(3);
  assert.throws(() => encoder().encode(long), { code: 'text-too-long' });
  assert.throws(() => encoder({ type: 'category' }), { code: 'column-is-text', next: /"type": "text"/ });
});

test('a text that nothing splits, two columns for one text, none for it', () => {
  const two: readonly ColumnConfig[] = ['title', 'note'].map((name) => ({ name, type: 'text', input: 'note' }));
  const texts = [words('note')];
  const create = (columns: readonly ColumnConfig[], inputs: readonly InputSpec[]) => () =>
    createTableEncoder({ kind: 'table', columns }, inputs, { texts });
  const note = input('note', 'int64', 'sequence');
  assert.throws(create(two, [note]), { code: 'wrong-column-count' });
  assert.throws(create([age], [note, input('age', 'float32', 1)]), { code: 'input-without-column' });
  assert.throws(create([{ name: 'job', type: 'text' }], [input('job', 'string', 1)]), {
    code: 'column-is-no-text',
    next: /"type": "category"/,
  });
});
