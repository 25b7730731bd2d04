/** Rows in which features have another point's values. */
import type { Feeds } from '../../engine/types';
import type { Tensor } from '../../graph/types';
import { placesOf } from '../places';
import { copy } from '../rows';
import { tensorOf } from '../runs';
import type { MethodContext, Point } from '../types';

export interface Replacer {
  /** The rows hold values of the entries, not of the model's inputs. */
  readonly feedEntries: boolean;
  /** The sample with these features replaced. */
  readonly row: (features: readonly number[]) => Feeds;
}

/** At the model's inputs where the other point has them, else at the entries (a zero embedding). */
export function replacer(context: MethodContext, other: Point): Replacer {
  const { sample, entries } = context;
  const [from, to, places] =
    other.feeds === null
      ? [sample.entries, other.entries, placesOf(entries, sample)]
      : [sample.feeds, other.feeds, sample.featureOf];
  const elements = Object.entries(places).map(([name, place]) => ({ name, ofFeature: invert(place, sample.count) }));
  return {
    feedEntries: other.feeds === null,
    row: (features) =>
      Object.fromEntries(
        elements.map(({ name, ofFeature }) => [
          name,
          replaced(tensorOf(from, name), tensorOf(to, name), features, ofFeature),
        ]),
      ),
  };
}

function replaced(
  x: Tensor,
  other: Tensor,
  features: readonly number[],
  ofFeature: readonly (readonly number[])[],
): Tensor {
  const data = copy(x.data);
  for (const feature of features)
    for (const element of ofFeature[feature] ?? []) (data as unknown[])[element] = other.data[element];
  return { dtype: x.dtype, dims: x.dims, data };
}

/** Elements of every feature. */
function invert(place: Int32Array, count: number): number[][] {
  const elements: number[][] = Array.from({ length: count }, () => []);
  place.forEach((feature, element) => {
    if (feature >= 0) elements[feature]?.push(element);
  });
  return elements;
}
