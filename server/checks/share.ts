/** The share of an explanation's relevance that lies on words, columns or pixels. */
import { UserError } from '../errors';
import { matches, wordsPattern } from './patterns';
import type { Explanation, PixelFeatures } from '../protocol';
import type { Place, Region, RelevanceCheck } from '../workspace/checkTypes';

/** A mask read from its file. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  /** 0–255; from 128 on the pixel is meant. */
  readonly grey: Uint8Array;
}

/**
 * Σ|R| over the features meant, of Σ|R| over all (special tokens included); for `positive` the same of max(R, 0).
 * @returns Null where the sample has no relevance at all, or where the text does not hold what is looked for.
 * @throws UserError `no-text`, `no-columns`, `no-picture`, `region-outside`, `mask-size`.
 */
export function shareOn(
  { features, relevance, sample }: Pick<Explanation, 'features' | 'relevance' | 'sample'>,
  place: Place,
  measure: NonNullable<RelevanceCheck['measure']>,
  mask: Mask | null,
): number | null {
  const meant = meantFeatures(features, place, mask, sample.title);
  if (meant === null) return null;
  let on = 0;
  let all = 0;
  relevance.forEach((value, index) => {
    const weight = measure === 'positive' ? Math.max(value, 0) : Math.abs(value);
    all += weight;
    if (meant(index)) on += weight;
  });
  return all === 0 ? null : on / all;
}

/** What a text has to hold to be measured; null for places that every sample has. */
export function patternOf(place: Place): RegExp | null {
  if (place.words !== undefined) return wordsPattern(place.words);
  return place.pattern === undefined ? null : new RegExp(place.pattern, 'giu');
}

type Meant = (feature: number) => boolean;

function meantFeatures(
  features: Explanation['features'],
  place: Place,
  mask: Mask | null,
  where: string,
): Meant | null {
  const pattern = patternOf(place);
  if (pattern !== null) {
    const texts = textsOf(features);
    if (texts.length === 0) throw wrongPlace('no-text', 'words', 'text', where);
    const meant = new Set<number>();
    let found = false;
    for (const { text, spans } of texts) {
      const ranges = matches(text, pattern);
      found ||= ranges.length > 0;
      for (const [index, span] of spans)
        if (ranges.some(([start, end]) => span[0] < end && span[1] > start)) meant.add(index);
    }
    return found ? (index) => meant.has(index) : null;
  }
  if (place.columns !== undefined) {
    if (features.kind !== 'columns') throw wrongPlace('no-columns', 'columns', 'table rows', where);
    // A column that the row has and the model does not read gets no relevance.
    const names = features.columns.map(({ name }) => name);
    const chosen = place.columns;
    return (index) => chosen.includes(names[index] ?? '');
  }
  if (features.kind !== 'pixels') throw wrongPlace('no-picture', 'a region or mask', 'pictures', where);
  return pixelsMeant(features, place.region ?? null, mask, where);
}

interface Spans {
  readonly text: string;
  /** By feature. */
  readonly spans: readonly (readonly [number, readonly [number, number]])[];
}

/** What was read as text: the sample, or the columns of a row that are. */
function textsOf(features: Explanation['features']): readonly Spans[] {
  if (features.kind === 'tokens')
    return [
      {
        text: features.text,
        spans: features.tokens.flatMap(({ textSpan }, index) =>
          textSpan === null ? [] : [[index, textSpan] as const],
        ),
      },
    ];
  if (features.kind !== 'columns') return [];
  return (features.texts ?? []).map(({ name, text }) => ({
    text,
    spans: features.columns.flatMap((column, index) =>
      column.name === name && column.span !== undefined ? [[index, column.span] as const] : [],
    ),
  }));
}

/** A model pixel is meant when its centre lies on a meant pixel of the file's picture. */
function pixelsMeant(features: PixelFeatures, region: Region | null, mask: Mask | null, where: string): Meant {
  const { width, original, placement } = features;
  const { originX, originY, scaleX, scaleY } = placement;
  if (region !== null && (region.x >= original.width || region.y >= original.height))
    throw new UserError('region-outside', 'The region lies outside the picture.', {
      where,
      next: `The picture has ${original.width} × ${original.height} pixels.`,
    });
  if (mask !== null && (mask.width !== original.width || mask.height !== original.height))
    throw new UserError('mask-size', 'The mask and the picture are not of one size.', {
      where,
      next: `The mask has ${mask.width} × ${mask.height} pixels, the picture ${original.width} × ${original.height}.`,
    });
  return (index) => {
    const x = originX + ((index % width) + 0.5) * scaleX;
    const y = originY + (Math.floor(index / width) + 0.5) * scaleY;
    if (region !== null)
      return x >= region.x && x < region.x + region.width && y >= region.y && y < region.y + region.height;
    if (mask === null || x < 0 || y < 0 || x >= mask.width || y >= mask.height) return false;
    return (mask.grey[Math.floor(y) * mask.width + Math.floor(x)] ?? 0) >= 128;
  };
}

function wrongPlace(code: string, what: string, reads: string, where: string): UserError {
  return new UserError(code, `The check looks at ${what}, and the model does not read ${reads}.`, {
    where,
    next: 'Correct "on": words or pattern for text, columns for tables, region or mask for pictures.',
  });
}
