/** @jest-environment ./examples/tests/jest.environment.cjs */
// npx jest --testMatch '**/examples/tests/jest.test.cjs'
/* global expect, test */
// One line makes a failure explainable: `expect` takes no message, so the sample stands in what is compared.
const { predict, rows } = require('./mail.cjs');

test.each(rows(12))('mail $record', async ({ message, label, record }) => {
  const sample = `data/test.csv#${record}`;
  expect({ sample, label: await predict(message) }).toEqual({ sample, label });
});
