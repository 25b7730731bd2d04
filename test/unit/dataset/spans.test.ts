/** Laws of source maps: whatever a field holds and however it is spelled, its span is exactly its characters. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readSample } from '../../../server/dataset';
import type { RecordSample } from '../../../server/dataset';
import { checkSpan, memoryFiles, widened } from './support';

const pieces = [
  ...['a', 'Z', '0', ' ', ',', ';', '\t', '|', '"', '""', "'", '\\', '/', '\n', '\r\n', '\r', '{', ']', 'é', 'ß'],
  ...[
    'e\u0301',
    '😀',
    '👩‍👩‍👧',
    '🇩🇪',
    '日本',
    'שלום',
    '\u202e',
    '\u0000',
    '\u001b[31m',
    '\u2028',
    'ﬁ',
    '\ufeff',
    '<b>',
    '=1+1',
  ],
];
const fieldText = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((parts) => parts.join(''));
const table = fc.array(fc.tuple(fieldText, fieldText), { minLength: 1, maxLength: 6 });
const lineEnds = fc.constantFrom('\n', '\r\n', '\r');

async function record(name: string, file: string, number: number, options = {}): Promise<RecordSample> {
  const sample = await readSample(
    { kind: 'record', uri: `mem:/${name}`, record: number },
    memoryFiles({ [`mem:/${name}`]: file }),
    options,
  );
  assert.ok(sample.kind === 'record');
  return sample;
}

test('every range of a delimited field is found in the file, through quoting', async () => {
  const dialect = fc.record({
    delimiter: fc.constantFrom(',', ';', '\t', '|'),
    lineEnd: lineEnds,
    mark: fc.boolean(),
    quoteAll: fc.boolean(),
    lastLineEnd: fc.boolean(),
    header: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(table, dialect, fc.nat(), fc.nat(), async (rows, style, a, b) => {
      const quote = (text: string): string =>
        style.quoteAll || /["\r\n\ufeff]/.test(text) || text.includes(style.delimiter) || text.trim() === ''
          ? `"${text.replaceAll('"', '""')}"`
          : text;
      const lines = [...(style.header ? [['first', 'second']] : []), ...rows].map((row) =>
        row.map(quote).join(style.delimiter),
      );
      const file = `${style.mark ? '\ufeff' : ''}${lines.join(style.lineEnd)}${style.lastLineEnd ? style.lineEnd : ''}`;
      for (const [index, row] of rows.entries()) {
        const sample = await record('x.csv', file, index + 1, { delimiter: style.delimiter, header: style.header });
        assert.deepEqual(
          sample.fields.map((field) => field.text),
          row,
        );
        for (const field of sample.fields) {
          const [start, end] = [a % (field.text.length + 1), b % (field.text.length + 1)].sort((x, y) => x - y) as [
            number,
            number,
          ];
          const raw = checkSpan(file, field.locate(start, end));
          const wanted = widened(field.text, start, end);
          const quoted = quote(field.text).startsWith('"');
          assert.equal(quoted ? raw.replaceAll('""', '"') : raw, wanted);
        }
        assert.equal(checkSpan(file, sample.ref.span ?? null), row.map(quote).join(style.delimiter));
      }
    }),
    { numRuns: 150 },
  );
});

test('every range of a JSON string is found in the file, through escapes', async () => {
  const escape = (text: string, all: boolean): string => {
    const plain = JSON.stringify(text);
    if (!all) return plain;
    const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at).toString(16).padStart(4, '0'));
    return `"${units.map((unit) => `\\u${unit}`).join('')}"`;
  };
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.record({ lineEnd: lineEnds, mark: fc.boolean(), all: fc.boolean(), array: fc.boolean() }),
      fc.nat(),
      fc.nat(),
      async (rows, style, a, b) => {
        const items = rows.map(
          ([x, y]) => `{ "t" : ${escape(x, style.all)},"in":{"n": ${escape(y, false)}}, "k": -1.5e3}`,
        );
        const body = style.array ? `[${style.lineEnd}${items.join(`,${style.lineEnd}`)}]` : items.join(style.lineEnd);
        const file = `${style.mark ? '\ufeff' : ''}${body}`;
        for (const [index, row] of rows.entries()) {
          const sample = await record(style.array ? 'x.json' : 'x.jsonl', file, index + 1);
          assert.deepEqual(
            sample.fields.map((field) => [field.name, field.type, field.text]),
            [
              ['t', 'string', row[0]],
              ['in.n', 'string', row[1]],
              ['k', 'number', '-1.5e3'],
            ],
          );
          for (const field of sample.fields.slice(0, 2)) {
            const [start, end] = [a % (field.text.length + 1), b % (field.text.length + 1)].sort((x, y) => x - y) as [
              number,
              number,
            ];
            const raw = checkSpan(file, field.locate(start, end));
            assert.equal(JSON.parse(`"${raw}"`), widened(field.text, start, end));
          }
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('any line of a record finds the record, by line and by number alike', async () => {
  await fc.assert(
    fc.asyncProperty(table, lineEnds, async (rows, lineEnd) => {
      const quoted = rows.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(','));
      const file = ['a,b', ...quoted].join(lineEnd);
      const files = memoryFiles({ 'mem:/x.csv': file });
      let line = 2;
      for (const [index, text] of quoted.entries())
        for (let inside = text.split(/\r\n|\r|\n/).length; inside > 0; inside--) {
          const sample = await readSample({ kind: 'line', uri: 'mem:/x.csv', line: line++ }, files);
          assert.equal(sample.ref.record, index + 1);
        }
    }),
    { numRuns: 100 },
  );
});

test('a selection is its characters, wherever it begins and ends', async () => {
  await fc.assert(
    fc.asyncProperty(fieldText, fc.boolean(), fc.nat(), fc.nat(), async (text, mark, a, b) => {
      const { TextDocument } = await import('vscode-languageserver-textdocument');
      const shown = text.replace(/^\ufeff+/, '');
      const document = TextDocument.create('untitled:1', 'plaintext', 1, shown);
      const [start, end] = [a % (shown.length + 1), b % (shown.length + 1)].sort((x, y) => x - y) as [number, number];
      const range = { start: document.positionAt(start), end: document.positionAt(end) };
      const wanted = document.getText(range);
      if (wanted.trim() === '') return;
      const file = `${mark ? '\ufeff' : ''}${shown}`;
      const sample = await readSample(
        { kind: 'selection', uri: 'untitled:1', range },
        memoryFiles({ 'untitled:1': file }),
      );
      assert.ok(sample.kind === 'text');
      assert.equal(sample.text.text, wanted);
      assert.ok(checkSpan(file, sample.text.locate(0, wanted.length)).includes(wanted));
    }),
    { numRuns: 150 },
  );
});
