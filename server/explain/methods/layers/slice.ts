/** A layer as a place to cut the model, f = g ∘ h: its units, its positions, what goes around it. */
import { UserError } from '../../../errors';
import { numbersOf } from '../../../graph/attributes';
import { readsOf } from '../../../graph/builder';
import type { Node, Value } from '../../../graph/types';
import type { Model } from '../../../model/types';
import type { LayerInfo, LayerReport, ParameterDefinition, Parameters, Warning } from '../../../protocol';
import { layerByName, layersOf, wayOf } from '../../layers';

export interface Slice {
  readonly layer: LayerInfo;
  /** Axis of the units (feature maps), batch counted. */
  readonly unitAxis: number;
  /** Values that join behind the layer without having passed through it; none where the layer cuts the graph. */
  readonly bypasses: readonly { readonly value: Value; readonly node: string }[];
  /** Where there are bypasses: the next layer that cuts the graph. */
  readonly cut: LayerInfo | null;
}

export const layerParameter = (which: string): ParameterDefinition => ({
  name: 'layer',
  type: 'layer',
  default: '',
  description: `The layer that is looked at; unless given ${which}`,
});

/** @throws UserError `unknown-layer`, with near names. */
export function sliceOf(model: Model, parameters: Parameters, fallback: (model: Model) => LayerInfo | null): Slice {
  const name = String(parameters['layer'] ?? '');
  const layer = name === '' ? fallback(model) : layerByName(model, name);
  if (layer === null)
    throw new UserError('no-layer', 'The model has no layer between its inputs and its logits', {
      next: 'use a method that looks at the inputs, such as integrated gradients',
    });
  const slices = known.get(model) ?? new Map<Value, Slice>();
  known.set(model, slices);
  const slice = slices.get(layer.value) ?? newSlice(model, layer);
  slices.set(layer.value, slice);
  return slice;
}

const known = new WeakMap<Model, Map<Value, Slice>>();

function newSlice(model: Model, layer: LayerInfo): Slice {
  const bypasses = bypassesOf(model, layer.value);
  const behind = layersOf(model).slice(layersOf(model).findIndex(({ value }) => value === layer.value) + 1);
  const cut = bypasses.length === 0 ? undefined : behind.find(({ value }) => bypassesOf(model, value).length === 0);
  return { layer, unitAxis: unitAxisOf(model, layer.value), bypasses, cut: cut ?? null };
}

const channelsFirst: ReadonlySet<string> = new Set([
  ...['Conv', 'ConvTranspose', 'BatchNormalization', 'InstanceNormalization', 'GroupNormalization', 'MaxPool'],
  ...['AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'LRN', 'Resize'],
]);
const unitsLast: ReadonlySet<string> = new Set(['MatMul', 'Gemm', 'LayerNormalization', 'LSTM', 'GRU', 'RNN']);

/**
 * Where the units are: the second axis behind convolutions and pooling, the last one behind dense and recurrent
 * layers; activations, sums and transpositions are followed back to the layer that made their input.
 */
function unitAxisOf(model: Model, value: Value): number {
  const makers = new Map(model.graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const rankOf = (of: Value): number => model.graph.types.get(of)?.shape?.length ?? 0;
  const rank = rankOf(value);
  const unknown = rank === 3 ? 2 : 1;
  const follow = (at: Value): number | null => {
    const node: Node | undefined = makers.get(at);
    if (node === undefined) return null;
    if (channelsFirst.has(node.op)) return 1;
    if (unitsLast.has(node.op)) return rankOf(at) - 1;
    if (node.op === 'Transpose') {
      const axis = follow(node.inputs[0] ?? '');
      return axis === null ? null : (numbersOf(node, 'perm')?.indexOf(axis) ?? null);
    }
    const source = node.inputs.find((input) => !model.graph.constants.has(input) && rankOf(input) === rankOf(at));
    return source === undefined ? null : follow(source);
  };
  return rank < 3 ? 1 : (follow(value) ?? unknown);
}

/** Values behind the layer that come from the inputs another way: skip connections and parallel branches. */
function bypassesOf(model: Model, layer: Value): Slice['bypasses'] {
  const way = wayOf(model);
  const behind = new Set([layer]);
  const joins: { value: Value; node: string }[] = [];
  for (const node of way.nodes) {
    if (!readsOf(node).some((input) => behind.has(input))) continue;
    node.outputs.forEach((output) => behind.add(output));
    for (const input of new Set(readsOf(node)))
      if (!behind.has(input) && way.reaches(input)) joins.push({ value: input, node: node.name });
  }
  return joins;
}

/** A slice that does not cut the graph speaks only of what passes through it. */
export function bypassed({ layer, bypasses, cut }: Slice): Warning[] {
  if (bypasses.length === 0) return [];
  const named = bypasses.slice(0, 3).map(({ value, node }) => `${value} (joins at ${node})`);
  const more = bypasses.length > 3 ? ` and ${bypasses.length - 3} more` : '';
  return [
    {
      code: 'bypass',
      message: `${layer.value} does not cut the model: ${named.join(', ')}${more} ${bypasses.length === 1 ? 'goes' : 'go'} around it. What flows there is held fixed and gets nothing.`,
      ...(cut === null ? {} : { action: { title: `Take ${cut.value}`, parameters: { layer: cut.value } } }),
    },
  ];
}

/** Units and positions of a layer's value, from its sizes in a run (batch counted). */
export interface Layout {
  readonly units: number;
  /** Sizes of the other axes. */
  readonly positions: readonly number[];
  /** Number of positions. */
  readonly places: number;
  /** Unit and position of an element of one row. */
  unit(element: number): number;
  place(element: number): number;
}

export function layoutOf({ unitAxis }: Pick<Slice, 'unitAxis'>, dims: readonly number[]): Layout {
  const units = dims[unitAxis] ?? 1;
  const positions = dims.filter((_, axis) => axis !== 0 && axis !== unitAxis);
  const inner = dims.slice(unitAxis + 1).reduce((a, b) => a * b, 1);
  return {
    units,
    positions,
    places: positions.reduce((a, b) => a * b, 1),
    unit: (element) => Math.floor(element / inner) % units,
    place: (element) => Math.floor(element / inner / units) * inner + (element % inner),
  };
}

/** Σ over the positions of every unit. */
export function perUnit(layout: Layout, elements: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(layout.units);
  for (let i = 0; i < elements.length; i += 1) {
    const unit = layout.unit(i);
    sums[unit] = (sums[unit] as number) + (elements[i] as number);
  }
  return sums;
}

/** Σ over the units at every position. */
export function perPlace(layout: Layout, elements: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(layout.places);
  for (let i = 0; i < elements.length; i += 1) {
    const place = layout.place(i);
    sums[place] = (sums[place] as number) + (elements[i] as number);
  }
  return sums;
}

/** Units a report holds. */
const REPORTED = 32;

/**
 * @param values One per unit.
 * @param activations One per element of the layer, for this sample.
 */
export function reportOf(
  { layer }: Slice,
  layout: Layout,
  values: ArrayLike<number>,
  activations: ArrayLike<number>,
): LayerReport {
  const sums = perUnit(layout, activations);
  const units = Array.from(values, (value, unit) => ({
    unit,
    value,
    activation: (sums[unit] as number) / layout.places,
  }));
  units.sort((a, b) => Math.abs(b.value) - Math.abs(a.value) || a.unit - b.unit);
  return { layer, units: units.slice(0, REPORTED) };
}
