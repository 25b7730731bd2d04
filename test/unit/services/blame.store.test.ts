import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readdirSync, writeFileSync } from 'node:fs';
import { checkParams } from '../../../server/lsp/params';
import { cacheFolder, storedPrior, storePrior } from '../../../server/services/blame/prior-store';
import { scratch } from './fakes';

const files = scratch();
const before = process.env['MODEL_BLAME_CACHE'];
process.env['MODEL_BLAME_CACHE'] = join(files.root, 'cache');
after(() => {
  if (before === undefined) delete process.env['MODEL_BLAME_CACHE'];
  else process.env['MODEL_BLAME_CACHE'] = before;
  files.remove();
});

test('a stored prior comes back as it was; of another model, broken or changed by hand it does not', async () => {
  const source = { dataset: 'd.csv', role: 'train', samples: 3, total: 9 } as const;
  const prior = { probabilities: [0.25, 0.75], source };
  assert.equal(await storedPrior('key', 2), null);
  await storePrior('key', prior);
  assert.deepEqual(await storedPrior('key', 2), prior);
  assert.equal(await storedPrior('key', 3), null, 'another number of classes');
  assert.equal(await storedPrior('other', 2), null);
  const folder = join(cacheFolder(), 'priors');
  assert.deepEqual(readdirSync(folder), ['key.json'], 'no drafts are left');
  for (const broken of [
    '',
    'null',
    '{"probabilities":[2,-1],"source":null}',
    '{"probabilities":["0.5",0.5],"source":null}',
  ]) {
    writeFileSync(join(folder, 'key.json'), broken);
    assert.equal(await storedPrior('key', 2), null, broken);
  }
});

test('requests from an editor: what fits is let through, what does not is refused', () => {
  const address = { kind: 'file', uri: 'file:///a.png' };
  const blame = {
    address,
    model: null,
    method: null,
    parameters: {},
    replacement: 'donor',
    baseline: null,
    remove: 10,
  };
  assert.deepEqual(checkParams('blame', blame), blame);
  assert.deepEqual(checkParams('blame', { ...blame, replacement: null, gold: 3 }), {
    ...blame,
    replacement: null,
    gold: 3,
  });
  for (const change of [{ remove: 0 }, { replacement: 'magic' }, { gold: {} }, { donors: -1 }, { address: null }])
    assert.throws(() => checkParams('blame', { ...blame, ...change }), /Invalid parameters/, JSON.stringify(change));
  const counterfactual = { address, model: null, gold: '4', most: null };
  assert.deepEqual(checkParams('counterfactual', counterfactual), counterfactual);
  assert.throws(() => checkParams('counterfactual', { ...counterfactual, most: 0 }), /Invalid parameters/);
  const { address: _, ...many } = blame;
  assert.throws(() => checkParams('flips', { ...many, uris: [] }), /Invalid parameters/);
  assert.ok(checkParams('flips', { ...many, uris: ['file:///a.png'] }));
});
