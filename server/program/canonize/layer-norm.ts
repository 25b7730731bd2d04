/** Layer norm as exporters write it in primitive operators. */
import { float, int } from '../../graph/attributes';
import { readsOf } from '../../graph/builder';
import { f32, numbers, sizeOf } from '../../graph/tensor';
import type { Graph, Node, Tensor, Value } from '../../graph/types';
import { gaussian } from '../../random';
import { elementwise, producersOf } from './cone';
import type { Producers } from './cone';
import { evaluateRow, layouts, reductions, rowsOf } from './rows';
import type { Rows } from './rows';

/** Nodes of a norm with its scale and shift are few; a larger subgraph is something else. */
const MOST_NODES = 28;

/** Largest difference of two forms of one norm, for |y| > 1 over |y|. */
const TOLERANCE = 1e-6;

interface Norm {
  readonly x: Value;
  readonly epsilon: number;
  readonly rows: Rows;
  readonly scale: Tensor;
  /** Null where it is 0 everywhere. */
  readonly bias: Tensor | null;
  /** The nodes between x and the result, the last one among them. */
  readonly nodes: ReadonlySet<Node>;
}

/**
 * Each subgraph that computes (x − mean x)/√(var x + ε) · γ + β over the last axes of x becomes LayerNormalization. It
 * is known by what it computes, not by how it is written: the variance may be mean (x − mean x)² or mean x² − (mean x)²,
 * γ may come before the product with x or after it. A norm whose inner values have to stay is left alone.
 */
export function recognizeLayerNorm(graph: Graph, keep: ReadonlySet<Value>): Graph {
  const finder = finderOf(graph);
  const replaced = new Map<Node, Node>();
  const constants = new Map(graph.constants);
  const types = new Map(graph.types);
  const covered = new Set<Node>();
  for (const node of graph.nodes.toReversed()) {
    const norm = covered.has(node) ? null : finder.normAt(node, keep);
    if (norm === null) continue;
    norm.nodes.forEach((inner) => covered.add(inner));
    const [output = ''] = node.outputs;
    const value = (tensor: Tensor, hint: string): Value => {
      const name = `${output}/${hint}`;
      constants.set(name, tensor);
      types.set(name, { dtype: tensor.dtype, shape: tensor.dims });
      return name;
    };
    const bias = norm.bias === null ? [] : [value(norm.bias, 'bias')];
    replaced.set(node, {
      name: node.name,
      op: 'LayerNormalization',
      domain: '',
      inputs: [norm.x, value(norm.scale, 'scale'), ...bias],
      outputs: [output],
      attributes: { axis: int(-norm.rows.dims.length), epsilon: float(norm.epsilon) },
    });
  }
  if (replaced.size === 0) return graph;
  return { ...graph, constants, types, nodes: graph.nodes.map((node) => replaced.get(node) ?? node) };
}

const finders = new WeakMap<Graph, NormFinder>();

/** One for each graph: a model's norms are fitted once, for all the programs that are compiled from it. */
function finderOf(graph: Graph): NormFinder {
  const finder = finders.get(graph) ?? new NormFinder(graph);
  finders.set(graph, finder);
  return finder;
}

class NormFinder {
  readonly #producers: Producers;
  readonly #consumers = new Map<Value, Node[]>();
  readonly #known = new Map<Node, Norm | null>();

  constructor(readonly graph: Graph) {
    this.#producers = producersOf(graph.nodes);
    for (const node of graph.nodes)
      for (const input of new Set(readsOf(node))) {
        const known = this.#consumers.get(input);
        if (known === undefined) this.#consumers.set(input, [node]);
        else known.push(node);
      }
  }

  /** @param node The last node of a norm, its product or sum with constants among them. */
  normAt(node: Node, keep: ReadonlySet<Value>): Norm | null {
    const norm = this.#matchAt(node);
    // What follows a norm that others read too stays outside.
    const read = (value: Value): boolean =>
      this.graph.outputs.includes(value) ||
      (this.#consumers.get(value) ?? []).some((user) => norm?.nodes.has(user) === false);
    const inner = [...(norm?.nodes ?? [])].filter((each) => each !== node);
    if (inner.some(({ outputs }) => outputs.some((value) => keep.has(value)))) return null;
    return inner.some((each) => each.outputs.some(read) && this.#matchAt(each) !== null) ? null : norm;
  }

  #matchAt(node: Node): Norm | null {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    const norm = this.#found(node);
    this.#known.set(node, norm);
    return norm;
  }

  #found(node: Node): Norm | null {
    if (node.domain !== '' || !['Add', 'Sub', 'Mul', 'Div'].includes(node.op)) return null;
    const [output = ''] = node.outputs;
    const type = this.graph.types.get(output);
    if (type?.dtype !== 'float32' || type.shape === undefined) return null;
    const below = this.#below(output);
    const reduction = below.find(({ op }) => reductions.has(op));
    const rows = reduction === undefined ? null : rowsOf(reduction, this.graph);
    if (rows?.rank !== type.shape.length || sizeOf(rows.dims) < 2) return null;
    const { shape } = type;
    const values = new Set(below.flatMap(({ inputs }) => inputs));
    const wide = [...values].filter((value) => {
      const own = this.graph.constants.has(value) ? undefined : this.graph.types.get(value)?.shape;
      return own?.length === shape.length && own.every((dim, axis) => dim === shape[axis]);
    });
    const candidates = wide.map((x) => ({ x, nodes: this.#between(output, x) })).filter(({ nodes }) => nodes !== null);
    // x − mean x has the same norm as x: the value furthest down is the input.
    candidates.sort((p, q) => (q.nodes?.size ?? 0) - (p.nodes?.size ?? 0));
    for (const { x, nodes } of candidates) {
      if (nodes === null || ![...nodes].some(({ op }) => reductions.has(op))) continue;
      const norm = this.#fit(output, x, rows, nodes);
      if (norm !== null) return norm;
    }
    return null;
  }

  /** Nodes that a value is computed with, nearest first, as far as a norm may reach. */
  #below(value: Value): readonly Node[] {
    const found = new Set<Node>();
    const queue = [value];
    for (let next = queue.shift(); next !== undefined && found.size <= MOST_NODES; next = queue.shift()) {
      const node = this.#producers.get(next);
      if (node === undefined || !isPart(node) || found.has(node)) continue;
      found.add(node);
      queue.push(...signals(node));
    }
    return [...found];
  }

  /** The nodes between x and a value; null where anything else but constants goes into it. */
  #between(value: Value, x: Value): ReadonlySet<Node> | null {
    const found = new Set<Node>();
    const queue = [value];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (next === x || next === '' || this.graph.constants.has(next)) continue;
      const node = this.#producers.get(next);
      if (node === undefined || !isPart(node) || found.size > MOST_NODES) return null;
      if (found.has(node)) continue;
      found.add(node);
      queue.push(...signals(node));
    }
    return found;
  }

  /** γ, β and ε from what comes out for a few rows; null where no norm gives that for all of them. */
  #fit(output: Value, x: Value, rows: Rows, nodes: ReadonlySet<Node>): Norm | null {
    const size = sizeOf(rows.dims);
    const results: (readonly number[])[] = [];
    const inputs = probes(size);
    for (const row of inputs) {
      const y = evaluateRow(output, x, row, rows, this.#producers, this.graph);
      if (y?.length !== size || !y.every(Number.isFinite)) return null;
      results.push(y);
    }
    for (const epsilon of this.#epsilons(nodes)) {
      const affine = affineBetween(inputs.map((row) => standardized(row, epsilon)), results); // prettier-ignore
      if (affine === null) continue;
      const tensor = (values: readonly number[]): Tensor => f32(Float32Array.from(values), rows.dims);
      const bias = affine.bias.every((value) => Math.abs(value) < TOLERANCE) ? null : tensor(affine.bias);
      return { x, epsilon, rows, scale: tensor(affine.scale), bias, nodes };
    }
    return null;
  }

  /** Small constants among the nodes, largest first: where ε may be 1e-12, 0 would do as well. */
  #epsilons(nodes: ReadonlySet<Node>): readonly number[] {
    const scalars = [...nodes].flatMap(({ inputs }) => inputs).map((input) => this.graph.constants.get(input));
    const small = scalars
      .filter((tensor) => tensor?.dtype === 'float32' && sizeOf(tensor.dims) === 1)
      .map((tensor) => numbers(tensor as Tensor)[0] as number)
      .filter((value) => value > 0 && value < 0.5);
    return [...new Set([...small.sort((p, q) => q - p), 0])];
  }
}

const isPart = ({ op, domain }: Node): boolean =>
  domain === '' && (elementwise.has(op) || reductions.has(op) || layouts.has(op));

/** Inputs that carry values; axes and shapes do not. */
const signals = ({ op, inputs }: Node): readonly Value[] =>
  reductions.has(op) || layouts.has(op) ? inputs.slice(0, 1) : inputs;

/** Rows of several spreads, so that ε shows, with opposites among them, so that γ does. */
function probes(size: number): readonly (readonly number[])[] {
  const next = gaussian(7);
  const row = (spread: number, centre: number): number[] =>
    Array.from({ length: size }, () => centre + spread * next());
  const first = row(1, 0.3);
  return [first, first.map((value) => 0.7 - 1.3 * value), row(3, -2), row(0.05, 0.2), row(2e-4, 0.01)];
}

function standardized(row: readonly number[], epsilon: number): readonly number[] {
  const mean = row.reduce((sum, x) => sum + x, 0) / row.length;
  const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / row.length;
  return row.map((x) => (x - mean) / Math.sqrt(variance + epsilon));
}

/** γ and β with y = γ n + β for all rows; null where there are none. */
function affineBetween(
  n: readonly (readonly number[])[],
  y: readonly (readonly number[])[],
): { readonly scale: readonly number[]; readonly bias: readonly number[] } | null {
  const scale: number[] = [];
  const bias: number[] = [];
  for (let at = 0; at < (n[0]?.length ?? 0); at += 1) {
    const [own, result] = [n.map((row) => row[at] as number), y.map((row) => row[at] as number)];
    const [low, high] = [own.indexOf(Math.min(...own)), own.indexOf(Math.max(...own))];
    const apart = (own[high] as number) - (own[low] as number);
    const factor = ((result[high] as number) - (result[low] as number)) / apart;
    const shift = (result[high] as number) - factor * (own[high] as number);
    const fits = result.every((value, row) =>
      Math.abs(factor * (own[row] as number) + shift - value) < TOLERANCE * Math.max(1, Math.abs(value))); // prettier-ignore
    if (!fits || apart < 1e-3) return null;
    scale.push(factor);
    bias.push(shift);
  }
  return { scale, bias };
}
