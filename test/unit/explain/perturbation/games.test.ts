/** Values of games against their definitions, by all orders. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planCoalitions } from '../../../../server/explain/perturbation/coalitions';
import type { Coalition, Game } from '../../../../server/explain/perturbation/game';
import { halves } from '../../../../server/explain/perturbation/halves';
import type { Hierarchy, Part } from '../../../../server/explain/perturbation/halves';
import { ENUMERATED } from '../../../../server/explain/perturbation/least-squares';
import { localFit } from '../../../../server/explain/perturbation/local-fit';
import { owenValues } from '../../../../server/explain/perturbation/owen-values';
import { exactShapley, kernelShap } from '../../../../server/explain/perturbation/shapley';
import { uniform } from '../../../../server/random';

const bitsOf = (one: ArrayLike<number>): number => Array.from(one).reduce((bits, value, i) => bits | (value << i), 0);

/** A game in which every coalition has a score of its own. */
function rough(players: number, seed: number): Game & { asked: number; v(bits: number): number } {
  const next = uniform(seed);
  const table = Float64Array.from({ length: 2 ** players }, () => next());
  const v = (bits: number): number => table[bits] as number;
  const game = {
    players,
    full: v(2 ** players - 1),
    empty: v(0),
    asked: 0,
    v,
    scores(coalitions: readonly Coalition[]) {
      game.asked += coalitions.length;
      return Promise.resolve(Float64Array.from(coalitions, (one) => v(bitsOf(one))));
    },
  };
  return game;
}

function* permutations(items: readonly number[]): Generator<readonly number[]> {
  if (items.length === 0) yield [];
  for (const first of items)
    for (const rest of permutations(items.filter((item) => item !== first))) yield [first, ...rest];
}

/** Orders in which the halves of every part stay together. */
function* nested(hierarchy: Hierarchy, part: Part): Generator<readonly number[]> {
  const two = hierarchy.split(part);
  if (two === null) {
    yield hierarchy.places(part);
    return;
  }
  for (const [first, second] of [two, [two[1], two[0]] as const])
    for (const a of nested(hierarchy, first)) for (const b of nested(hierarchy, second)) yield [...a, ...b];
}

/** Mean of what each player adds, over these orders. */
function meanOver(orders: Iterable<readonly number[]>, game: ReturnType<typeof rough>): number[] {
  const sums = new Array<number>(game.players).fill(0);
  let count = 0;
  for (const order of orders) {
    let bits = 0;
    for (const player of order) {
      sums[player] = (sums[player] as number) + game.v(bits | (1 << player)) - game.v(bits);
      bits |= 1 << player;
    }
    count += 1;
  }
  return sums.map((sum) => sum / count);
}

function near(found: ArrayLike<number>, wanted: readonly number[], tolerance = 1e-9): void {
  wanted.forEach((value, i) => {
    assert.ok(Math.abs((found[i] as number) - value) < tolerance, `${i}: ${found[i]} for ${value}`);
  });
}

test('Shapley values: the mean over all orders, exactly and by regression over all coalitions', async () => {
  for (const players of [1, 2, 5, 6]) {
    const game = rough(players, players);
    const wanted = meanOver(permutations(Array.from({ length: players }, (_, i) => i)), game);
    near((await exactShapley(game)).values, wanted);
    if (players < 3) continue;
    const { values, errors } = await kernelShap(game, 2 ** players, 0, false);
    near(values, wanted);
    assert.ok(
      errors?.every((error) => error === 0),
      'all coalitions: nothing was drawn',
    );
  }
});

test('fewer coalitions: the sum holds, and the errors are what they say', async () => {
  const game = rough(12, 5);
  const { values: wanted } = await exactShapley(game);
  let [inside, all] = [0, 0];
  for (let seed = 0; seed < 30; seed += 1) {
    const { values, errors } = await kernelShap(game, 600, seed, false);
    near([values.reduce((sum, value) => sum + value, 0)], [game.full - game.empty]);
    values.forEach((value, i) => {
      all += 1;
      if (Math.abs(value - (wanted[i] as number)) < 2 * (errors?.[i] ?? 0)) inside += 1;
    });
  }
  // Two standard errors hold 95 of 100; drawing without return and 16 groups leave some play.
  assert.ok(inside / all > 0.85 && inside / all < 1, `${inside} of ${all} within two standard errors`);
});

test('the plan: the sizes that matter most are complete, pairs are drawn, weights are the kernel’s', () => {
  const players = 14;
  const { coalitions, weights, groups } = planCoalitions(players, 1000, 1);
  assert.ok(coalitions.length >= 1000 && coalitions.length <= 1001);
  assert.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-12);
  const sizes = coalitions.map((one) => one.reduce((sum, value) => sum + value, 0));
  const countOf = (size: number): number => sizes.filter((other) => other === size).length;
  assert.deepEqual([countOf(1), countOf(13), countOf(2), countOf(12)], [14, 14, 91, 91]);
  assert.equal(new Set(coalitions.map(bitsOf)).size, coalitions.length);
  const full = 2 ** players - 1;
  const known = new Set(coalitions.map(bitsOf));
  for (const one of coalitions) assert.ok(known.has(full - bitsOf(one)), 'its complement is there');
  // (d − 1) / (s (d − s)) of all of a size, against the size's share.
  const mass = (size: number): number => 13 / (size * (players - size));
  const total = Array.from({ length: 13 }, (_, i) => mass(i + 1)).reduce((sum, value) => sum + value, 0);
  const first = weights.filter((_, row) => sizes[row] === 1).reduce((sum, weight) => sum + weight, 0);
  assert.ok(Math.abs(first - mass(1) / total) < 1e-12);
  const isComplete = (size: number | undefined): boolean => [1, 2, 12, 13].includes(size ?? 0);
  groups.forEach((group, row) => assert.equal(group === ENUMERATED, isComplete(sizes[row])));
});

test('too few coalitions for a value: an error says how many to ask for', async () => {
  await assert.rejects(kernelShap(rough(12, 1), 6, 0, false), /do not settle.*samples=2072/);
});

test('stopping early spares coalitions where the order is clear', async () => {
  const players = 14;
  const game: Game = {
    players,
    full: 2 ** players - 1,
    empty: 0,
    scores: (coalitions) => Promise.resolve(Float64Array.from(coalitions, bitsOf)),
  };
  const { values, spared = 0 } = await kernelShap(game, 4000, 0, true);
  assert.ok(spared > 1000, `${spared} spared`);
  near(
    values,
    Array.from({ length: players }, (_, i) => 2 ** i),
    1e-6,
  );
});

test('Owen values: the mean over all orders that keep halves together', async () => {
  for (const grid of [
    { width: 6, height: 1 },
    { width: 3, height: 2 },
    { width: 1, height: 1 },
  ]) {
    const game = rough(grid.width * grid.height, 9);
    const hierarchy = halves(grid);
    const { values, left } = await owenValues(game, hierarchy, 10_000);
    assert.equal(left, 0);
    near(values, meanOver(nested(hierarchy, hierarchy.root), game));
  }
});

test('Owen values with a budget: it is kept, and the sum holds', async () => {
  const game = rough(12, 2);
  const { values, left } = await owenValues(game, halves({ width: 12, height: 1 }), 31);
  assert.ok(game.asked <= 31 && game.asked >= 29, `${game.asked} evaluations`);
  assert.ok(left > 0);
  near([values.reduce((sum, value) => sum + value, 0)], [game.full - game.empty]);
});

test('a score that does not move: every weight is 0, not a rounding error', () => {
  const coalitions = planCoalitions(6, 62, 0).coalitions;
  const found = localFit(
    coalitions,
    new Float64Array(coalitions.length).fill(0.1 + 0.2),
    coalitions.map((_, i) => 1 / (1 + i)),
    6,
  );
  assert.deepEqual(Array.from(found?.values ?? []), [0, 0, 0, 0, 0, 0]);
  assert.equal(found?.fit, 1);
});
