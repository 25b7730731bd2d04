/** The experiment behind an order of blame: replace the first k features, for k = 1, 2, …, and predict each time. */
import type { Feeds } from '../../engine/types';
import type { Tensor, Value } from '../../graph/types';
import { placesOf } from '../places';
import { copy } from '../rows';
import { chunks, forwardRows, newMeter, tensorOf } from '../runs';
import { probabilities } from '../scores';
import type { MethodContext } from '../types';

/** What takes the place of removed features. */
export type Substitute =
  | { readonly kind: 'feeds'; readonly feeds: Feeds }
  | { readonly kind: 'zero-entries' }
  | { readonly kind: 'negated-entries' };

export interface RemovalRun {
  readonly substitute: Substitute;
  /** Features, first removed first. Special tokens and features that do not exist are never changed. */
  readonly order: readonly number[];
  /** After how many features to predict, each from 1 to `order.length`; after every one where left out. */
  readonly counts?: readonly number[];
}

/**
 * @returns For each run and k = 1 … order.length (or each of `counts`) the probabilities with the first k features
 *   replaced. Several rows go into one pass; a row is only built when its pass comes, so memory is bounded by one pass.
 */
export async function removeInOrder(context: MethodContext, runs: readonly RemovalRun[]): Promise<number[][][]> {
  const meter = newMeter();
  const results: number[][][] = runs.map(() => []);
  for (const feedEntries of [false, true]) {
    const rows = runs.flatMap((run, index) =>
      (run.substitute.kind === 'feeds') === feedEntries
        ? []
        : (run.counts ?? run.order.map((_, step) => step + 1)).map((count) => ({ run, index, count })),
    );
    const makers = new Map<RemovalRun, (features: readonly number[]) => Feeds>();
    let done = 0;
    for (const chunk of chunks(rows, context.chunk)) {
      context.progress(done, rows.length, 'Removing in order');
      const feeds = chunk.map(({ run, count }) => {
        const make = makers.get(run) ?? replacing(context, run.substitute);
        makers.set(run, make);
        return make(run.order.slice(0, count));
      });
      const logits = await forwardRows(context, meter, feeds, feedEntries);
      chunk.forEach(({ index }, row) =>
        results[index]?.push(probabilities(logits[row] as Float32Array, context.model.output)),
      );
      done += chunk.length;
    }
  }
  return results;
}

/** The sample with some features replaced: as model inputs, or as entry values where no input can say it. */
function replacing(context: MethodContext, substitute: Substitute): (features: readonly number[]) => Feeds {
  const { sample, entries } = context;
  const atInputs = substitute.kind === 'feeds';
  const [from, places] = atInputs ? [sample.feeds, sample.featureOf] : [sample.entries, placesOf(entries, sample)];
  const elements = Object.entries(places).map(([name, place]) => ({ name, of: elementsOf(place, sample.count) }));
  return (features) =>
    Object.fromEntries(
      elements.map(({ name, of }) => {
        const x = tensorOf(from, name);
        const changed = features.flatMap((feature) => (sample.fixed.has(feature) ? [] : (of[feature] ?? [])));
        return [
          name,
          replaced(x, changed, atInputs ? valuesOf(substitute.feeds, name, x) : computed(x, substitute.kind)),
        ];
      }),
    );
}

function valuesOf(feeds: Feeds, name: Value, x: Tensor): (element: number) => number | bigint | string {
  const other = tensorOf(feeds, name);
  if (other.data.length !== x.data.length) throw new Error(`${name}: a replacement of another shape`);
  return (element) => other.data[element] as number | bigint | string;
}

function computed(x: Tensor, kind: 'zero-entries' | 'negated-entries'): (element: number) => number {
  return kind === 'zero-entries' ? () => 0 : (element) => -Number(x.data[element]);
}

function replaced(
  x: Tensor,
  elements: readonly number[],
  value: (element: number) => number | bigint | string,
): Tensor {
  const data = copy(x.data);
  for (const element of elements) (data as unknown[])[element] = value(element);
  return { dtype: x.dtype, dims: x.dims, data };
}

/** Elements of every feature. */
export function elementsOf(place: Int32Array, count: number): number[][] {
  const elements: number[][] = Array.from({ length: count }, () => []);
  place.forEach((feature, element) => {
    if (feature >= 0) elements[feature]?.push(element);
  });
  return elements;
}
