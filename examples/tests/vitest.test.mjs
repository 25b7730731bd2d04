// npx vitest run examples/tests/vitest.test.mjs
// One line makes a failure explainable: `expect` takes a message, here with the row's id. The dataset in
// model-blame.json names its id column: "id": "id".
import { expect, test } from 'vitest';
import { predict, rows } from './mail.cjs';

test.each(rows(12))('mail $record', async ({ id, message, label }) => {
  expect(await predict(message), `id: ${id}`).toBe(label);
});
