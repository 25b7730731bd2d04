/** Counterfactual of plain tensors: any numbers, within the range of the model's dataset where one is known. */
import { coreOf } from '../explain';
import { populationOf } from '../population';
import { datasetsOf } from '../population/source';
import { UserError } from '../../errors';
import type { Tensor } from '../../graph/types';
import type { FeatureChange } from '../../protocol';
import type { Quest, Reached } from './counterfactual';

/** Samples the ranges are taken from. */
const RANGE_OVER = 500;

export async function numbersCounterfactual(quest: Quest): Promise<Reached | null> {
  const { context, prepared, gold, options } = quest;
  const { encoded, model } = prepared;
  const inputs = Object.keys(encoded.featureOf);
  const other = inputs.find((name) => encoded.feeds[name]?.dtype !== 'float32');
  if (other !== undefined)
    throw new UserError(
      'no-counterfactual',
      `The input "${other}" holds no float32 numbers that could be changed a little.`,
      {
        next: 'Use blame with donors instead.',
      },
    );
  const ranges = await rangesOf(quest, inputs);
  const found = await context.compute.search(
    { model: model.source, sample: { ...coreOf(prepared), grid: null }, gold, ...ranges },
    options,
  );
  if (found.feeds === null) return null;
  const changes: FeatureChange[] = [];
  const values: Record<string, Float32Array> = {};
  for (const name of inputs) {
    const [before, after] = [encoded.feeds[name] as Tensor, found.feeds[name] as Tensor];
    values[name] = after.data as Float32Array;
    encoded.featureOf[name]?.forEach((feature, i) => {
      if (before.data[i] === after.data[i]) return;
      changes.push({
        feature,
        name: `${name}[${placeOf(i, before.dims)}]`,
        from: Number(before.data[i]).toPrecision(6),
        to: Number(after.data[i]).toPrecision(6),
      });
    });
  }
  return { changes, result: { kind: 'elements', values }, feeds: found.feeds, evaluations: found.evaluations };
}

type Ranges = Readonly<Record<'scale' | 'low' | 'high' | 'grid', Record<string, Float32Array>>>;

/** Unit of change: the standard deviation; bounds: smallest and largest value seen. Without a dataset 1 and none. */
async function rangesOf({ context, prepared, options }: Quest, inputs: readonly string[]): Promise<Ranges> {
  const { encoded, model } = prepared;
  const known = datasetsOf(model.chosen).length > 0;
  const members = known ? (await populationOf(context, model, { count: RANGE_OVER, seed: 0 }, options)).members : [];
  const ranges: Ranges = { scale: {}, low: {}, high: {}, grid: {} };
  for (const name of inputs) {
    const own = encoded.feeds[name] as Tensor;
    const same = members.flatMap(({ feeds }) => (feeds[name]?.dims.join() === own.dims.join() ? [feeds[name]] : []));
    const column = (i: number): number[] => same.map(({ data }) => Number(data[i]));
    const size = own.data.length;
    const fill = (value: (i: number, values: readonly number[]) => number): Float32Array =>
      Float32Array.from({ length: size }, (_, i) => value(i, column(i)));
    ranges.scale[name] = fill((_, values) => (values.length === 0 ? 1 : deviation(values)));
    ranges.low[name] = fill((i, values) =>
      values.length === 0 ? -Infinity : Math.min(Number(own.data[i]), ...values),
    );
    ranges.high[name] = fill((i, values) =>
      values.length === 0 ? Infinity : Math.max(Number(own.data[i]), ...values),
    );
    ranges.grid[name] = new Float32Array(size);
  }
  return ranges;
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

function placeOf(index: number, dims: readonly number[]): string {
  let rest = index;
  const place = dims.toReversed().map((size) => {
    const at = rest % size;
    rest = Math.floor(rest / size);
    return at;
  });
  return place.reverse().join(', ');
}
