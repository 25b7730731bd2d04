/** Shapley values of a game: exactly for few players, by regression over coalitions for more. */
import { UserError } from '../../errors';
import { choose, planCoalitions } from './coalitions';
import type { Plan } from './coalitions';
import type { Coalition, Game } from './game';
import { jackknife, weightedFit } from './least-squares';

export interface Shapley {
  readonly values: Float64Array;
  /** Standard errors; undefined where the values are exact. */
  readonly errors?: Float64Array;
  /** Coalitions that were not needed for the order to settle. */
  readonly spared?: number;
}

/** Up to so many players every coalition is scored. */
export const EXACT = 10;

/** `φ_i = Σ_{S ∌ i} |S|! (d − |S| − 1)! / d! (v(S ∪ i) − v(S))` (Shapley 1953). */
export async function exactShapley(game: Game): Promise<Shapley> {
  const d = game.players;
  const coalitions = Array.from({ length: 2 ** d }, (_, bits) =>
    Uint8Array.from({ length: d }, (_unused, i) => (bits >> i) & 1),
  );
  const scores = await game.scores(coalitions.slice(1, -1));
  const v = (bits: number): number =>
    bits === 0 ? game.empty : bits === 2 ** d - 1 ? game.full : (scores[bits - 1] as number);
  const values = Float64Array.from({ length: d }, (_, i) => {
    let sum = 0;
    for (let bits = 0; bits < 2 ** d; bits += 1) {
      if ((bits >> i) & 1) continue;
      const size = (coalitions[bits] as Coalition).reduce((all, one) => all + one, 0);
      sum += (v(bits | (1 << i)) - v(bits)) / (d * choose(d - 1, size));
    }
    return sum;
  });
  return { values };
}

/** Coalitions between two looks at the order. */
const LOOK = 256;
/** Strongest pieces whose order has to stay, and for how many looks. */
const STRONGEST = 5;
const STAYS = 3;

/**
 * The regression of Kernel SHAP under Σ φ = v(N) − v(∅), solved exactly by leaving the last player out.
 * @param early Stop once the five strongest keep their order for three looks.
 * @throws UserError `too-few-samples` where the coalitions do not settle all values.
 */
export async function kernelShap(game: Game, budget: number, seed: number, early: boolean): Promise<Shapley> {
  const plan = planCoalitions(game.players, budget, seed);
  const scores = new Float64Array(plan.coalitions.length);
  const firstDrawn = plan.groups.findIndex((group) => group >= 0);
  let done = 0;
  let order = '';
  let stayed = 0;
  while (done < scores.length) {
    const until = early ? Math.min(scores.length, Math.max(done + LOOK, firstDrawn)) : scores.length;
    scores.set(await game.scores(plan.coalitions.slice(done, until)), done);
    done = until;
    if (!early || done === scores.length) break;
    const values = fit(game, plan, scores, done)?.values;
    const now = values === undefined ? '' : strongest(values);
    stayed = now !== '' && now === order ? stayed + 1 : 0;
    order = now;
    if (stayed === STAYS) break;
  }
  const found = fit(game, plan, scores, done);
  if (found === null)
    throw new UserError('too-few-samples', `${budget} coalitions do not settle the values of ${game.players} pieces`, {
      next: `ask for more: --option samples=${2 * game.players + 2048}`,
    });
  return { ...found, spared: scores.length - done };
}

function strongest(values: Float64Array): string {
  return Array.from(values.keys())
    .sort((a, b) => Math.abs(values[b] as number) - Math.abs(values[a] as number))
    .slice(0, STRONGEST)
    .join();
}

/** Over the first `count` coalitions: those drawn are made up for those that are not there yet. */
function fit(game: Game, { coalitions, weights, groups }: Plan, scores: Float64Array, count: number): Shapley | null {
  const last = game.players - 1;
  const difference = game.full - game.empty;
  const isDrawn = (row: number): boolean => (groups[row] as number) >= 0;
  const mass = (to: number): number =>
    weights.slice(0, to).reduce((sum, weight, row) => sum + (isDrawn(row) ? weight : 0), 0);
  const grown = count === coalitions.length ? 1 : mass(coalitions.length) / mass(count);
  const member = (row: number, player: number): number => coalitions[row]?.[player] as number;
  const found = weightedFit({
    columns: last,
    count,
    x: (row, column) => member(row, column) - member(row, last),
    y: (row) => (scores[row] as number) - game.empty - member(row, last) * difference,
    weight: (row) => (weights[row] as number) * (isDrawn(row) ? grown : 1),
    group: (row) => groups[row] as number,
  });
  if (found === null) return null;
  // The last one is what the others leave.
  const whole = (coefficients: Float64Array): Float64Array =>
    Float64Array.of(...coefficients, difference - coefficients.reduce((total, value) => total + value, 0));
  return {
    values: whole(found.coefficients),
    errors: jackknife(found.replicates.map(whole), game.players),
  };
}
