/** Explained samples made by hand. */
import { denseRows, rowsFrom } from '../../../server/patterns/rows';
import type { Explained } from '../../../server/patterns/types';

const common = (predicted: readonly number[], gold: readonly number[]) => ({
  classes: 1 + Math.max(...predicted, ...gold),
  predicted: Int32Array.from(predicted),
  own: Int32Array.from(predicted),
  gold: Int32Array.from(gold),
  probability: new Float32Array(predicted.length).fill(0.9),
  activations: null,
});

/** @param texts Relevance by word, one record per sample. */
export function madeOfWords(
  texts: readonly Readonly<Record<string, number>>[],
  predicted: readonly number[],
  gold: readonly number[] = predicted,
): Explained {
  const names = [...new Set(texts.flatMap((text) => Object.keys(text)))];
  const rows = texts.map((text) => new Map(Object.entries(text).map(([word, value]) => [names.indexOf(word), value])));
  return {
    ...common(predicted, gold),
    kind: 'words',
    relevance: rowsFrom(names.length, rows),
    names,
    grid: null,
    ids: Int32Array.from(names, (_, i) => i),
    inputs: null,
  };
}

/** Square heatmaps of `side × side` blocks of one pixel, with nothing to make rules from. */
export function madeOfPixels(
  heatmaps: readonly (readonly number[])[],
  side: number,
  predicted: readonly number[],
  gold: readonly number[] = predicted,
): Explained {
  return {
    ...common(predicted, gold),
    kind: 'pixels',
    relevance: denseRows(Float32Array.from(heatmaps.flat()), side * side),
    names: [],
    grid: { width: side, height: side, block: 1 },
    ids: null,
    inputs: null,
  };
}

/** Rows of numbers (`amount`, …); the relevance is given. */
export function madeOfColumns(
  names: readonly string[],
  values: readonly (readonly number[])[],
  relevance: readonly (readonly number[])[],
  predicted: readonly number[],
  gold: readonly number[] = predicted,
): Explained {
  return {
    ...common(predicted, gold),
    kind: 'columns',
    relevance: denseRows(Float32Array.from(relevance.flat()), names.length),
    names,
    grid: null,
    ids: null,
    inputs: {
      values: Float32Array.from(values.flat()),
      columns: names.map((name, feature) => ({ kind: 'number', name, feature })),
    },
  };
}
