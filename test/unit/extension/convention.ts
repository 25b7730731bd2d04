/** Finds the sample in a failure's message, as the extension does, and checks that it is the mail that is misclassified. */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { sightings } from '../../../extension/failures/candidates';
import { toUri } from '../../../server/workspace/uris';
import type { ServerServices } from '../../../server/services';

/** @param file Test file the failure comes from, in examples/tests. */
export async function sampleOf(message: string, services: ServerServices, file: string): Promise<void> {
  const seen = sightings(message);
  const certain = seen.filter((sighting) => sighting.certain);
  const { found, missed } = await services.locate({
    candidates: (certain.length > 0 ? certain : seen).map(({ candidate }) => candidate),
    near: [toUri(resolve(import.meta.dirname, '../../../examples/tests', file))],
  });
  assert.deepEqual(
    found.map(({ name }) => name),
    ['data/test.csv:220'],
    `${message}\n${JSON.stringify(missed)}`,
  );
  const [sample] = found;
  assert.ok(sample !== undefined);
  const { gold, scores } = await services.predict({ address: sample.address, model: null });
  assert.equal(gold?.label, 'ham');
  assert.equal(scores[0]?.label, 'spam');
}
