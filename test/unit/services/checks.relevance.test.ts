/** Checks of relevance explain many samples in a few requests: with the numbers of one by one, and nothing twice. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shareOn } from '../../../server/checks/share';
import { localCompute } from '../../../server/compute/local';
import { createServices } from '../../../server/services';
import { toUri } from '../../../server/workspace/uris';
import { makeWorkspace } from '../../protocol/models';
import type { Compute } from '../../../server/compute/types';
import type { CheckResult, Parameters, TargetRequest } from '../../../server/protocol';
import type { ServerServices } from '../../../server/services';

const folder = makeWorkspace();
after(() => rmSync(folder, { recursive: true, force: true }));
const cache = join(folder, 'cache');
const file = join(folder, 'x.modelcheck.json');
const row = (i: number): string => `${1 + ((i * 7) % 20)},${(i * 11) % 30},${i},${i % 2 === 0 ? 'yes' : 'no'}`;
const writeRows = (count: number, name = 'loans.csv'): void =>
  writeFileSync(join(folder, name), `a,b,c,label\n${Array.from({ length: count }, (_, i) => row(i)).join('\n')}\n`);
writeRows(40);
// Typical values come from here: a row more in the other file does not change them.
writeRows(25, 'train.csv');
const workspace = join(folder, 'model-blame.json');
const written = JSON.parse(readFileSync(workspace, 'utf8')) as { readonly datasets: readonly object[] };
const train = { files: 'train.csv', model: 'loans', label: 'label', role: 'train' };
writeFileSync(workspace, JSON.stringify({ ...written, datasets: [...written.datasets, train] }));

interface Counted {
  readonly services: ServerServices;
  /** Samples explained, together and alone. */
  readonly counts: { together: number; alone: number };
}

/** A process of its own as far as caches in memory go. */
function process(): Counted {
  const compute = localCompute();
  const counts = { together: 0, alone: 0 };
  const counting: Compute = {
    ...compute,
    relevances: (request, options) => {
      counts.together += request.rows.length;
      return compute.relevances(request, options);
    },
    attribute: (request, options) => {
      counts.alone += 1;
      return compute.attribute(request, options);
    },
  };
  return { services: createServices({ folders: [folder], compute: counting, cacheFolder: cache }), counts };
}

const on = { columns: ['a'] };

/** Mean share on column a; also the samples, the bound being out of reach. */
function check({ services }: Counted, more: object = {}): Promise<CheckResult> {
  const one = { name: 'n', kind: 'relevance', model: 'loans', dataset: 'loans.csv', on, atLeast: 1, samples: 500 };
  writeFileSync(file, JSON.stringify({ checks: [{ ...one, ...more }] }));
  return services.check({ uri: toUri(file), name: 'n' });
}

interface Asked {
  readonly method?: string;
  readonly target?: TargetRequest;
  readonly baseline?: string;
  readonly parameters?: Parameters;
}

/** Mean of the same share, every row explained by itself. */
async function oneByOne({ services }: Counted, rows: number, asked: Asked): Promise<number> {
  let sum = 0;
  for (let record = 1; record <= rows; record += 1) {
    const explanation = await services.explain({
      address: { kind: 'record', uri: toUri(join(folder, 'loans.csv')), record },
      model: 'loans',
      method: null,
      target: { kind: 'predicted' },
      baseline: null,
      parameters: {},
      ...asked,
    });
    sum += shareOn(explanation, on, 'absolute', null) ?? Number.NaN;
  }
  return sum / rows;
}

test('the numbers of one by one, to the last digit; another method, target or baseline is not taken for it', async () => {
  const one = process();
  const values: (number | null | undefined)[] = [];
  for (const [config, asked] of [
    [{}, {}],
    [{ method: 'occlusion' }, { method: 'occlusion' }],
    [{ target: 'class 0' }, { target: { kind: 'class', class: 0 } }],
    [{ baseline: 'zero' }, { baseline: 'zero' }],
    [{ parameters: { steps: 3 } }, { parameters: { steps: 3 } }],
    // Compares with other rows: explained alone.
    [{ method: 'deepshap' }, { method: 'deepshap' }],
  ] as const satisfies readonly (readonly [object, Asked])[]) {
    const result = await check(one, config);
    assert.equal(result.measured?.count, 40, result.message);
    assert.equal(result.measured.value, await oneByOne(one, 40, asked), JSON.stringify(config));
    values.push(result.measured.value);
  }
  assert.notEqual(values[0], values[3]);
  // Class 0 of a row that is predicted so anyway, 2·a − b ≤ 0, is the same question.
  const same = Array.from({ length: 40 }, (_, i) => row(i).split(',').map(Number)).filter(
    ([a = 0, b = 0]) => 2 * a <= b,
  );
  assert.equal(one.counts.together, 5 * 40 - same.length);
  await one.services.dispose();
});

test('an earlier process explained it: nothing again, and one row for a row that is new', async () => {
  const again = process();
  const before = await check(again);
  assert.deepEqual(again.counts, { together: 0, alone: 0 });
  await again.services.dispose();
  writeRows(41);
  const more = process();
  const after = await check(more);
  assert.deepEqual(more.counts, { together: 1, alone: 0 });
  assert.equal(after.measured?.count, 41);
  assert.notEqual(after.measured.value, before.measured?.value);
  await more.services.dispose();
});

test('a model that is rewritten is explained anew', async () => {
  const model = join(folder, 'loans.onnx');
  const bytes = readFileSync(model);
  // 2·a − 1·b becomes 2·a − 4·b.
  const at = bytes.indexOf(Buffer.from(Float32Array.of(2, -1, 0).buffer));
  bytes.writeFloatLE(-4, at + 4);
  writeFileSync(model, bytes);
  const one = process();
  const result = await check(one);
  assert.equal(one.counts.together, 41);
  assert.equal(result.measured?.value, await oneByOne(one, 41, {}));
  await one.services.dispose();
});

test('a faulty wish is an error of the check', async () => {
  const one = process();
  for (const [config, message] of [
    [{ method: 'none' }, /no method "none"/],
    [{ target: 'maybe' }, /no class "maybe"/],
    [{ baseline: 'noon' }, /no baseline "noon"/],
    [{ parameters: { steps: -1 } }, /steps/],
  ] as const) {
    const result = await check(one, config);
    assert.equal(result.outcome, 'errored');
    assert.match(result.message, message);
    assert.ok(result.next);
  }
  await one.services.dispose();
});
