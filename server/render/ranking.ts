/** The features in order of |relevance|, each with a name a person knows it by. */
import type { ElementFeatures, Explanation, PixelFeatures, SourceSpan } from '../protocol';

export interface RankedFeature {
  /** Index of the feature. */
  readonly feature: number;
  readonly relevance: number;
  /** `“free”`, `age = 39`, `pixel (120, 44)`, `input[0, 3]`: dataset text, not yet made visible. */
  readonly name: string;
  readonly source: SourceSpan | null;
}

/** The `count` strongest; equal ones in the features' own order. Features without any relevance are left out. */
export function ranking(
  { features, relevance }: Pick<Explanation, 'features' | 'relevance'>,
  count: number,
): RankedFeature[] {
  const order = Array.from(relevance.keys()).filter((i) => relevance[i] !== 0);
  order.sort((a, b) => Math.abs(relevance[b] ?? 0) - Math.abs(relevance[a] ?? 0) || a - b);
  return order.slice(0, count).map((feature) => ({
    feature,
    relevance: relevance[feature] ?? 0,
    ...named(features, feature),
  }));
}

/** `“free”`, `age = 39`, `pixel (120, 44)`, `input[0, 3]`: dataset text, not yet made visible. */
export function featureName(features: Explanation['features'], index: number): string {
  return named(features, index).name;
}

function named(features: Explanation['features'], index: number): Pick<RankedFeature, 'name' | 'source'> {
  switch (features.kind) {
    case 'tokens': {
      const token = features.tokens[index];
      const name = token === undefined ? '' : token.special ? token.token : `“${token.text.trim() || token.text}”`;
      return { name, source: token?.source ?? null };
    }
    case 'columns': {
      const column = features.columns[index];
      if (column === undefined) return { name: '', source: null };
      const { name, text, span, source } = column;
      return { name: span === undefined ? `${name} = ${text}` : `${name}: “${text}”`, source };
    }
    case 'pixels': {
      const [x, y] = originalPixel(features, index);
      return { name: `pixel (${x}, ${y})`, source: null };
    }
    case 'elements':
      return { name: elementName(features, index), source: null };
  }
}

/** The original picture's pixel that lies under the centre of a model pixel, 0-based. */
export function originalPixel(features: PixelFeatures, index: number): readonly [number, number] {
  const { originX, originY, scaleX, scaleY } = features.placement;
  const u = index % features.width;
  const v = Math.floor(index / features.width);
  return [Math.floor(originX + (u + 0.5) * scaleX), Math.floor(originY + (v + 0.5) * scaleY)];
}

function elementName(features: ElementFeatures, index: number): string {
  let rest = index;
  for (const { name, shape } of features.inputs) {
    const size = shape.reduce((product, dim) => product * dim, 1);
    if (rest >= size) {
      rest -= size;
      continue;
    }
    const place: number[] = [];
    for (const dim of shape.toReversed()) {
      place.unshift(rest % dim);
      rest = Math.floor(rest / dim);
    }
    return `${name}[${place.join(', ')}]`;
  }
  return '';
}
