/** What an address means, and what is said when it means nothing. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { describeDataset, fieldNamed, overlay, readSample, recordAt } from '../../../server/dataset';
import type { RawSample, ReadOptions, RecordSample } from '../../../server/dataset';
import { UserError } from '../../../server/errors';
import type { SampleAddress } from '../../../server/protocol';
import { memoryFiles } from './support';

const csv = 'text,label\n"a\nb",1\n\nc,2\n';

function read(
  file: string | Uint8Array,
  address: { line: number } | { record: number } | null,
  name = 'x.csv',
  options: ReadOptions = {},
): Promise<RawSample> {
  const uri = `mem:/${name}`;
  const full: SampleAddress =
    address === null
      ? { kind: 'file', uri }
      : 'line' in address
        ? { kind: 'line', uri, line: address.line }
        : { kind: 'record', uri, record: address.record };
  return readSample(full, memoryFiles({ [uri]: file }), options);
}

async function texts(...args: Parameters<typeof read>): Promise<readonly string[]> {
  const sample = await read(...args);
  assert.ok(sample.kind === 'record');
  return sample.fields.map((field) => field.text);
}

/** Code of the UserError, and its whole message. */
async function failure(action: () => Promise<unknown>): Promise<readonly [string, string]> {
  const error = await action().then(
    () => assert.fail('no error'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof UserError, String(error));
  return [error.code, error.message];
}

test('a title names its record again, also where elements of an array share their line', async () => {
  const title = async (file: string, record: number): Promise<string> =>
    (await read(file, { record }, 'x.json')).ref.title;
  const oneLine = '[{"a":1},{"a":2},{"a":3}]';
  assert.deepEqual(
    [await title(oneLine, 1), await title(oneLine, 2), await title(oneLine, 3)],
    ['x.json#1', 'x.json#2', 'x.json#3'],
  );
  const ownLines = '[\n{"a":[1]},\n{"a":2}\n]';
  assert.deepEqual([await title(ownLines, 1), await title(ownLines, 2)], ['x.json:2', 'x.json:3']);
  const pretty = '[{\n"a":1\n}, {\n"a":2\n}]';
  assert.deepEqual([await title(pretty, 1), await title(pretty, 2)], ['x.json:1', 'x.json#2']);
});

test('a line of a multi-line record means that record', async () => {
  for (const line of [2, 3]) {
    const sample = await read(csv, { line });
    assert.deepEqual(sample.ref.address, { kind: 'line', uri: 'mem:/x.csv', line: 2 });
    assert.equal(sample.ref.record, 1);
    assert.equal(sample.ref.title, 'x.csv:2');
  }
  assert.deepEqual(await texts(csv, { line: 5 }), ['c', '2']);
  assert.deepEqual(await texts(csv, { record: 2 }), ['c', '2']);
});

const bad: readonly (readonly [
  string,
  string | Uint8Array,
  Parameters<typeof read>[1],
  string,
  RegExp,
  string?,
  ReadOptions?,
])[] = [
  ['header line', csv, { line: 1 }, 'header-line', /line 1 is the header/],
  ['empty row', csv, { line: 4 }, 'empty-row', /line 4 holds no record/],
  ['line after the last line end', csv, { line: 6 }, 'empty-row', /line 6/],
  ['past the last line', csv, { line: 17 }, 'past-the-end', /6 lines and 2 records/],
  ['past the last record', csv, { record: 3 }, 'past-the-end', /the file has 2/],
  ['record 0', csv, { record: 0 }, 'past-the-end', /counted from 1/],
  ['line 0', csv, { line: 0 }, 'no-such-line', /counted from 1/],
  ['unclosed quote', 'a,b\n1,2\n3,"x\ny\nz', { record: 2 }, 'malformed-quoting', /opened on line 3 is never closed/],
  ['a row inside an unclosed quote', 'a,b\n1,2\n3,"x\ny\nz', { line: 5 }, 'malformed-quoting', /line 3/],
  ['text after a closing quote', 'a,b\n1,"x"y\n', { line: 2 }, 'malformed-quoting', /line 2, column 6/],
  ['too many fields', 'a,b\n1,2,3\n', { line: 2 }, 'too-many-fields', /3 fields, the header has 2/],
  ['invalid UTF-8', Buffer.from([0x61, 10, 0x62, 0xff, 0x63]), { line: 2 }, 'invalid-utf8', /byte 3/],
  ['cut off UTF-8', Buffer.from([0x61, 10, 0xf0, 0x9f, 0x98]), { line: 2 }, 'invalid-utf8', /byte 2/],
  ['UTF-16', Buffer.from('\ufeffa,b\n1,2', 'utf16le'), { line: 2 }, 'unsupported-format', /UTF-16.*UTF-8/],
  ['Parquet', Buffer.from('PAR1\u0000xPAR1'), { record: 1 }, 'unsupported-format', /read_parquet/, 'x.parquet'],
  ['Arrow', Buffer.from('ARROW1\u0000\u0000'), { record: 1 }, 'unsupported-format', /Arrow/, 'x.arrow'],
  [
    'xlsx',
    Buffer.from([0x50, 0x4b, 3, 4, 0, 0]),
    { record: 1 },
    'unsupported-format',
    /export the sheet as CSV/,
    'x.xlsx',
  ],
  [
    'spreadsheet called csv',
    Buffer.from([0x50, 0x4b, 3, 4, 0, 0xff]),
    { record: 1 },
    'unsupported-format',
    /export the sheet/,
  ],
  ['SVG', '<?xml version="1.0"?>\n<svg/>', null, 'unsupported-format', /SVG.*PNG/, 'x.svg'],
  ['SVG called png', '<svg/>', null, 'broken-picture', /PNG or JPEG/, 'x.png'],
  ['GIF', 'GIF89a', null, 'unsupported-format', /GIF/, 'x.gif'],
  ['dataset without a row', csv, null, 'row-needed', /2 records/],
  ['broken JSON', '{"a":1}\n{"a":foo}\n', { line: 2 }, 'malformed-json', /line 2, column 6/, 'x.jsonl'],
  ['deep JSON', `{"a":${'['.repeat(5000)}`, { line: 1 }, 'json-too-deep', /200/, 'x.jsonl'],
  ['unclosed JSON array element', '[{"a":1},\n{"a":"x', { record: 2 }, 'malformed-json', /line 2/, 'x.json'],
  ['several records on a line', '[{"a":1},{"a":2}]', { line: 1 }, 'several-records', /records 1 to 2/, 'x.json'],
  ['no record in an empty file', '', { record: 1 }, 'past-the-end', /no records/],
  ['bad delimiter', csv, { record: 1 }, 'bad-delimiter', /one ASCII character/, 'x.csv', { delimiter: '::' }],
];
for (const [name, file, address, code, message, fileName, options] of bad)
  test(`error: ${name}`, async () => {
    const [got, text] = await failure(() => read(file, address, fileName, options));
    assert.equal(got, code, text);
    assert.match(text, message);
    assert.doesNotMatch(text, /\n/);
  });

test('a broken record does not spoil the others', async () => {
  const file = Buffer.concat([Buffer.from('a,b\nx,"y"z\nq'), Buffer.from([0xff]), Buffer.from(',1\ngüt,2\n')]);
  assert.deepEqual(await texts(file, { record: 3 }), ['güt', '2']);
  const sample = await read(file, { record: 3 });
  // An editor shows the bad byte as one character.
  assert.equal(sample.ref.span?.startOffset, 16);
  assert.equal(sample.ref.span.startByte, 16);
});

test('a missing column names the nearest', async () => {
  const sample = (await read('review,stars\nx,1\n', { line: 2 })) as RecordSample;
  assert.equal(fieldNamed(sample, 'stars').text, '1');
  assert.throws(() => fieldNamed(sample, 'reviews'), /did you mean “review”/);
  assert.throws(() => fieldNamed(sample, 'zzzzzz'), /the columns are review, stars/);
});

test('the delimiter is sniffed, quotes respected', async () => {
  assert.deepEqual(await texts('a;b\n"x;y,z";2\n', { line: 2 }), ['x;y,z', '2']);
  assert.deepEqual(await texts('a\tb\nx, y\t2\n', { line: 2 }, 'x.tsv'), ['x, y', '2']);
  assert.deepEqual(await texts('a|b\nx|2\n', { line: 2 }), ['x', '2']);
  assert.deepEqual(await texts('text\nno, really\n', { line: 2 }, 'x.csv', { delimiter: ';' }), ['no, really']);
});

test('no header: columns by number, the first line is data', async () => {
  const sample = (await read('x,1\ny,2', { line: 1 }, 'x.csv', { header: false })) as RecordSample;
  assert.deepEqual(
    sample.fields.map((field) => field.name),
    ['column 1', 'column 2'],
  );
  assert.equal(sample.ref.record, 1);
});

test('repeated and empty header names are told apart', async () => {
  const { columns } = await describeDataset('mem:/x.csv', memoryFiles({ 'mem:/x.csv': 'a,,a\n1,2,3\n' }));
  assert.deepEqual(columns, ['a', 'column 2', 'a (2)']);
});

test('JSON values keep their types; repeated keys keep the last; strings and lists are rows too', async () => {
  const file = '{"n":null,"b":true,"x":1.50,"l":[1, 2],"o":{"k":"v"},"x":2}\n"plain"\n["p",3]\n';
  const first = (await read(file, { line: 1 }, 'x.jsonl')) as RecordSample;
  assert.deepEqual(
    first.fields.map((field) => [field.name, field.type, field.text]),
    [
      ['n', 'null', ''],
      ['b', 'boolean', 'true'],
      ['x', 'number', '2'],
      ['l', 'other', '[1, 2]'],
      ['o.k', 'string', 'v'],
    ],
  );
  assert.deepEqual(await texts(file, { line: 2 }, 'x.jsonl'), ['plain']);
  assert.deepEqual(await texts(file, { line: 3 }, 'x.jsonl'), ['p', '3']);
});

test('a .json file may hold JSON lines', async () => {
  assert.deepEqual(await texts('{"a":"1"}\n{"a":"2"}\n', { line: 2 }, 'x.json'), ['2']);
});

test('lines of a text file are records, the whole file is one text', async () => {
  assert.deepEqual(await texts('eins\r\nzwei\r\n', { line: 2 }, 'x.txt'), ['zwei']);
  const whole = await read('eins\r\nzwei\r\n', null, 'x.txt');
  assert.ok(whole.kind === 'text');
  assert.equal(whole.text.text, 'eins\r\nzwei\r\n');
});

test('free text has no place; the empty one is refused', async () => {
  const sample = await readSample({ kind: 'text', text: 'hello' }, memoryFiles({}));
  assert.ok(sample.kind === 'text');
  assert.equal(sample.text.locate(0, 3), null);
  assert.equal((await failure(() => readSample({ kind: 'text', text: ' ' }, memoryFiles({}))))[0], 'empty-text');
});

test('a picture is known by its bytes, not its name', async () => {
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]);
  assert.equal((await read(png, null, 'x.jpg')).kind, 'picture');
  assert.equal((await failure(() => read(png, { line: 1 }, 'x.png')))[0], 'no-records');
});

test('the caret finds its record and field', async () => {
  const files = memoryFiles({ 'mem:/x.csv': csv, 'mem:/x.json': '[{"a":"x"},{"a":"yz"}]' });
  const hit = await recordAt('mem:/x.csv', { line: 2, character: 3 }, files);
  assert.equal(hit.ref.record, 1);
  assert.equal(hit.field?.name, 'label');
  assert.equal((await recordAt('mem:/x.json', { line: 0, character: 18 }, files)).ref.record, 2);
});

test('a description shows the first, and leaves broken records out', async () => {
  const file = `a,b\n${'"x\ny",1\n'.repeat(200)}"bad"z,1\nlast,2\n`;
  const description = await describeDataset('mem:/x.csv', memoryFiles({ 'mem:/x.csv': file }));
  assert.equal(description.first.length, 20);
  assert.deepEqual(description.format, { kind: 'delimited', delimiter: ',', header: true });
});

test('records far into a file are found from remembered places', async () => {
  const rows = Array.from({ length: 1000 }, (_, index) => `"row\n${index + 1} é",${index}`);
  const files = memoryFiles({ 'mem:/x.csv': `a,b\n${rows.join('\n')}\n` });
  for (const number of [1000, 64, 65, 1, 129, 500]) {
    const byNumber = await readSample({ kind: 'record', uri: 'mem:/x.csv', record: number }, files);
    const byLine = await readSample({ kind: 'line', uri: 'mem:/x.csv', line: 2 * number + 1 }, files);
    assert.ok(byNumber.kind === 'record' && byLine.kind === 'record');
    assert.equal(byNumber.fields[0]?.text, `row\n${number} é`);
    assert.deepEqual(byLine.ref.span, byNumber.ref.span);
  }
});

test('an open document wins over the disk, and keeps the byte-order mark of its file', async () => {
  const files = overlay(memoryFiles({ 'file:///a/x.csv': '\ufefft\nold\n' }));
  const address = { kind: 'line', uri: 'file:///a/x.csv', line: 2 } as const;
  files.document('file:///a/x.csv', 't\nnew\n', 7);
  const open = await readSample(address, files);
  assert.ok(open.kind === 'record');
  assert.equal(open.fields[0]?.text, 'new');
  assert.equal(open.ref.documentVersion, 7);
  assert.equal(open.ref.span?.startOffset, 3);
  assert.equal(open.ref.span.startByte, 5);
  files.document('file:///a/x.csv', null);
  const closed = await readSample(address, files);
  assert.equal(closed.kind === 'record' ? closed.fields[0]?.text : null, 'old');
});

test('an editor may spell a URI with more escapes', async () => {
  const files = overlay(memoryFiles({}));
  files.document('file:///c%3A/my%20data/x.csv', 't\n1');
  const sample = await readSample({ kind: 'line', uri: 'file:///C:/my data/x.csv', line: 2 }, files);
  assert.equal(sample.kind, 'record');
});
