/** Batch normalisation (and other functions f·x + s per channel) folded into the weights of a linear neighbour. */
import { readsOf } from '../../graph/builder';
import { f32 } from '../../graph/tensor';
import type { Graph, Node, Tensor, Value, ValueType } from '../../graph/types';
import { affineOf, at, batchNormOf, composed, identity } from './affine';
import type { Affine } from './affine';
import { layerOf, pads, scaledInputs, scaledOutputs, shiftedThrough, withPlainBias } from './linear-weights';
import type { Layer } from './linear-weights';

/**
 * Folds what stands behind a Conv, ConvTranspose, Gemm or MatMul: batch normalisation, products and sums with
 * constants per channel; and batch normalisation before one, where nothing is padded or its shift is 0. The result
 * of the graph stays the same up to rounding.
 *
 * Left alone: values in `keep`, results that something else reads too, parameters that are no constants.
 */
export function foldBatchNorm(graph: Graph, keep: ReadonlySet<Value>): Graph {
  return foldBefore(foldBehind(graph, keep), keep);
}

function foldBehind(graph: Graph, keep: ReadonlySet<Value>): Graph {
  const edit = new Edit(graph, keep);
  for (const node of graph.nodes) {
    const layer = layerOf(node, graph);
    if (layer === null) continue;
    const { chain, affine, scales } = chainBehind(layer, edit);
    const last = chain.at(-1);
    if (last === undefined || !scales) continue;
    const bias = layer.bias.map((value, channel) => value * at(affine.factor, channel) + at(affine.shift, channel));
    chain.forEach((gone) => edit.replace(gone, []));
    edit.replace(node, withBias(layer, edit, scaledOutputs(layer, affine), bias, last));
  }
  return edit.result();
}

/** Functions per channel behind a layer, each the only reader of the one before. */
function chainBehind(layer: Layer, edit: Edit): { chain: readonly Node[]; affine: Affine; scales: boolean } {
  const chain: Node[] = [];
  let affine = identity(layer.output.count);
  let scales = false;
  for (let value = layer.node.outputs[0] ?? ''; ;) {
    const next = edit.onlyReader(value);
    const own = next === null ? null : affineOf(next, value, layer.output, edit.graph.constants);
    if (next === null || own === null) return { chain, affine, scales };
    chain.push(next);
    affine = composed(affine, own);
    scales ||= next.op !== 'Add' && next.op !== 'Sub';
    value = next.outputs[0] ?? '';
  }
}

/** The layer with other weights and bias, giving what `last` gave. */
function withBias(layer: Layer, edit: Edit, weights: Tensor, bias: Float64Array, last: Node): readonly Node[] {
  const { node } = layer;
  const [input = ''] = node.inputs;
  const own = [input, edit.constant(`${node.name}/weights`, weights)];
  const shift = { dtype: weights.dtype, dims: [bias.length], data: typed(weights.dtype, bias) } as const;
  const outputs = [last.outputs[0] ?? ''];
  if (node.op !== 'MatMul')
    return [{ ...node, attributes: withPlainBias(layer), inputs: [...own, edit.constant(`${node.name}/bias`, shift)], outputs }]; // prettier-ignore
  if (bias.every((value) => value === 0)) return [{ ...node, inputs: own, outputs }];
  const product = { ...node, inputs: own };
  const addition = {
    ...last,
    op: 'Add',
    attributes: {},
    inputs: [node.outputs[0] ?? '', edit.constant(`${node.name}/bias`, shift)],
  };
  return [product, addition];
}

function foldBefore(graph: Graph, keep: ReadonlySet<Value>): Graph {
  const edit = new Edit(graph, keep);
  for (const norm of graph.nodes) {
    if (norm.op !== 'BatchNormalization' || norm.domain !== '') continue;
    const [output = ''] = norm.outputs;
    const node = edit.onlyReader(output);
    const layer = node === null ? null : layerOf(node, graph);
    if (node === null || layer === null || node.inputs[0] !== output || edit.replaced(node)) continue;
    const dense = node.op === 'Gemm' || node.op === 'MatMul';
    // Channels are axis 1: for a product of matrices only in a table of two axes.
    if (dense && layer.output.rank !== 2) continue;
    const affine = batchNormOf(norm, layer.inputs, graph.constants);
    if (affine === null || (pads(layer) && affine.shift.some((value) => value !== 0))) continue;
    const moved = shiftedThrough(layer, affine);
    const bias = layer.bias.map((value, channel) => value + at(moved, channel));
    const into = { ...layer, node: { ...node, op: dense ? 'Gemm' : node.op, inputs: [norm.inputs[0] ?? '', ...node.inputs.slice(1)] } }; // prettier-ignore
    edit.replace(norm, []);
    edit.replace(node, withBias(into, edit, scaledInputs(layer, affine), bias, node));
  }
  return edit.result();
}

const typed = (dtype: Tensor['dtype'], values: Float64Array): Float32Array | Float64Array =>
  dtype === 'float64' ? values : (f32(values).data as Float32Array);

/** A graph with nodes replaced. */
class Edit {
  readonly #replaced = new Map<Node, readonly Node[]>();
  readonly #constants: Map<Value, Tensor>;
  readonly #types = new Map<Value, ValueType>();
  readonly #readers = new Map<Value, Node[]>();

  constructor(
    readonly graph: Graph,
    readonly keep: ReadonlySet<Value>,
  ) {
    this.#constants = new Map(graph.constants);
    for (const node of graph.nodes)
      for (const input of new Set(readsOf(node))) {
        const known = this.#readers.get(input);
        if (known === undefined) this.#readers.set(input, [node]);
        else known.push(node);
      }
  }

  /** The node that alone reads a value that may go; null where there are several, or it has to stay. */
  onlyReader(value: Value): Node | null {
    const [reader, ...others] = this.#readers.get(value) ?? [];
    if (reader === undefined || others.length > 0) return null;
    if (this.keep.has(value) || this.graph.outputs.includes(value)) return null;
    return reader.inputs.filter((input) => input === value).length === 1 ? reader : null;
  }

  constant(name: string, tensor: Tensor): Value {
    let free = name;
    while (this.#constants.has(free) || this.graph.types.has(free)) free = `${free}_`;
    this.#constants.set(free, tensor);
    this.#types.set(free, { dtype: tensor.dtype, shape: tensor.dims });
    return free;
  }

  replace(node: Node, by: readonly Node[]): void {
    this.#replaced.set(node, by);
  }

  replaced(node: Node): boolean {
    return this.#replaced.has(node);
  }

  result(): Graph {
    if (this.#replaced.size === 0) return this.graph;
    return {
      ...this.graph,
      constants: this.#constants,
      types: new Map([...this.graph.types, ...this.#types]),
      nodes: this.graph.nodes.flatMap((node) => this.#replaced.get(node) ?? [node]),
    };
  }
}
