/** Owen values of a game over a hierarchy, the most weighty parts first. */
import TinyQueue from 'tinyqueue';
import type { Coalition, Game } from './game';
import type { Hierarchy, Part } from './halves';

/** A part that is credited with what it adds to one context. */
interface Open {
  readonly part: Part;
  /** Who is there besides it. */
  readonly context: Coalition;
  readonly without: number;
  readonly with: number;
  readonly weight: number;
  /** Order of making: ties are settled by it. */
  readonly index: number;
}

/** Parts taken apart together, whatever the engine runs at once: the result must not depend on it. */
const TOGETHER = 8;

export interface Owen {
  readonly values: Float64Array;
  /** Parts of more than one place whose value had to be spread evenly. */
  readonly left: number;
}

/** @param budget Evaluations, besides the empty and the full coalition. Two take one part apart in one context. */
export async function owenValues(game: Game, hierarchy: Hierarchy, budget: number): Promise<Owen> {
  const values = new Float64Array(game.players);
  let made = 0;
  const spread = ({ part, ...open }: Open): void => {
    const places = hierarchy.places(part);
    const each = ((open.with - open.without) * open.weight) / places.length;
    for (const place of places) values[place] = (values[place] as number) + each;
  };
  const root = {
    part: hierarchy.root,
    context: new Uint8Array(game.players),
    without: game.empty,
    with: game.full,
    weight: 1,
    index: 0,
  };
  const queue = new TinyQueue<Open>([], (a, b) => {
    const difference = Math.abs(b.with - b.without) * b.weight - Math.abs(a.with - a.without) * a.weight;
    return difference || a.index - b.index;
  });
  queue.push(root);
  let left = budget;
  while (left >= 2) {
    const taken: { readonly open: Open; readonly halves: readonly [Part, Part] }[] = [];
    while (taken.length < TOGETHER && left >= 2) {
      const open = queue.pop();
      if (open === undefined) break;
      const halves = hierarchy.split(open.part);
      if (halves === null) {
        spread(open);
        continue;
      }
      taken.push({ open, halves });
      left -= 2;
    }
    if (taken.length === 0) break;
    const contexts = taken.map(({ open, halves }) =>
      halves.map((half) => joined(open.context, hierarchy.places(half))),
    );
    const scores = await game.scores(contexts.flat());
    taken.forEach(({ open, halves: [a, b] }, i) => {
      const [onlyA, onlyB] = contexts[i] as [Coalition, Coalition];
      const [withA, withB] = [scores[2 * i] as number, scores[2 * i + 1] as number];
      const half = (part: Part, context: Coalition, without: number, and: number): void => {
        made += 1;
        queue.push({ part, context, without, with: and, weight: open.weight / 2, index: made });
      };
      half(a, open.context, open.without, withA);
      half(a, onlyB, withB, open.with);
      half(b, open.context, open.without, withB);
      half(b, onlyA, withA, open.with);
    });
  }
  let whole = 0;
  for (let open = queue.pop(); open !== undefined; open = queue.pop()) {
    if (open.part.width * open.part.height > 1) whole += 1;
    spread(open);
  }
  return { values, left: whole };
}

function joined(context: Coalition, places: readonly number[]): Coalition {
  const one = Uint8Array.from(context);
  for (const place of places) one[place] = 1;
  return one;
}
