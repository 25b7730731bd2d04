// node --test examples/tests/node.test.mjs
// One line makes a failure explainable: the assertion's message names the row, by its number in the file.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { predict, rows } from './mail.cjs';

for (const { message, label, record } of rows(12))
  test(`mail ${record}`, async () => {
    assert.equal(await predict(message), label, `data/test.csv#${record}`);
  });
