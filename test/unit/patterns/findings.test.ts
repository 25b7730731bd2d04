/** What was planted is found: aggregates, rules, unused inputs, groups, unusual samples, the map. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uniform } from '../../../server/random';
import { aggregate, meanHeatmap, median, regionsOf, unitsOf } from '../../../server/patterns/aggregate';
import { analyse } from '../../../server/patterns/analyse';
import { clusterClass } from '../../../server/patterns/clusters';
import { cutsOf } from '../../../server/patterns/conditions';
import { deadInputs } from '../../../server/patterns/dead';
import { placeOnMap } from '../../../server/patterns/map';
import { neighbours } from '../../../server/patterns/neighbours';
import { denseRows, downsized } from '../../../server/patterns/rows';
import { joined, triggerRules } from '../../../server/patterns/rules';
import { flaggedFeatures, unusualSamples } from '../../../server/patterns/unusual';
import { madeOfColumns, madeOfPixels, madeOfWords } from './made';

test('sums, means and counts per word; samples by relevance', () => {
  const explained = madeOfWords([{ a: 1, b: -2 }, { a: 3 }, { b: 0.5, c: 0 }], [0, 0, 1]);
  const found = aggregate(unitsOf(explained), [0, 1, 2], 10);
  assert.deepEqual(
    found.map(({ feature, count, sum, mean, positive, samples }) => [
      feature.name,
      count,
      sum,
      mean,
      positive,
      samples,
    ]),
    [
      ['a', 2, 4, 2, 1, [1, 0]],
      ['c', 1, 0, 0, 0, [2]],
      ['b', 2, -1.5, -0.75, 0.5, [2, 0]],
    ],
  );
  assert.equal(aggregate(unitsOf(explained), [1], 1)[0]?.sum, 3);
});

test('pixels are summed over regions that cover the picture once', () => {
  const side = 10;
  const heatmap = Array.from({ length: side * side }, (_, i) => i);
  const explained = madeOfPixels([heatmap, heatmap.map(() => 1)], side, [0, 0]);
  const regions = regionsOf({ width: side, height: side, block: 1 });
  assert.deepEqual(
    regions.flatMap(({ features }) => features).sort((a, b) => a - b),
    heatmap,
  );
  const units = unitsOf(explained);
  const [first, second] = [0, 1].map((row) =>
    units.rows.values.subarray(row * regions.length, (row + 1) * regions.length),
  );
  assert.equal(
    first?.reduce((a, b) => a + b, 0),
    (99 * 100) / 2,
  );
  // The upper left region of 2 × 2 blocks.
  assert.equal(first[0], 0 + 1 + 10 + 11);
  assert.equal(second?.[0], 4);
  assert.equal(meanHeatmap(explained, [0, 1])?.relevance[5], (5 + 1) / 2);
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.deepEqual([...downsized(explained.relevance, side, side, 5).values.subarray(4)], [1, 1, 1, 1]);
});

test('a rule over columns: the planted threshold, with its support, precision and mistakes', () => {
  const random = uniform(1);
  const values = Array.from({ length: 300 }, () => [Math.round(100 * random()), Math.round(100 * random())]);
  const predicted = values.map(([x = 0]) => (x > 60 ? 1 : 0));
  const gold = predicted.map((own, i) => (i % 10 === 0 ? 0 : own));
  const relevance = values.map(([x = 0]) => (x > 60 ? [2, 0] : [1, 0]));
  const rules = triggerRules(madeOfColumns(['x', 'y'], values, relevance, predicted, gold), 1);
  const [rule] = rules;
  const covered = values.filter(([x = 0]) => x > 60).length;
  assert.equal(rules.length, 1);
  assert.deepEqual(rule?.conditions, [
    {
      kind: 'range',
      column: 'x',
      low: rule?.conditions[0] && 'low' in rule.conditions[0] ? rule.conditions[0].low : NaN,
      high: null,
    },
  ]);
  assert.ok(rule.support >= 0.9 * covered && rule.precision >= 0.95 && rule.recall >= 0.9, JSON.stringify(rule));
  assert.ok(Math.abs(rule.prior - covered / 300) < 1e-9 && Math.abs(rule.relevance - 2) < 1e-6);
  assert.ok(rule.wrong > 0 && rule.wrong <= 30);
});

test('a word that goes along with a class but carries nothing makes no rule', () => {
  const texts = Array.from({ length: 60 }, (_, i) =>
    i % 2 === 0 ? { spam: 1, the: 0, x: 0.1 } : { other: 0.5, x: 0.1 },
  );
  const predicted = texts.map((_, i) => (i % 2 === 0 ? 1 : 0));
  const rules = triggerRules(madeOfWords(texts, predicted), 1);
  assert.deepEqual(
    rules.map(({ conditions, support, precision }) => [conditions, support, precision]),
    [[[{ kind: 'word', word: 'spam' }], 30, 1]],
  );
});

test('bounds of one column join; cuts lie between values', () => {
  assert.deepEqual(
    joined([
      { kind: 'range', column: 'x', low: 1, high: null },
      { kind: 'word', word: 'w' },
      { kind: 'range', column: 'x', low: 0, high: 5 },
    ]),
    [
      { kind: 'range', column: 'x', low: 1, high: 5 },
      { kind: 'word', word: 'w' },
    ],
  );
  assert.deepEqual(cutsOf([3, 1, 1, 2, NaN]), [1.5, 2.5]);
  const many = Array.from({ length: 1000 }, (_, i) => i / 7);
  for (const cut of cutsOf(many)) assert.ok(many.some((value) => value <= cut) && many.some((value) => value > cut));
});

test('inputs without relevance, and words the model cannot tell apart', () => {
  const names = ['used', 'dead'];
  const rows = Array.from({ length: 10 }, (_, i) => [i, i]);
  const columns = deadInputs(
    madeOfColumns(
      names,
      rows,
      rows.map(() => [1, 1e-6]),
      rows.map(() => 0),
    ),
  );
  assert.deepEqual([columns.features, columns.looked], [[{ name: 'dead' }], 2]);
  const texts = Array.from({ length: 6 }, (_, i) => ({ good: 1, silent: 0, [`rare${i}`]: 0 }));
  const words = madeOfWords(
    texts,
    texts.map(() => 0),
  );
  const ids = Int32Array.from(words.names, (name, i) => (name.startsWith('rare') ? 99 : i));
  const found = deadInputs({ ...words, ids });
  assert.deepEqual([found.features, found.unknown?.words, found.unknown?.share], [[{ name: 'silent' }], 6, 1 / 3]);
});

/** Sixty heatmaps: relevance in the middle with noise; the last fifteen in the upper left corner as well. */
function withMark() {
  const random = uniform(4);
  const side = 12;
  const heatmaps = Array.from({ length: 60 }, (_, sample) =>
    Array.from({ length: side * side }, (_, i) => {
      const [x, y] = [i % side, Math.floor(i / side)];
      const middle = Math.hypot(x - 6, y - 6) < 3 ? 1 : 0;
      const corner = sample >= 45 && x < 3 && y < 3 ? 8 : 0;
      return middle + corner + 0.6 * (random() - 0.5);
    }),
  );
  return madeOfPixels(
    heatmaps,
    side,
    heatmaps.map(() => 0),
    heatmaps.map((_, i) => (i >= 45 ? 1 : 0)),
  );
}

test('heatmaps with a mark are a group of their own, named by its place; nobody said how many groups', () => {
  const explained = withMark();
  const all = Array.from({ length: 60 }, (_, i) => i);
  const { clusters, given } = clusterClass(explained, 0, all, { space: 'heatmaps', groups: null, seed: 0 });
  assert.equal(given, false);
  const marked = clusters.filter(({ samples }) => samples.some((sample) => sample >= 45));
  assert.equal(marked.length, 1);
  assert.deepEqual(
    [...(marked[0]?.samples ?? [])].sort((a, b) => a - b),
    all.slice(45),
  );
  assert.equal(marked[0]?.wrong, 15);
  assert.deepEqual(marked[0].features[0]?.feature.region, { x: 0, y: 0, width: 2, height: 2 });
  assert.ok((marked[0].heatmap?.relevance[0] ?? 0) > (marked[0].heatmap?.relevance[11] ?? 1));
  const asked = clusterClass(explained, 0, all, { space: 'heatmaps', groups: 3, seed: 0 });
  assert.deepEqual([asked.given, asked.clusters.length], [true, 3]);
});

test('one sample explained unlike its class; samples dominated by a flagged region or word', () => {
  const explained = withMark();
  const few = { ...explained, ...{ gold: explained.gold } };
  const turned = few.relevance.values.slice();
  for (let i = 0; i < 144; i += 1) turned[i] = i > 120 ? 5 : 0;
  const odd = unusualSamples({ ...few, relevance: { ...few.relevance, values: turned } }, []);
  assert.equal(odd[0]?.sample, 0);
  const shortcut = unusualSamples(explained, ['0,0,3,3']).filter(({ why }) => why === 'shortcut');
  assert.deepEqual(
    shortcut.map(({ sample }) => sample).sort((a, b) => a - b),
    Array.from({ length: 15 }, (_, i) => 45 + i),
  );
  const words = madeOfWords([{ Re: 1, x: 0.2 }, { x: 1 }], [0, 0]);
  const known = flaggedFeatures(words, ['Re', 'nothing', '1,2,3']);
  assert.deepEqual([...known.features], [0]);
  assert.deepEqual(known.absent, ['nothing', '1,2,3'], 'a flag that names nothing lists nothing');
  assert.deepEqual(
    unusualSamples(words, ['nothing']).filter(({ why }) => why === 'shortcut'),
    [],
  );
  assert.deepEqual(flaggedFeatures(explained, ['99,99,2,2']).absent, ['99,99,2,2']);
});

test('the map keeps neighbours together, within 0…1, the same for the same seed', () => {
  const random = uniform(2);
  const points = Float32Array.from(
    { length: 90 * 5 },
    (_, i) => 8 * (Math.floor(i / 150) === i % 5 ? 1 : 0) + random(),
  );
  const found = neighbours(denseRows(points, 5), 10);
  const { x, y } = placeOnMap(found, 3);
  assert.ok([...x, ...y].every((value) => value >= 0 && value <= 1));
  const near = neighbours(
    denseRows(
      Float32Array.from({ length: 180 }, (_, i) => (i % 2 === 0 ? x : y)[i >> 1] ?? 0),
      2,
    ),
    5,
  );
  const together = [...near.indices].filter((other, i) => Math.floor(other / 30) === Math.floor(i / 5 / 30)).length;
  assert.ok(together / near.indices.length > 0.97, String(together / near.indices.length));
  assert.deepEqual(placeOnMap(found, 3).x, x);
  assert.notDeepEqual(placeOnMap(found, 4).x, x);
});

test('all views in one go; only those asked for', () => {
  const wish = {
    cells: [{ gold: 1, predicted: 0, total: 15 }],
    class: null,
    clusters: null,
    flagged: [],
    seed: 0,
  } as const;
  const found = analyse(withMark(), {
    ...wish,
    space: 'heatmaps',
    by: ['features', 'rules', 'dead', 'clusters', 'map', 'unusual'],
  });
  assert.deepEqual(Object.keys(found).sort(), ['clusters', 'dead', 'features', 'map', 'rules', 'unusual']);
  assert.deepEqual(found.features?.[0]?.samples.length, 15);
  assert.equal(
    found.map?.nearest[50]?.every((sample) => sample >= 45),
    true,
  );
  assert.deepEqual(Object.keys(analyse(withMark(), { ...wish, space: 'heatmaps', by: ['dead'] })), ['dead']);
});
