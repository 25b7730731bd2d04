/** Text to tensors: windows, padding, model inputs, words, baselines, vocabularies, errors. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bertNormalizer, bertPreTokenizer, templateProcessing, Tokenizer, WordPiece } from 'tokenizers';
import { looseText, readSample } from '../../../server/dataset';
import type { DType } from '../../../server/graph/types';
import { createTextEncoder, readTokenizerInfo } from '../../../server/input';
import type { EncodedSample, InputSpec, TextInputEncoder } from '../../../server/input';
import type { TextInputConfig } from '../../../server/workspace/types';
import { memoryFiles } from '../dataset/support';

const words = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  '[MASK]',
  'un',
  '##happy',
  'cafe',
  'good',
  ',',
  'film',
  'very',
  '##er',
  'n',
  '##a',
];

function tokenizerJson(): string {
  const vocabulary = Object.fromEntries(words.map((word, id) => [word, id]));
  const tokenizer = new Tokenizer(WordPiece.init(vocabulary, { unkToken: '[UNK]' }));
  tokenizer.setNormalizer(bertNormalizer());
  tokenizer.setPreTokenizer(bertPreTokenizer());
  tokenizer.setPostProcessor(
    templateProcessing('[CLS] $A [SEP]', null, [
      ['[CLS]', 2],
      ['[SEP]', 3],
    ]),
  );
  tokenizer.addSpecialTokens(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']);
  tokenizer.setTruncation(3);
  tokenizer.setPadding({ maxLength: 5 });
  const folder = mkdtempSync(join(tmpdir(), 'model-blame-tokenizer-'));
  try {
    tokenizer.save(join(folder, 'tokenizer.json'));
    return readFileSync(join(folder, 'tokenizer.json'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const files = memoryFiles({
  'file:///m/tokenizer.json': tokenizerJson(),
  'file:///m/tokenizer_config.json': '{"model_max_length": 256, "pad_token": {"content": "[PAD]"}}',
  'file:///m/config.json': '{"max_position_embeddings": 130, "model_type": "roberta"}',
  'file:///m/vocab.txt': '<pad>\n<unk>\ngood\nfilm\n',
  'file:///m/vocab.json': '{"good": 4, "film": 7}',
  'file:///m/broken.json': '{"version": "1.0"}',
});

const input = (name: string, dtype: DType = 'int64', length: number | string = 'sequence'): InputSpec => ({
  name,
  type: { dtype, shape: ['batch', length] },
});
const bert = [input('input_ids'), input('attention_mask', 'int32'), input('token_type_ids'), input('position_ids')];

function encoder(
  config: Partial<TextInputConfig> = {},
  inputs: readonly InputSpec[] = bert,
  options = {},
): Promise<TextInputEncoder> {
  return createTextEncoder({ kind: 'text', tokenizer: 'tokenizer.json', ...config }, inputs, files, {
    base: 'file:///m',
    ...options,
  });
}

const ints = (sample: EncodedSample | { feeds: EncodedSample['feeds'] }, name: string): readonly number[] =>
  Array.from(sample.feeds[name]?.data as ArrayLike<number>, Number);

const tokensOf = (sample: EncodedSample): readonly { text: string; word: number | null; special: boolean }[] => {
  assert.ok(sample.features.kind === 'tokens');
  return sample.features.tokens;
};

test('ids, mask, types and positions as the model wants them', async () => {
  const sample = await (await encoder()).encode(looseText('Unhappy, GOOD film'));
  assert.deepEqual(ints(sample, 'input_ids'), [2, 5, 6, 9, 8, 10, 3]);
  assert.deepEqual(ints(sample, 'attention_mask'), [1, 1, 1, 1, 1, 1, 1]);
  assert.ok(sample.feeds['attention_mask']?.data instanceof Int32Array);
  assert.deepEqual(ints(sample, 'token_type_ids'), [0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(ints(sample, 'position_ids'), [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(sample.feeds['input_ids']?.dims, [1, 7]);
  assert.deepEqual([...sample.fixed], [0, 6]);
  assert.deepEqual([...(sample.featureOf['input_ids'] ?? [])], [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(Object.keys(sample.featureOf), ['input_ids']);
  assert.equal(sample.count, 7);
  assert.deepEqual(
    tokensOf(sample).map((token) => token.text),
    ['', 'Un', 'happy', ',', 'GOOD', 'film', ''],
  );
  assert.deepEqual(
    tokensOf(sample).map((token) => token.word),
    [null, 0, 0, 1, 2, 3, null],
  );
});

test('feeds alone are those of the whole encoding, and so is what is wrong with a text', async () => {
  const texts = [
    'good film',
    'Unhappy, very GOOD naïve film',
    'İ good',
    '[SEP] good',
    'film '.repeat(300),
    'İé '.repeat(40),
    `${'good '.repeat(4)}${'x'.repeat(200)}`,
    '😀',
    '',
  ];
  const vocabulary = { tokenizer: undefined as unknown as string, vocabulary: 'file:///m/vocab.txt' };
  const encoders = [
    await encoder(),
    await encoder({ padToMaxLength: true, maxLength: 12 }),
    await encoder({ maxLength: 6 }),
    await encoder({ maxLength: 2 }),
    await encoder({}, bert, { vocabularySize: 7 }),
    await encoder(vocabulary, [input('words')]),
    await encoder({ ...vocabulary, lowercase: true, maxLength: 5, padToMaxLength: true }, [input('words', 'float32')]),
    await encoder({ ...vocabulary, pattern: '\\S+' }, [input('words', 'int32')]),
    await encoder({ ...vocabulary, pattern: '(?:[a-z]+)' }, [input('words')]),
  ];
  const outcome = async (work: Promise<unknown>): Promise<unknown> =>
    work.catch((error: unknown) => (error instanceof Error ? error.message : error));
  for (const one of encoders)
    for (const text of texts) {
      const whole = outcome(one.encode(looseText(text)).then(({ feeds }) => feeds));
      assert.deepEqual(await outcome(one.feeds(looseText(text))), await whole, text);
    }
});

test('a token points at its characters in the file, through quoting and accents', async () => {
  const file = 'label,text\n1,"good ""cafe\u0301"", 😀 film"\n';
  const sample = await readSample({ kind: 'line', uri: 'mem:/x.csv', line: 2 }, memoryFiles({ 'mem:/x.csv': file }));
  assert.ok(sample.kind === 'record' && sample.fields[1] !== undefined);
  const encoded = await (await encoder()).encode(sample.fields[1]);
  assert.ok(encoded.features.kind === 'tokens');
  const sources = encoded.features.tokens.map(
    ({ source }) => source && file.slice(source.startOffset, source.endOffset),
  );
  assert.deepEqual(sources, [null, 'good', '""', 'cafe\u0301', '""', ',', '😀', 'film', null]);
});

test('a special token typed by hand is text', async () => {
  const tokens = tokensOf(await (await encoder()).encode(looseText('good [SEP] film')));
  assert.deepEqual(
    tokens.map((token) => token.special),
    [true, false, false, false, true],
  );
  assert.equal(tokens[2]?.text, '[SEP]');
});

test('long texts are read in windows that overlap, each with its special tokens', async () => {
  const text = looseText('good film very good film , good');
  const made = await encoder({ maxLength: 6 });
  const first = await made.encode(text);
  assert.deepEqual(ints(first, 'input_ids'), [2, 8, 10, 11, 8, 3]);
  assert.ok(first.features.kind === 'tokens');
  assert.deepEqual(first.features.window, { index: 0, count: 2, shared: [0, 1], own: [1, 4] });
  assert.equal(first.features.truncated, 3);
  const last = await made.encode(text, 1);
  assert.ok(last.features.kind === 'tokens');
  assert.deepEqual(ints(last, 'input_ids'), [2, 8, 10, 9, 8, 3]);
  assert.deepEqual(last.features.window, { index: 1, count: 2, shared: [1, 0], own: [1, 5] });
  await assert.rejects(made.encode(text, 2), { code: 'no-such-window' });
});

test('a text that fits has one window and shares nothing', async () => {
  const one = await (await encoder({ maxLength: 6 })).encode(looseText('good film very good'));
  assert.ok(one.features.kind === 'tokens');
  assert.deepEqual(one.features.window, { index: 0, count: 1 });
});

test('padding to a fixed length belongs to no feature and is masked', async () => {
  const sample = await (
    await encoder({}, [input('input_ids', 'int64', 6), input('attention_mask')])
  ).encode(looseText('good film'));
  assert.deepEqual(ints(sample, 'input_ids'), [2, 8, 10, 3, 0, 0]);
  assert.deepEqual(ints(sample, 'attention_mask'), [1, 1, 1, 1, 0, 0]);
  assert.deepEqual([...(sample.featureOf['input_ids'] ?? [])], [0, 1, 2, 3, -1, -1]);
  assert.equal(sample.count, 4);
});

test('baselines replace words, not special tokens and padding', async () => {
  const made = await encoder({ maxLength: 6, padToMaxLength: true });
  const sample = await made.encode(looseText('good film'));
  assert.deepEqual(
    made.baselines.map((item) => item.id),
    ['pad', 'zero', 'mask', 'unk'],
  );
  const ids = (id: string): readonly number[] => {
    const baseline = made.baseline(sample, id);
    assert.ok(baseline.kind === 'feeds' && baseline.feeds[0] !== undefined);
    assert.deepEqual(baseline.feeds[0]['attention_mask'], sample.feeds['attention_mask']);
    return ints({ feeds: baseline.feeds[0] }, 'input_ids');
  };
  assert.deepEqual(ids('pad'), [2, 0, 0, 3, 0, 0]);
  assert.deepEqual(ids('mask'), [2, 4, 4, 3, 0, 0]);
  assert.deepEqual(ids('unk'), [2, 1, 1, 3, 0, 0]);
  assert.equal(made.baseline(sample, 'zero').kind, 'zero-entries');
  assert.throws(() => made.baseline(sample, 'black'), { code: 'no-such-baseline' });
});

test('a word vocabulary: pattern, lower case, unknown words, one input of any name', async () => {
  const made = await encoder(
    { tokenizer: undefined, vocabulary: 'vocab.txt', pattern: '[a-z]+', lowercase: true } as never,
    [input('serving_default_tokens:0', 'int32')],
  );
  const sample = await made.encode(looseText('Good — awful FILM!'));
  assert.deepEqual(ints(sample, 'serving_default_tokens:0'), [2, 1, 3]);
  const grown = await made.encode(looseText('İ \u0130 FILM'));
  assert.deepEqual(
    tokensOf(grown).map((token) => token.text),
    ['İ', 'İ', 'FILM'],
  );
  const wide = await encoder({ tokenizer: undefined, vocabulary: 'vocab.txt', lowercase: true } as never, [
    input('anything'),
  ]);
  const all = await wide.encode(looseText('Good — awful FILM!'));
  assert.deepEqual(ints(all, 'anything'), [2, 1, 1, 3, 1]);
  assert.deepEqual(
    tokensOf(all).map((token) => token.text),
    ['Good', '—', 'awful', 'FILM', '!'],
  );
  assert.equal(all.fixed.size, 0);
  assert.deepEqual(
    wide.baselines.map((item) => item.id),
    ['pad', 'zero', 'unk'],
  );
});

const failures: readonly (readonly [string, () => Promise<unknown>, string, RegExp])[] = [
  ['empty text', async () => (await encoder()).encode(looseText(' \n')), 'empty-text', /empty/],
  ['text without tokens', async () => (await encoder()).encode(looseText('\u200b')), 'empty-text', /no token/],
  ['unknown input', () => encoder({}, [...bert, input('pixel_values')]), 'unknown-model-input', /pixel_values/],
  [
    'two ids',
    () => encoder({}, [input('input_ids'), input('decoder_input_ids')]),
    'unknown-model-input',
    /decoder_input_ids/,
  ],
  ['strings', () => encoder({}, [input('text', 'string')]), 'wrong-input-type', /string/],
  [
    'wrong rank',
    () => encoder({}, [{ name: 'x', type: { dtype: 'int64', shape: ['n'] } }]),
    'wrong-input-shape',
    /\[n\]/,
  ],
  [
    'maxLength against a fixed length',
    () => encoder({ maxLength: 9 }, [input('input_ids', 'int64', 6)]),
    'wrong-max-length',
    /exactly 6/,
  ],
  ['no room', async () => (await encoder({ maxLength: 2 })).encode(looseText('good')), 'window-too-short', /no room/],
  [
    'id outside the embedding',
    async () => (await encoder({}, bert, { vocabularySize: 10 })).encode(looseText('good film')),
    'token-outside-embedding',
    /“film” has id 10.*10 rows/,
  ],
  ['nothing to split with', () => encoder({ tokenizer: undefined } as never), 'no-tokenizer', /"tokenizer"/],
  ['broken tokenizer', () => encoder({ tokenizer: 'broken.json' }), 'bad-tokenizer', /save_pretrained/],
  [
    'word not in a vocabulary without unknown token',
    async () =>
      (await encoder({ tokenizer: undefined, vocabulary: 'vocab.json' } as never, [input('x')])).encode(
        looseText('good bad'),
      ),
    'unknown-token-missing',
    /“bad”/,
  ],
  [
    'no padding token',
    () => encoder({ tokenizer: undefined, vocabulary: 'vocab.json' } as never, [input('x', 'int64', 4)]),
    'no-pad-token',
    /"padToken"/,
  ],
  [
    'padding token not in the vocabulary',
    () => encoder({ tokenizer: undefined, vocabulary: 'vocab.json', padToken: 'goood' } as never, [input('x')]),
    'token-not-in-vocabulary',
    /goood/,
  ],
  [
    'bad pattern',
    () => encoder({ tokenizer: undefined, vocabulary: 'vocab.txt', pattern: '(' } as never, [input('x')]),
    'bad-pattern',
    /regular expression/,
  ],
  [
    'a pattern that backtracks without end',
    async () =>
      (
        await encoder({ tokenizer: undefined, vocabulary: 'vocab.txt', pattern: '(a+)+$' } as never, [input('x')])
      ).encode(looseText(`${'a'.repeat(60)}!`)),
    'slow-pattern',
    /\/\(a\+\)\+\$\/gu needs more than 1 s.*61 characters.*vocab\.txt/,
  ],
];
for (const [name, action, code, message] of failures)
  test(`error: ${name}`, async () => {
    await assert.rejects(action(), { name: 'UserError', code, message });
  });

test('files beside the tokenizer say how much a model reads', async () => {
  const info = await readTokenizerInfo('file:///m/tokenizer.json', files);
  assert.equal(info.maxLength, 128);
  assert.equal(info.padToken, '[PAD]');
  assert.equal(info.unknownToken, '[UNK]');
  assert.equal(info.model, 'WordPiece');
});
