/** Models that predict at every position of a sequence: which one is meant, and what the classes are called. */
import { UserError } from '../errors';
import { POSITION } from '../compute/types';
import type { PositionTop } from '../compute/types';
import type { Feeds } from '../engine/types';
import type { EncodedSample } from '../input/types';
import type { PositionPrediction, Positions, TokenFeatures } from '../protocol';
import type { LoadedModel } from './load';

/** The model predicts tokens: as many classes as its embedding has rows. */
export function predictsTokens({ summary }: LoadedModel): boolean {
  const { classes, positions } = summary.output;
  return positions && classes !== null && summary.entries.some(({ rows }) => rows === classes);
}

/** A model of language names its classes by the tokens of its vocabulary, unless somebody named them otherwise. */
export function withTokenLabels(model: LoadedModel, vocabulary: readonly string[]): LoadedModel {
  const { classes } = model.summary.output;
  if (!model.labelsArePlaceholders || classes === null || vocabulary.length === 0) return model;
  // Tables are often padded to a round size: rows without a token keep their number.
  const labels = Array.from({ length: classes }, (_, id) => vocabulary[id] ?? `token ${id}`);
  return { ...model, labels, labelsArePlaceholders: false };
}

/**
 * @param everywhere What the model says at every place along its output.
 * @param asked 0-based feature (token), or text of the sample; undefined for the default.
 * @throws UserError `no-such-position`.
 */
export function choosePosition(
  model: LoadedModel,
  encoded: EncodedSample,
  everywhere: readonly PositionTop[],
  asked: number | string | undefined,
): Positions {
  const all = predictions(model, encoded, everywhere);
  const at = (feature: number): number => all.findIndex((one) => one.feature === feature);
  if (asked === undefined) return { ...byDefault(model, encoded, all), all };
  const index = at(typeof asked === 'number' ? asked : featureAt(encoded, asked, predictsTokens(model)));
  if (index >= 0) return { chosen: index, because: null, all };
  throw new UserError('no-such-position', `there is no position ${typeof asked === 'number' ? asked + 1 : asked}`, {
    next: `choose one from 1 to ${all.length}`,
  });
}

/** Feed of the chosen place. */
export function positionFeed({ all, chosen }: Positions): Feeds {
  return placeFeed(all[chosen]?.place ?? 0);
}

/** @param place 0-based, along the model's output. */
export function placeFeed(place: number): Feeds {
  return { [POSITION]: { dtype: 'int64', dims: [], data: BigInt64Array.of(BigInt(place)) } };
}

/** Places that belong to a feature, or all of them where places are no features. */
function predictions(
  { labels }: LoadedModel,
  { featureOf }: EncodedSample,
  everywhere: readonly PositionTop[],
): readonly PositionPrediction[] {
  const features = Object.values(featureOf).find((places) => places.length === everywhere.length);
  return everywhere.flatMap(({ class: index, probability }, place) => {
    const feature = features === undefined ? place : (features[place] as number);
    if (feature < 0) return [];
    return [{ place, feature, class: index, label: labels[index] ?? `class ${index}`, probability }];
  });
}

/**
 * Tags: the surest position that is not of the commonest class (an entity among `O`s), among words. Tokens: the mask
 * where the text has one, else the last token, after which the next one is predicted.
 */
function byDefault(
  model: LoadedModel,
  { features, fixed }: EncodedSample,
  all: readonly PositionPrediction[],
): Omit<Positions, 'all'> {
  const place = (one: PositionPrediction | undefined): number => (one === undefined ? 0 : all.indexOf(one));
  if (predictsTokens(model)) {
    const tokens = features.kind === 'tokens' ? features.tokens : [];
    const mask = all.find(({ feature }) => /^[[<]mask[\]>]$/i.test(tokens[feature]?.token ?? ''));
    if (mask !== undefined) return { chosen: place(mask), because: 'the masked token' };
    return { chosen: all.length - 1, because: 'the last token: what comes next' };
  }
  const words = all.filter(({ feature }) => !fixed.has(feature));
  const pool = words.length > 0 ? words : all;
  const counts = new Map<number, number>();
  for (const one of pool) counts.set(one.class, (counts.get(one.class) ?? 0) + 1);
  const [[common] = [0]] = [...counts].sort(([, a], [, b]) => b - a);
  const rare = pool.filter((one) => one.class !== common);
  const sure = (rare.length > 0 ? rare : pool).reduce((best, one) => (one.probability > best.probability ? one : best));
  const what = rare.length > 0 ? `the surest prediction other than ${pool.find((one) => one.class === common)?.label ?? ''}` : 'the surest prediction'; // prettier-ignore
  return { chosen: place(sure), because: what };
}

/** The first token of a text within the sample's (the last one for models that go on from there). */
function featureAt({ features }: EncodedSample, wanted: string, last: boolean): number {
  if (features.kind !== 'tokens')
    throw new UserError('no-such-position', 'positions of this input have numbers only', {
      where: wanted,
      next: 'give a number from 1',
    });
  const found = occurrences(features, wanted, last);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const numbers = found.map((feature) => feature + 1);
  throw new UserError(
    'no-such-position',
    found.length === 0 ? 'the text that was read has no such words' : `the words are in the text ${found.length} times`,
    {
      where: JSON.stringify(wanted),
      next:
        found.length === 0
          ? 'give words of the text, or a token’s number from 1'
          : `give a token’s number: ${numbers.join(', ')}`,
    },
  );
}

function occurrences({ text, tokens }: TokenFeatures, wanted: string, last: boolean): readonly number[] {
  const found = new Set<number>();
  for (let from = text.indexOf(wanted); wanted !== '' && from >= 0; from = text.indexOf(wanted, from + 1)) {
    const to = from + wanted.length;
    const inside = tokens.flatMap(({ textSpan }, index) =>
      textSpan !== null && textSpan[0] < to && textSpan[1] > from ? [index] : [],
    );
    const feature = last ? inside.at(-1) : inside[0];
    if (feature !== undefined) found.add(feature);
  }
  return [...found];
}
