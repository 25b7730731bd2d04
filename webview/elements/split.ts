/** Relevance of plain tensors, input by input. Pure. */
import type { ElementFeatures } from '../../server/protocol/features';
import type { BarRow } from '../result/bar-row';

export interface InputRelevance {
  readonly name: string;
  readonly shape: readonly number[];
  readonly relevance: Float32Array | null;
}

/** Cuts the relevance, which lists all inputs one after another, at the inputs' ends. */
export function splitInputs(features: ElementFeatures, relevance: Float32Array | null): InputRelevance[] {
  let from = 0;
  return features.inputs.map(({ name, shape }) => {
    const length = shape.reduce((product, dimension) => product * dimension, 1);
    const part = relevance?.subarray(from, from + length) ?? null;
    from += length;
    return { name, shape, relevance: part };
  });
}

/** Rows × columns a tensor is drawn in: its last dimension runs along the row. */
export function gridOf(shape: readonly number[]): { readonly rows: number; readonly columns: number } {
  const columns = shape[shape.length - 1] ?? 1;
  const rows = shape.slice(0, -1).reduce((product, dimension) => product * dimension, 1);
  return { rows, columns };
}

/** `x[2, 14]` for a row-major index; a leading dimension of 1, the batch, is left out. */
export function elementName(name: string, shape: readonly number[], index: number): string {
  const place: number[] = [];
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1;
    place.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  const shownPlace = shape.length > 1 && shape[0] === 1 ? place.slice(1) : place;
  return `${name}[${shownPlace.join(', ')}]`;
}

/** The `count` elements of largest |relevance|, strongest first. */
export function strongest(features: ElementFeatures, relevance: Float32Array, count: number): BarRow[] {
  const order = Uint32Array.from(relevance.keys()).sort(
    (a, b) => Math.abs(relevance[b] ?? 0) - Math.abs(relevance[a] ?? 0),
  );
  const inputs = splitInputs(features, relevance);
  return Array.from(order.subarray(0, count), (index) => {
    let offset = index;
    let at = 0;
    while (at < inputs.length - 1 && offset >= (inputs[at]?.relevance?.length ?? 0)) {
      offset -= inputs[at]?.relevance?.length ?? 0;
      at += 1;
    }
    const input = inputs[at];
    return {
      name: input === undefined ? String(index) : elementName(input.name, input.shape, offset),
      detail: '',
      relevance: relevance[index] ?? 0,
      dim: false,
      source: null,
      features: [index],
    };
  });
}
