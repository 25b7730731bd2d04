/** Text split by StringNormalizer and Tokenizer, against ONNX Runtime (`tokenizer.py`). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { splitterOf } from '../../../server/input/text/text-steps';
import { stepsOf } from '../../../server/model/text/steps';
import { int, strings, text } from '../../../server/graph/attributes';
import type { Attribute, Node } from '../../../server/graph/types';

interface Case {
  readonly normalizer: Readonly<Record<string, string | number | readonly string[]>> | null;
  readonly tokenizer: Readonly<Record<string, string | number | readonly string[]>>;
  readonly tokens: readonly (readonly string[])[];
}

const { texts, cases } = JSON.parse(readFileSync(new URL('./tokenizer.json', import.meta.url), 'utf8')) as {
  readonly texts: readonly string[];
  readonly cases: readonly Case[];
};

function node(op: string, domain: string, values: NonNullable<Case['normalizer']>): Node {
  const attributes = Object.entries(values).map(([name, value]): [string, Attribute] => [
    name,
    typeof value === 'string' ? text(value) : typeof value === 'number' ? int(value) : strings(value),
  ]);
  return { name: op, op, domain, inputs: ['x'], outputs: ['y'], attributes: Object.fromEntries(attributes) };
}

test('words are those of ONNX Runtime, each with its characters', () => {
  assert.equal(cases.length, 64);
  for (const { normalizer, tokenizer, tokens } of cases) {
    const split = splitterOf([
      ...(normalizer === null ? [] : stepsOf(node('StringNormalizer', '', normalizer))),
      ...stepsOf(node('Tokenizer', 'com.microsoft', tokenizer)),
    ]);
    texts.forEach((sample, index) => {
      const words = split(sample);
      const what = JSON.stringify({ normalizer, tokenizer, sample });
      assert.deepEqual(
        words.map(({ token }) => token),
        tokens[index],
        what,
      );
      if (normalizer === null) for (const { token, span } of words) assert.equal(sample.slice(...span), token, what);
    });
  }
});
