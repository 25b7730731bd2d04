/** Every method on every engine present, within 1e-4 of max |R| of ONNX Runtime on the processor. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METHODS } from '../../../server/explain/methods';
import { TOLERANCE } from './compare';
import { explanations, measureMethod } from './methods';
import { presentEngines } from './present';

const expected = await explanations();
const { present } = await presentEngines();

for (const { name } of present)
  for (const one of expected)
    test(`${name}: ${one.what}`, async () => {
      const { worst, error } = await measureMethod(name, one);
      assert.ifError(error);
      assert.ok(worst <= TOLERANCE, `off by ${worst} of max |R|`);
    });

test('every method is compared on some model, but those that need more than a sample', () => {
  const compared = new Set(expected.map(({ choice }) => choice[0]));
  const missing = METHODS.map(({ info }) => info.id).filter((id) => !compared.has(id));
  assert.deepEqual(missing, ['blame']);
});
