/** Counterfactual of a picture: whole pixel values between black and white. */
import { coreOf, gridOf } from '../explain';
import type { Feeds } from '../../engine/types';
import type { FeatureChange, PixelFeatures } from '../../protocol';
import type { Prepared } from '../prepare';
import type { Quest, Reached } from './counterfactual';

export async function pictureCounterfactual({ context, prepared, gold, options }: Quest): Promise<Reached | null> {
  const { encoded, model } = prepared;
  const { features } = encoded;
  const [name] = Object.keys(encoded.featureOf);
  if (features.kind !== 'pixels' || name === undefined) throw new Error('not a picture');
  const [black, white] = [await constant(prepared, 'black', name), await constant(prepared, 'white', name)];
  const low = black.map((value, i) => Math.min(value, white[i] as number));
  const high = black.map((value, i) => Math.max(value, white[i] as number));
  const range = high.map((value, i) => value - (low[i] as number));
  const found = await context.compute.search(
    {
      model: model.source,
      sample: { ...coreOf(prepared), grid: gridOf(features) },
      gold,
      scale: { [name]: range },
      low: { [name]: low },
      high: { [name]: high },
      grid: { [name]: range.map((value) => value / 255) },
    },
    options,
  );
  if (found.feeds === null) return null;
  const byte = (feeds: Feeds, i: number): number =>
    Math.round(
      (255 * (Number(feeds[name]?.data[i]) - (black[i] as number))) / ((white[i] as number) - (black[i] as number)),
    );
  const place = encoded.featureOf[name] as Int32Array;
  return {
    ...painted(
      features,
      place,
      (i) => byte(encoded.feeds, i),
      (i) => byte(found.feeds as Feeds, i),
    ),
    feeds: found.feeds,
    evaluations: found.evaluations,
  };
}

async function constant({ encoder, encoded }: Prepared, id: string, name: string): Promise<Float32Array> {
  const baseline = await encoder.baseline(encoded, id, {});
  const tensor = baseline.kind === 'feeds' ? baseline.feeds[0]?.[name] : undefined;
  if (tensor === undefined) throw new Error(`pictures have no baseline ${id}`);
  return Float32Array.from(tensor.data as ArrayLike<number>);
}

/** Bytes before and after per element, as pixels: the model may read channels in either order. */
function painted(
  features: PixelFeatures,
  place: Int32Array,
  before: (element: number) => number,
  after: (element: number) => number,
): Pick<Reached, 'changes' | 'result'> {
  const { width, height, channels, picture } = features;
  const elements: number[][] = Array.from({ length: width * height }, () => []);
  place.forEach((pixel, element) => elements[pixel]?.push(element));
  const differs = (turn: (channel: number) => number): number =>
    elements.reduce(
      (sum, own, pixel) =>
        sum +
        own.reduce(
          (part, element, c) => part + Math.abs(before(element) - (picture[4 * pixel + turn(c)] as number)),
          0,
        ),
      0,
    );
  const turned = channels === 3 && differs((c) => 2 - c) < differs((c) => c);
  const channelOf = (c: number): number => (turned ? 2 - c : c);
  const result = picture.slice();
  const changes: FeatureChange[] = [];
  elements.forEach((own, pixel) => {
    if (own.every((element) => before(element) === after(element))) return;
    const [from, to] = [new Array<number>(own.length), new Array<number>(own.length)];
    own.forEach((element, c) => {
      from[channelOf(c)] = before(element);
      to[channelOf(c)] = after(element);
    });
    for (let c = 0; c < 3; c += 1) result[4 * pixel + c] = to[channels === 1 ? 0 : c] as number;
    changes.push({
      feature: pixel,
      name: `pixel (${pixel % width}, ${Math.floor(pixel / width)})`,
      from: from.join(', '),
      to: to.join(', '),
    });
  });
  return { changes, result: { kind: 'pixels', width, height, picture: result } };
}
