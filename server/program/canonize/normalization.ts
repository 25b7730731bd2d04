/** Layer norm and RMS norm as exporters write them in primitive operators. */
import { float, int, numberOf } from '../../graph/attributes';
import { readsOf } from '../../graph/builder';
import { f32, numbers, sizeOf } from '../../graph/tensor';
import type { Graph, Node, Tensor, Value } from '../../graph/types';
import { cone, producersOf } from './cone';
import type { Producers } from './cone';

/**
 * d/√(mean d² + ε) · γ + β with d = x − mean x becomes LayerNormalization, where the mean is over the last axes. A
 * norm whose inner values have to stay is left alone.
 */
export function recognizeLayerNorm(graph: Graph, keep: ReadonlySet<Value>): Graph {
  const finder = new NormFinder(graph, keep);
  const replaced = new Map<Node, Node>();
  const constants = new Map(graph.constants);
  const types = new Map(graph.types);
  for (const node of graph.nodes) {
    const norm = finder.normAt(node);
    if (norm === null) continue;
    const [output = ''] = norm.last.outputs;
    const value = (tensor: Tensor, hint: string): Value => {
      const name = `${output}/${hint}`;
      constants.set(name, tensor);
      types.set(name, { dtype: tensor.dtype, shape: tensor.dims });
      return name;
    };
    const size = sizeOf(norm.dims);
    const scale = value(norm.scale ?? f32(new Float32Array(size).fill(1), norm.dims), 'scale');
    const bias = norm.bias === null ? [] : [value(norm.bias, 'bias')];
    replaced.set(norm.last, {
      name: norm.last.name,
      op: 'LayerNormalization',
      domain: '',
      inputs: [norm.x, scale, ...bias],
      outputs: [output],
      attributes: { axis: int(-norm.dims.length), epsilon: float(norm.epsilon) },
    });
  }
  if (replaced.size === 0) return graph;
  return { ...graph, constants, types, nodes: graph.nodes.map((node) => replaced.get(node) ?? node) };
}

interface Norm {
  readonly x: Value;
  readonly epsilon: number;
  /** Sizes of the normalised axes. */
  readonly dims: readonly number[];
  readonly scale: Tensor | null;
  readonly bias: Tensor | null;
  /** The node whose output is the norm's. */
  readonly last: Node;
}

class NormFinder {
  readonly #producers: Producers;
  readonly #consumers = new Map<Value, Node[]>();

  constructor(
    readonly graph: Graph,
    readonly keep: ReadonlySet<Value>,
  ) {
    this.#producers = producersOf(graph.nodes);
    for (const node of graph.nodes)
      for (const input of new Set(readsOf(node))) {
        const known = this.#consumers.get(input);
        if (known === undefined) this.#consumers.set(input, [node]);
        else known.push(node);
      }
  }

  /** @param node The division (or product) by the deviation. */
  normAt(node: Node): Norm | null {
    if (node.op !== 'Div' && node.op !== 'Mul') return null;
    const pairs = node.op === 'Div' ? [[0, 1]] : [[0, 1], [1, 0]]; // prettier-ignore
    for (const [at = 0, by = 1] of pairs) {
      const [d = '', s = ''] = [node.inputs[at], node.inputs[by]];
      const centre = this.#made(d, 'Sub');
      const [x = '', mean = ''] = centre?.inputs ?? [];
      const epsilon = centre === undefined ? null : this.#deviation(s, x, d, node.op === 'Mul');
      const dims = epsilon === null ? null : this.#meanDims(mean, x);
      if (epsilon === null || dims === null || this.keep.has(d) || this.keep.has(s)) continue;
      return this.#affine({ x, epsilon, dims, scale: null, bias: null, last: node });
    }
    return null;
  }

  /** The constant ε where `value` is √(mean d² + ε) (or its reciprocal) over the same axes as the mean of x. */
  #deviation(value: Value, x: Value, d: Value, reciprocal: boolean): number | null {
    const node = this.#producers.get(value);
    if (node === undefined) return null;
    const [first = '', second = ''] = node.inputs;
    if (reciprocal) {
      if (node.op === 'Reciprocal') return this.#deviation(first, x, d, false);
      if (node.op === 'Div' && this.#scalar(first) === 1) return this.#deviation(second, x, d, false);
      return node.op === 'Pow' && this.#scalar(second) === -0.5 ? this.#shifted(first, x, d) : null;
    }
    if (node.op === 'Sqrt' || (node.op === 'Pow' && this.#scalar(second) === 0.5)) return this.#shifted(first, x, d);
    return null;
  }

  /** ε of mean d² + ε. */
  #shifted(value: Value, x: Value, d: Value): number | null {
    const add = this.#made(value, 'Add');
    if (add === undefined) return null;
    const [first = '', second = ''] = add.inputs;
    const [variance, epsilon] =
      this.#scalar(second) === undefined ? [second, this.#scalar(first)] : [first, this.#scalar(second)];
    if (epsilon === undefined || this.#meanDims(variance) === null) return null;
    const square = this.#producers.get(this.#made(variance, 'ReduceMean')?.inputs[0] ?? '');
    // Some exporters subtract the mean twice.
    const centred = (of: Value): boolean => of === d || this.#isCentred(of, x);
    const isSquare =
      (square?.op === 'Mul' && square.inputs.every(centred)) ||
      (square?.op === 'Pow' && centred(square.inputs[0] ?? '') && this.#scalar(square.inputs[1] ?? '') === 2);
    return isSquare ? epsilon : null;
  }

  #isCentred(value: Value, x: Value): boolean {
    const [from, mean = ''] = this.#made(value, 'Sub')?.inputs ?? [];
    return from === x && this.#meanDims(mean, x) !== null;
  }

  /** Sizes of the last axes that a ReduceMean (of `x`) is over; null for anything else. */
  #meanDims(value: Value, x?: Value): readonly number[] | null {
    const node = this.#made(value, 'ReduceMean');
    const of = node?.inputs[0] ?? '';
    const shape = this.graph.types.get(of)?.shape;
    const axes = this.graph.constants.get(node?.inputs[1] ?? '');
    if (node === undefined || (x !== undefined && of !== x) || shape === undefined || axes === undefined) return null;
    if (numberOf(node, 'keepdims', 1) !== 1) return null;
    const rank = shape.length;
    const sorted = numbers(axes).map((axis) => (axis < 0 ? axis + rank : axis)).sort((p, q) => p - q); // prettier-ignore
    const trailing = sorted.every((axis, index) => axis === rank - sorted.length + index);
    const dims = shape.slice(rank - sorted.length);
    return trailing && sorted.length > 0 && dims.every((dim) => typeof dim === 'number') ? dims : null;
  }

  /** Takes the scale and the shift in, where they follow and are constants of the normalised sizes. */
  #affine(norm: Norm): Norm {
    const scaled = this.#next(norm, 'Mul');
    const withScale = scaled === null ? norm : { ...norm, scale: scaled.tensor, last: scaled.node };
    const shifted = this.#next(withScale, 'Add');
    return shifted === null ? withScale : { ...withScale, bias: shifted.tensor, last: shifted.node };
  }

  #next(norm: Norm, op: 'Mul' | 'Add'): { node: Node; tensor: Tensor } | null {
    const [output = ''] = norm.last.outputs;
    const users = this.#consumers.get(output) ?? [];
    const [node] = users;
    if (users.length !== 1 || node?.op !== op || this.keep.has(output) || this.graph.outputs.includes(output))
      return null;
    const tensor = this.graph.constants.get(node.inputs.find((input) => input !== output) ?? '');
    if (tensor?.dtype !== 'float32') return null;
    const size = sizeOf(norm.dims);
    const sizes = tensor.dims.slice(-norm.dims.length);
    const leading = tensor.dims.slice(0, -norm.dims.length);
    const fits = sizes.length === norm.dims.length && sizes.every((dim, index) => dim === norm.dims[index]);
    if (!fits || leading.some((dim) => dim !== 1) || sizeOf(tensor.dims) !== size) return null;
    return { node, tensor: { ...tensor, dims: norm.dims } };
  }

  #made(value: Value, op: string): Node | undefined {
    const node = this.#producers.get(value);
    return node?.op === op && node.domain === '' ? node : undefined;
  }

  #scalar(value: Value): number | undefined {
    const tensor = this.graph.constants.get(value);
    return tensor !== undefined && sizeOf(tensor.dims) === 1 ? numbers(tensor)[0] : undefined;
  }
}

const reductions = new Set(['ReduceMean', 'ReduceSum', 'ReduceSumSquare', 'ReduceL1', 'ReduceL2']);
const roots = new Set(['Sqrt', 'Pow', 'Reciprocal', 'Div', 'ReduceL1', 'ReduceL2']);

/**
 * Products a·s with s = 1/√(mean a² + ε) or another norm of a: RMS norm and its kin. (Divisions by a signal need no
 * mark: a denominator is always held.)
 * @returns The position of s among the product's inputs.
 */
export function deviations(nodes: readonly Node[], graph: Pick<Graph, 'constants'>): Map<Node, number> {
  const producers = producersOf(nodes);
  const found = new Map<Node, number>();
  for (const node of nodes) {
    if (node.op !== 'Mul' || node.inputs[0] === node.inputs[1]) continue;
    for (const [a, s] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const part = cone(node.inputs[s] ?? '', new Set([node.inputs[a] ?? '']), producers, graph.constants, reductions);
      if (part === null || !part.some(({ op }) => reductions.has(op)) || !part.some(({ op }) => roots.has(op)))
        continue;
      found.set(node, s);
      break;
    }
  }
  return found;
}
