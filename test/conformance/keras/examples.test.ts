/** The Keras models of the examples read what the other models there read, and are right about most of it. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { localCompute } from '../../../server/compute/local';
import type { SampleAddress } from '../../../server/protocol';
import { createServices } from '../../../server/services';
import { toUri } from '../../../server/workspace/uris';

const examples = resolve(import.meta.dirname, '../../../examples');
const services = createServices({ folders: [examples], compute: localCompute() });

async function rightOf(model: string, addresses: readonly SampleAddress[]): Promise<number> {
  let right = 0;
  for (const address of addresses) {
    const { scores, gold } = await services.predict({ address, model });
    assert.ok(gold !== null);
    right += scores[0]?.label === gold.label ? 1 : 0;
  }
  return right;
}

test('mail-lstm.h5', async () => {
  const uri = toUri(join(examples, 'mail/data/test.csv'));
  const addresses = Array.from({ length: 20 }, (_, at): SampleAddress => ({
    kind: 'record',
    uri,
    record: 20 * at + 1,
  }));
  const right = await rightOf('mail-lstm', addresses);
  assert.ok(right >= 18, `${right} of 20`);
});

test('digits-keras.keras', async () => {
  const addresses = Array.from({ length: 10 }, (_, digit) => {
    const folder = join(examples, 'digits/data/test', String(digit));
    const names = readdirSync(folder).sort().slice(0, 2);
    return names.map((name): SampleAddress => ({ kind: 'file', uri: toUri(join(folder, name)) }));
  }).flat();
  const right = await rightOf('digits-keras', addresses);
  assert.ok(right >= 18, `${right} of 20`);
});
