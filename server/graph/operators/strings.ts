/** Operators on strings that ai.onnx has. */
import { numbersOf } from '../attributes';
import type { Operator } from './types';
import { sameAsInput, withDtype } from './elementwise';

export const strings: readonly Operator[] = [
  {
    ops: ['StringNormalizer'],
    domain: '',
    doc: 'Strings without stop words, in one case.',
    infer: (context) => [
      {
        dtype: 'string',
        shape: context
          .shape(0)
          ?.map((dim, axis) => (axis === 0 && context.shape(0)?.length === 1 ? context.fresh(0) : dim)),
      },
    ],
  },
  {
    ops: ['StringConcat'],
    domain: '',
    doc: 'Strings joined element by element.',
    infer: (context) => sameAsInput(context),
  },
  {
    ops: ['RegexFullMatch'],
    domain: '',
    doc: 'Whether a whole string matches a pattern.',
    infer: (context) => withDtype(context, 'bool'),
  },
  {
    ops: ['Tokenizer'],
    domain: 'com.microsoft',
    doc: 'Every string split into words, along a new last axis.',
    infer: (context) => {
      const shape = context.shape(0);
      return [{ dtype: 'string', shape: shape === undefined ? undefined : [...shape, context.fresh(shape.length)] }];
    },
  },
  {
    ops: ['TfIdfVectorizer'],
    domain: '',
    doc: 'Counts or weights of n-grams.',
    infer: (context) => {
      const shape = context.shape(0);
      const columns = numbersOf(context.node, 'ngram_indexes') ?? [];
      const width = columns.reduce((most, column) => Math.max(most, column), -1) + 1;
      return [{ dtype: 'float32', shape: shape === undefined ? undefined : [...shape.slice(0, -1), width] }];
    },
  },
];
