/** From one explained sample to a row of numbers that can be compared with others: words, columns, blocks of pixels. */
import { UserError } from '../../errors';
import { regionsOf } from '../../patterns/aggregate';
import { rowsFrom, denseRows } from '../../patterns/rows';
import { rowColumns, wordSpan } from '../../protocol/features';
import type { ColumnFeatures, Features, PixelFeatures, TokenFeatures } from '../../protocol';
import type { Explained, HeatmapGrid, InputColumn, Inputs } from '../../patterns/types';

export type Folded = Pick<Explained, 'kind' | 'relevance' | 'names' | 'grid' | 'ids' | 'inputs'>;

export interface Folding {
  /** @param relevance One number per feature. */
  add(features: Features, relevance: Float32Array): void;
  /** All rows so far. */
  end(): Folded;
}

/** Blocks along the longer side of a heatmap that is kept. */
const SIDE = 32;
const MOST_ELEMENTS = 20_000;

/** @throws UserError `too-many-elements`, and from `add` `sizes-differ`. */
export function folding(first: Features): Folding {
  switch (first.kind) {
    case 'tokens':
      return words();
    case 'columns':
      return columns(first);
    case 'pixels':
      return pixels(first);
    case 'elements':
      return elements(first.inputs);
  }
}

/** Tokens of one word together; words lower-cased. */
function words(): Folding {
  const indexOf = new Map<string, number>();
  const ids: number[] = [];
  const rows: ReadonlyMap<number, number>[] = [];
  return {
    add(features, relevance) {
      if (features.kind !== 'tokens') throw differ();
      const row = new Map<number, number>();
      for (const { text, id, sum } of wordsOf(features, relevance)) {
        const word = indexOf.get(text) ?? indexOf.size;
        if (word === indexOf.size) {
          indexOf.set(text, word);
          ids.push(id);
        }
        row.set(word, (row.get(word) ?? 0) + sum);
      }
      rows.push(row);
    },
    end: () => ({
      kind: 'words',
      relevance: rowsFrom(indexOf.size, rows),
      names: [...indexOf.keys()],
      grid: null,
      ids: Int32Array.from(ids),
      inputs: null,
    }),
  };
}

function* wordsOf(
  { tokens, text: whole }: TokenFeatures,
  relevance: Float32Array,
): Generator<{ readonly text: string; readonly id: number; readonly sum: number }> {
  for (let at = 0; at < tokens.length;) {
    const first = tokens[at];
    if (first === undefined || first.special || first.word === null) {
      at += 1;
      continue;
    }
    let [sum, last] = [0, at];
    for (; tokens[last]?.word === first.word && tokens[last]?.special === false; last += 1) sum += relevance[last] ?? 0;
    const span = wordSpan(tokens.slice(at, last));
    const word = (span === null ? '' : whole.slice(...span)).trim().toLowerCase();
    if (word !== '') yield { text: word, id: last - at === 1 ? first.id : -1, sum };
    at = last;
  }
}

/** Words of a text together: what its column as a whole says. Of its value, how many words it has is compared. */
function columns(row: ColumnFeatures): Folding {
  const first = rowColumns(row);
  const width = first.length;
  const relevances: number[] = [];
  const values: number[] = [];
  const texts = new Set(first.flatMap(({ name, words }) => (words === null ? [] : [name])));
  const categories = first.map(({ type }) => (type === 'category' ? new Map<string, number>() : null));
  return {
    add(features, relevance) {
      const all = features.kind === 'columns' ? rowColumns(features) : [];
      if (all.length !== width) throw differ();
      all.forEach(({ value, text, features: own, words }, i) => {
        relevances.push(own.reduce((sum, feature) => sum + (relevance[feature] ?? 0), 0));
        const known = categories[i];
        if (known === null || known === undefined) {
          values.push(words?.tokens.length ?? value ?? NaN);
          return;
        }
        if (!known.has(text)) known.set(text, known.size);
        values.push(known.get(text) ?? 0);
      });
    },
    end: () => ({
      kind: 'columns',
      relevance: denseRows(Float32Array.from(relevances), width),
      names: first.map(({ name }) => name),
      grid: null,
      ids: null,
      inputs: {
        values: Float32Array.from(values),
        columns: first.map(({ name }, feature): InputColumn => {
          const known = categories[feature];
          return known === null || known === undefined
            ? { kind: 'number', name: texts.has(name) ? `words of ${name}` : name, feature }
            : { kind: 'category', name, feature, categories: [...known.keys()] };
        }),
      },
    }),
  };
}

/** Heatmaps summed over blocks, so that the longer side has at most `SIDE`; brightness of coarse regions. */
function pixels({ width, height }: PixelFeatures): Folding {
  const block = Math.max(1, Math.ceil(Math.max(width, height) / SIDE));
  const grid: HeatmapGrid = { width: Math.ceil(width / block), height: Math.ceil(height / block), block };
  const size = grid.width * grid.height;
  const regions = regionsOf(grid);
  const relevances: Float32Array[] = [];
  const bright: number[] = [];
  return {
    add(features, relevance) {
      if (features.kind !== 'pixels' || features.width !== width || features.height !== height) throw differ();
      const row = new Float32Array(size);
      const light = new Float32Array(size);
      for (let y = 0; y < height; y += 1)
        for (let x = 0; x < width; x += 1) {
          const [pixel, to] = [y * width + x, Math.floor(y / block) * grid.width + Math.floor(x / block)];
          row[to] = (row[to] as number) + (relevance[pixel] as number);
          light[to] = (light[to] as number) + luma(features.picture, pixel);
        }
      relevances.push(row);
      for (const region of regions) {
        const sum = region.features.reduce((all, feature) => all + (light[feature] as number), 0);
        const wide = Math.min(region.width, width - region.x);
        const high = Math.min(region.height, height - region.y);
        bright.push(sum / (wide * high));
      }
    },
    end() {
      const all = new Float32Array(size * relevances.length);
      relevances.forEach((row, i) => all.set(row, i * size));
      const inputs: Inputs = {
        values: Float32Array.from(bright),
        columns: regions.map((region) => ({ kind: 'brightness', region })),
      };
      return { kind: 'pixels', relevance: denseRows(all, size), names: [], grid, ids: null, inputs };
    },
  };
}

/** Rec. 709 luma of a pixel of RGBA bytes, 0…1. */
function luma(picture: Uint8ClampedArray, pixel: number): number {
  const at = pixel * 4;
  const [r, g, b] = [picture[at] ?? 0, picture[at + 1] ?? 0, picture[at + 2] ?? 0];
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}

function elements(inputs: readonly { readonly name: string; readonly shape: readonly number[] }[]): Folding {
  const sizes = inputs.map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  const width = sizes.reduce((a, b) => a + b, 0);
  if (width > MOST_ELEMENTS)
    throw new UserError('too-many-elements', `A sample has ${width} elements, which no list can show`, {
      next: `patterns are for tensors of at most ${MOST_ELEMENTS} elements; describe the input as pictures or columns in model-blame.json`,
    });
  const rows: Float32Array[] = [];
  return {
    add(_features, relevance) {
      if (relevance.length !== width) throw differ();
      rows.push(relevance);
    },
    end() {
      const all = new Float32Array(width * rows.length);
      rows.forEach((row, i) => all.set(row, i * width));
      const names = inputs.flatMap(({ name }, i) => Array.from({ length: sizes[i] ?? 0 }, (_, at) => `${name}[${at}]`));
      return { kind: 'elements', relevance: denseRows(all, width), names, grid: null, ids: null, inputs: null };
    },
  };
}

function differ(): UserError {
  return new UserError('sizes-differ', 'The samples of this dataset have inputs of different sizes', {
    next: 'patterns compare place by place: give the model one size in model-blame.json ("resize", "crop")',
  });
}
