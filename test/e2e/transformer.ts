/**
 * A transformer as people have them, in small: the BERT of the conformance tests (two layers, fixed weights, 40 tokens)
 * with a tokenizer of its own.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const network = resolve(import.meta.dirname, '../conformance/attnlrp/bert-17.onnx');

const words = (
  '[PAD] [UNK] [CLS] [SEP] [MASK] the a film was is not very good bad dull great plot , . and it un ##happy ##ly ##s ' +
  'actor scene long short loved hated music play ##ed end we but so too at'
).split(' ');

const special = words.slice(0, 5);
const idOf = (word: string): number => words.indexOf(word);

/** As BERT's: lower case, word pieces, `[CLS] … [SEP]`. */
const tokenizer = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: special.map((content) => ({
    id: idOf(content),
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })),
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [
      { SpecialToken: { id: '[CLS]', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '[SEP]', type_id: 0 } },
    ],
    pair: [],
    special_tokens: Object.fromEntries(
      ['[CLS]', '[SEP]'].map((id) => [id, { id, ids: [idOf(id)], tokens: [id] }] as const),
    ),
  },
  decoder: null,
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(words.map((word, id) => [word, id])),
  },
};

export const reviews = [
  'review,label',
  '"the plot was unhappily dull, but",fair',
  'not very good,dull',
  'a great film,great',
  'the music is so so,fair',
  '',
].join('\n');

const workspaceFile = {
  models: {
    reviews: {
      path: 'models/reviews.onnx',
      input: { kind: 'text', tokenizer: 'models/tokenizer.json', maxLength: 12 },
      labels: ['dull', 'fair', 'great'],
    },
  },
  datasets: [{ files: 'data/reviews.csv', model: 'reviews', text: 'review', label: 'label', role: 'train' }],
};

/** Puts the folder `reviews` into a workspace: model, tokenizer, `data/reviews.csv`. */
export function addTransformer(workspace: string): void {
  const folder = join(workspace, 'reviews');
  for (const name of ['models', 'data']) mkdirSync(join(folder, name), { recursive: true });
  copyFileSync(network, join(folder, 'models', 'reviews.onnx'));
  writeFileSync(join(folder, 'models', 'tokenizer.json'), JSON.stringify(tokenizer));
  writeFileSync(join(folder, 'model-blame.json'), JSON.stringify(workspaceFile, null, 2));
  writeFileSync(join(folder, 'data', 'reviews.csv'), reviews);
}
