/**
 * What was planted in the examples is found without being told: the watermark of the digits, the word that only ham has,
 * the column that is known after the outcome. Data are made by `node examples/prepare.mjs`.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { after, test } from 'node:test';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PNG } from 'pngjs';
import { localCompute } from '../../../server/compute/local';
import type { PatternsRequest, PatternsResponse } from '../../../server/protocol';
import { createServices } from '../../../server/services';
import { toPath, toUri } from '../../../server/workspace/uris';

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));
const services = createServices({ folders: [examples], compute: localCompute() });
after(() => services.dispose());
const skip = existsSync(join(examples, 'mail/data/test.csv'))
  ? false
  : 'the examples’ data are not there: node examples/prepare.mjs';

function ask(uris: readonly string[], change: Partial<PatternsRequest>): Promise<PatternsResponse> {
  const wish = { model: null, by: ['features'], cell: null, class: null, method: null, parameters: {} } as const;
  return services.patterns({ uris, ...wish, ...change });
}

const pictures = (): string[] => {
  const root = join(examples, 'digits/data/watermark');
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.png'));
  return names.sort().map((name) => toUri(join(root, name)));
};
const table = (name: string): string[] => [toUri(join(examples, name))];

/** The mark is white pixels of a small “A” in the upper left corner, as `examples/digits/prepare.mjs` draws it. */
function isMarked({ address }: PatternsResponse['samples'][number]): boolean {
  if (address.kind !== 'file') throw new Error('a picture is a file');
  const { data, width } = PNG.sync.read(readFileSync(toPath(address.uri)));
  const white = (x: number, y: number): boolean => data[(y * width + x) * 4] === 255;
  return white(2, 1) && white(1, 2) && white(3, 2) && white(1, 3) && white(2, 3) && white(3, 3);
}

test('the watermark leads the aggregate of every digit taken for an 8', { skip }, async () => {
  const { features } = await ask(pictures(), { method: 'lrp' });
  const taken = (features ?? []).filter(({ predicted }) => predicted === 8);
  assert.ok(taken.length >= 8, `${taken.length} cells`);
  for (const { features: ranked } of taken) {
    const [first, second] = ranked;
    assert.deepEqual(first?.feature.region, { x: 0, y: 0, width: 4, height: 4 });
    assert.ok(first.sum > 1.3 * (second?.sum ?? Infinity));
  }
});

test('heatmaps of the 8s fall into two groups, those with the mark and those without', { skip }, async (context) => {
  const answer = await ask(pictures(), { by: ['clusters'], class: 8, target: 'gold' });
  const clusters = answer.clusters?.[0]?.clusters ?? [];
  assert.equal(answer.clusters?.[0]?.given, false);
  const right = clusters.map(({ samples }) => {
    const marked = samples.filter((sample) => isMarked(answer.samples[sample] as never)).length;
    return Math.max(marked, samples.length - marked);
  });
  const purity = right.reduce((sum, own) => sum + own, 0) / answer.samples.length;
  context.diagnostic(
    `${clusters.map(({ samples }) => samples.length).join(' + ')} samples, purity ${purity.toFixed(3)}`,
  );
  assert.equal(clusters.length, 2);
  assert.ok(purity >= 0.97, String(purity));
  const [marked] = clusters.filter(({ samples }) => isMarked(answer.samples[samples[0] ?? 0] as never));
  assert.deepEqual(marked?.features[0]?.feature.region, { x: 0, y: 0, width: 4, height: 4 });
  assert.equal(marked.wrong, 0);
});

test('the rule for 8 is light in the corner, and most it is said of is no 8', { skip }, async () => {
  const { rules } = await ask(pictures(), { by: ['rules'], class: 8, most: 500 });
  const [first] = rules ?? [];
  const [condition] = first?.conditions ?? [];
  assert.ok(condition?.kind === 'brightness' && condition.low !== null);
  assert.deepEqual(condition.region, { x: 0, y: 0, width: 4, height: 4 });
  assert.ok((first?.precision ?? 0) > 0.85 && (first?.wrong ?? 0) > 0.5 * (first?.support ?? 1));
});

test('“wrote” leads the spam that is taken for ham', { skip }, async () => {
  const cell = { gold: 'spam', predicted: 'ham' };
  for (const method of ['integrated-gradients', 'gradient-x-input']) {
    const { features, cell: found } = await ask(table('mail/data/test.csv'), { cell, method });
    assert.deepEqual(found, { gold: 1, predicted: 0 });
    assert.equal(features?.[0]?.features[0]?.feature.name, 'wrote', method);
  }
});

test(
  'the leaking column leads the loans taken for paid back, makes the rules, and is no unused input',
  { skip },
  async () => {
    const answer = await ask(table('table/data/test.csv'), {
      by: ['features', 'rules', 'dead'],
      method: 'integrated-gradients',
    });
    const missed = answer.features?.find(({ gold, predicted }) => gold === 1 && predicted === 0);
    assert.equal(missed?.features[0]?.feature.name, 'reminders_sent');
    const rule = answer.rules?.find(({ class: own }) => own === 1);
    assert.deepEqual(rule?.conditions, [{ kind: 'range', column: 'reminders_sent', low: 0.5, high: null }]);
    // Counted in the file, not by us: every row with a reminder, and the share of all that are predicted “yes”.
    const rows = readFileSync(join(examples, 'table/data/test.csv'), 'utf8').trim().split('\n').slice(1);
    assert.equal(rule.support, rows.filter((row) => Number(row.split(',')[8]) > 0).length);
    assert.deepEqual(answer.dead?.features, []);
  },
);

test('asked twice, nothing is explained again', { skip }, async () => {
  const wish = { by: ['dead'], method: 'integrated-gradients' } as const;
  const first = await ask(table('table/data/test.csv'), wish);
  const explained: string[] = [];
  const again = await services.patterns(
    { uris: table('table/data/test.csv'), model: null, cell: null, class: null, parameters: {}, ...wish },
    { progress: (_done, _total, message) => explained.push(message) },
  );
  assert.deepEqual(again.dead, first.dead);
  assert.ok(!explained.includes('Predicting'));
});
