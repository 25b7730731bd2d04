/** Mutated files: an error made for people or a right answer, never anything else. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describeDataset, readSample } from '../../../server/dataset';
import { UserError } from '../../../server/errors';
import { checkSpan, memoryFiles } from './support';

const seeds: Readonly<Record<string, string>> = {
  'x.csv': '\ufefftext,label\r\n"a ""b"", c",1\n"two\nlines 😀",2\r"ünï",3\n',
  'x.jsonl': '{"t":"a\\n\\u00e9 \\ud83d\\ude00","n":{"k":[1,2]}}\n\n{"t":"b","n":null}\n',
  'x.json': '[\n {"t":"a,]}","k":1},\n {"t":"\\"b\\"","k":[{}]} ]\n',
  'x.txt': 'one\rtwo\r\nthree 😀\n',
};

const mutation = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('delete', 'insert', 'replace', 'cut'),
  byte: fc.nat(255),
});

for (const [name, seed] of Object.entries(seeds))
  test(`mutated ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(mutation, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 8 }),
        async (mutations, line) => {
          const bytes = mutations.reduce(
            (data, { at, kind, byte }) => {
              const place = at % (data.length + 1);
              if (kind === 'cut') return data.slice(0, place);
              return [
                ...data.slice(0, place),
                ...(kind === 'delete' ? [] : [byte]),
                ...data.slice(place + (kind === 'insert' ? 0 : 1)),
              ];
            },
            [...Buffer.from(seed)],
          );
          const content = Uint8Array.from(bytes);
          const file = new TextDecoder('utf-8', { ignoreBOM: true }).decode(content);
          const files = memoryFiles({ [name]: content });
          const uri = name;
          for (const address of [
            { kind: 'line', uri, line } as const,
            { kind: 'record', uri, record: line } as const,
          ]) {
            try {
              const sample = await readSample(address, files);
              assert.ok(sample.kind === 'record');
              for (const field of sample.fields) {
                const span = field.locate(0, field.text.length);
                if (Buffer.from(file).equals(content)) checkSpan(file, span);
              }
            } catch (error) {
              if (!(error instanceof UserError)) throw error;
            }
          }
          await describeDataset(uri, files).catch((error: unknown) => {
            if (!(error instanceof UserError)) throw error;
          });
        },
      ),
      { numRuns: 150 },
    );
  });
