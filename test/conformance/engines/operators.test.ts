/** Every operator's forward and gradient Program on every engine present, within 1e-4 of ONNX Runtime on the processor. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOLERANCE } from './compare';
import { expectations, measure, preparedCases } from './operators';
import { inCI, presentEngines, reference } from './present';

const prepared = preparedCases();
const expected = await expectations(await reference(), prepared);
const { present, absent } = await presentEngines();

for (const engine of present)
  for (const [index, one] of prepared.entries())
    test(`${engine.name}: ${one.op}: ${one.name}`, async () => {
      for (const { what, worst, error } of await measure(engine, one, expected[index]!)) {
        assert.ifError(error);
        assert.ok(worst <= TOLERANCE, `${what} is off by ${worst}`);
      }
    });

for (const { name, why } of absent) {
  const needed = process.env['CI'] !== undefined && inCI.includes(name);
  test(`${name} is here`, { skip: needed ? false : `not here: ${why}` }, () => {
    assert.fail(`CI must have ${name}: ${why}`);
  });
}
