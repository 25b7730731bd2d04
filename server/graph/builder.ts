/** Builds Graphs: adds nodes and constants with fresh names, on top of an existing Graph or from nothing. */
import { inferNode } from './infer';
import { f32, i64, sizeOf } from './tensor';
import type { Attribute, DType, Dim, Graph, Node, Tensor, Value, ValueType } from './types';

export class GraphBuilder {
  readonly #nodes: Node[];
  readonly #constants: Map<Value, Tensor>;
  readonly #types: Map<Value, ValueType>;
  readonly #inputs: Value[];
  readonly #names: Set<string>;
  readonly #shared = new Map<string, Value>();
  #scope = '';

  /** @param base Graph to add to; its nodes, inputs and constants are kept. */
  constructor(
    readonly name: string,
    base?: Graph,
  ) {
    this.#nodes = [...(base?.nodes ?? [])];
    this.#constants = new Map(base?.constants);
    this.#types = new Map(base?.types);
    this.#inputs = [...(base?.inputs ?? [])];
    this.#names = new Set([
      ...this.#types.keys(),
      ...this.#constants.keys(),
      ...this.#nodes.flatMap((node) => [node.name, ...node.outputs]),
    ]);
  }

  /** Prefix of names made from here on: the forward node a backward node belongs to. */
  scope(prefix: string): void {
    this.#scope = prefix === '' ? '' : `${prefix}/`;
  }

  input(name: Value, dtype: DType, shape: readonly Dim[]): Value {
    this.#claim(name);
    this.#inputs.push(name);
    this.#types.set(name, { dtype, shape });
    return name;
  }

  /** A constant; small ones with equal content share one value. */
  constant(tensor: Tensor, hint = 'constant'): Value {
    const key =
      tensor.dtype !== 'string' && sizeOf(tensor.dims) <= 16
        ? `${tensor.dtype}[${tensor.dims.join()}]${tensor.data.join()}`
        : undefined;
    const known = key === undefined ? undefined : this.#shared.get(key);
    if (known !== undefined) return known;
    const name = this.#fresh(hint);
    this.#constants.set(name, tensor);
    this.#types.set(name, { dtype: tensor.dtype, shape: tensor.dims });
    if (key !== undefined) this.#shared.set(key, name);
    return name;
  }

  /** float32 scalar constant. */
  scalar(value: number): Value {
    return this.constant(f32(value), 'scalar');
  }

  /** int64 vector constant. */
  indices(values: readonly number[]): Value {
    return this.constant(i64(values), 'indices');
  }

  /** Adds a node with one output. */
  op(op: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}, hint = op): Value {
    return this.ops(op, inputs, 1, attributes, hint)[0] as Value;
  }

  /** Adds a node with several outputs; infers their types where the operator says how. */
  ops(
    op: string,
    inputs: readonly Value[],
    outputs: number,
    attributes: Readonly<Record<string, Attribute>> = {},
    hint = op,
    domain = '',
  ): Value[] {
    const node: Node = {
      name: this.#fresh(`${hint}_node`),
      op,
      domain,
      inputs,
      outputs: Array.from({ length: outputs }, () => this.#fresh(hint)),
      attributes,
    };
    this.add(node);
    return [...node.outputs];
  }

  /** Adds a node as it is; its output names must be new. */
  add(node: Node): void {
    this.#nodes.push(node);
    for (const output of node.outputs) this.#names.add(output);
    this.#names.add(node.name);
    const types = inferNode(node, this.#types, this.#constants);
    node.outputs.forEach((output, index) => {
      const type = types[index];
      if (type !== undefined && output !== '') this.#types.set(output, type);
    });
  }

  /** Declares a type that inference cannot know. */
  declare(value: Value, type: ValueType): void {
    this.#types.set(value, type);
  }

  type(value: Value): ValueType | undefined {
    return this.#types.get(value);
  }

  /** Types of all values so far. */
  types(): ReadonlyMap<Value, ValueType> {
    return this.#types;
  }

  constantOf(value: Value): Tensor | undefined {
    return this.#constants.get(value);
  }

  /** Gives a value a public name. */
  rename(value: Value, name: Value): Value {
    this.#claim(name);
    this.add({
      name: this.#fresh(`${name}_out`),
      op: 'Identity',
      domain: '',
      inputs: [value],
      outputs: [name],
      attributes: {},
    });
    return name;
  }

  /** The finished Graph: nodes, constants and inputs that no output needs are left out (inputs only if `prune` says so). */
  build(outputs: readonly Value[], prune: { readonly inputs: boolean } = { inputs: true }): Graph {
    const needed = new Set<Value>(outputs);
    const nodes: Node[] = [];
    for (let index = this.#nodes.length - 1; index >= 0; index -= 1) {
      const node = this.#nodes[index] as Node;
      if (!node.outputs.some((output) => needed.has(output))) continue;
      nodes.push(node);
      for (const value of readsOf(node)) needed.add(value);
    }
    nodes.reverse();
    const kept = (value: Value): boolean => needed.has(value);
    const inputs = prune.inputs ? this.#inputs.filter(kept) : [...this.#inputs];
    const made = new Set([...inputs, ...nodes.flatMap((node) => node.outputs)]);
    return {
      name: this.name,
      inputs,
      outputs: [...outputs],
      nodes,
      constants: new Map([...this.#constants].filter(([value]) => kept(value))),
      types: new Map([...this.#types].filter(([value]) => kept(value) || made.has(value))),
    };
  }

  #fresh(hint: string): string {
    const base = `${this.#scope}${hint}`;
    let name = base;
    for (let count = 1; this.#names.has(name); count += 1) name = `${base}.${count}`;
    this.#names.add(name);
    return name;
  }

  #claim(name: string): void {
    if (this.#names.has(name)) throw new Error(`value ${name} exists already`);
    this.#names.add(name);
  }
}

/** Every value a node reads: its inputs, and what its subgraphs see of the Graph around them. */
export function readsOf(node: Node): Value[] {
  return [...node.inputs, ...outerValues(node)];
}

/** Values of the surrounding Graph that a node's subgraphs (Scan bodies) read. */
export function outerValues(node: Node): Value[] {
  return Object.values(node.attributes).flatMap((attribute) =>
    attribute.type === 'graph' ? freeValues(attribute.value) : [],
  );
}

function freeValues(graph: Graph): Value[] {
  const bound = new Set([...graph.inputs, ...graph.constants.keys(), ...graph.nodes.flatMap((node) => node.outputs)]);
  const used = [...graph.outputs, ...graph.nodes.flatMap(readsOf)];
  return [...new Set(used.filter((value) => value !== '' && !bound.has(value)))];
}
