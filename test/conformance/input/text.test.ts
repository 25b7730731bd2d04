/** Tokenizers of every kind: ids, tokens and characters as the Hugging Face library gives them (encodings.py). */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { looseText } from '../../../server/dataset';
import type { Files } from '../../../server/dataset';
import { createTextEncoder } from '../../../server/input';

interface Case {
  readonly name: string;
  readonly tokenizer: unknown;
  readonly encodings: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly tokens: readonly string[];
    readonly offsets: readonly (readonly [number, number])[];
    readonly special: readonly number[];
  }[];
}

const cases = JSON.parse(readFileSync(new URL('encodings.json', import.meta.url), 'utf8')) as readonly Case[];

for (const { name, tokenizer, encodings } of cases)
  test(`${name}: the library's ids, every token with its characters`, async () => {
    const files: Files = {
      read: (uri) =>
        uri.endsWith('/tokenizer.json')
          ? Promise.resolve({ bytes: Buffer.from(JSON.stringify(tokenizer)) })
          : Promise.reject(new Error('absent')),
    };
    const input = { name: 'input_ids', type: { dtype: 'int64', shape: ['batch', 'sequence'] } } as const;
    const config = { kind: 'text', tokenizer: 'file:///m/tokenizer.json', maxLength: 100 } as const;
    const encoder = await createTextEncoder(config, [input], files);
    for (const { text, ids, tokens, offsets, special } of encodings) {
      const sample = await encoder.encode(looseText(text));
      assert.ok(sample.features.kind === 'tokens');
      const got = sample.features.tokens;
      assert.deepEqual(
        got.map((token) => token.id),
        ids,
      );
      assert.deepEqual(
        got.map((token) => token.token),
        tokens,
      );
      assert.deepEqual(Array.from(sample.feeds['input_ids']?.data as BigInt64Array, Number), ids);
      assert.deepEqual(await encoder.feeds(looseText(text)), sample.feeds);
      assert.deepEqual(
        got.map((token) => Number(token.special)),
        special,
      );
      const points = Array.from(text);
      got.forEach((token, index) => {
        assert.equal(token.textSpan === null, token.special);
        if (token.textSpan === null) return;
        const [start, end] = offsets[index] ?? [0, 0];
        const raw = points.slice(start, end).join('');
        const wanted = raw.trim() === '' ? raw : raw.trim();
        assert.equal(token.text, text.slice(token.textSpan[0], token.textSpan[1]));
        if (token.text === '' && /^[▁Ġ]+$/.test(token.token)) return;
        assert.ok(token.text.startsWith(wanted), `${token.token}: “${token.text}” for “${wanted}”`);
        assert.match(token.text.slice(wanted.length), /^\p{M}*$/u);
      });
    }
  });
