/** From a file's graph to the canonical operator set: lowers node by node, folds constants, inlines functions. */
import { UserError } from '../errors';
import { GraphBuilder } from '../graph/builder';
import { knownTensor } from '../graph/infer';
import { operatorOf } from '../graph/operators';
import type { LocalFunction, OnnxFile } from '../graph/onnx/read';
import { REFERENCE } from '../graph/onnx/read';
import { allocate, numbers, sizeOf } from '../graph/tensor';
import type { Attribute, Graph, Node, Tensor, Value, ValueType } from '../graph/types';
import { asFloat32, asFloat32Type, withFloat32Attributes } from './floats';
import { lowerings } from './lower';
import type { LowerContext, Scores } from './lower';
import { otherOperators } from './other-operators';
import { topological } from './order';
import { sampleDecides, withBothBranches } from './branches';

export interface Normalized {
  readonly graph: Graph;
  /** The node that looks at numbers of the sample to decide what is run, if there is one. */
  readonly decides: Node | undefined;
  readonly notes: readonly string[];
  /** What classifiers said of their scores. */
  readonly scores: ReadonlyMap<Value, Scores>;
}

/** Names of the file to values of the new Graph, inner scopes over outer ones. */
interface Scope {
  readonly names: Map<Value, Value>;
  readonly outer: Scope | undefined;
}

function find(scope: Scope | undefined, name: Value): Value {
  for (let at = scope; at !== undefined; at = at.outer) {
    const value = at.names.get(name);
    if (value !== undefined) return value;
  }
  return name;
}

/** @param inputs Types of the inputs, with the batch named. */
export function normalize(file: OnnxFile, inputs: ReadonlyMap<Value, ValueType>): Normalized {
  const { graph } = file;
  const feeds = graph.inputs.filter((input) => !graph.constants.has(input));
  const notes = new Set<string>();
  const scores = new Map<Value, Scores>();
  const shared: Shared = {
    opsets: file.opsets,
    functions: new Map(file.functions.map((item) => [`${item.domain}:${item.name}`, item])),
    notes,
    scores,
    producers: new Map(),
    nodeNames: new Set(),
  };
  const types = new Map(
    feeds.map((input) => [input, asFloat32Type(inputs.get(input) ?? { dtype: 'float32', shape: undefined })]),
  );
  const lower = lowerGraph(graph, feeds, types, undefined, shared);
  const result = { ...lower, types: withDeclared(lower, inputs) };
  return { graph: withBothBranches(result), decides: sampleDecides(result), notes: [...notes], scores };
}

/** What the file says of an output is believed where nothing else says how many axes it has. */
function withDeclared(graph: Graph, declared: ReadonlyMap<Value, ValueType>): ReadonlyMap<Value, ValueType> {
  const types = new Map(graph.types);
  for (const output of graph.outputs) {
    const type = declared.get(output);
    const known = types.get(output) ?? type;
    if (known?.shape === undefined && type?.shape !== undefined) types.set(output, asFloat32Type(type));
  }
  return types;
}

interface Shared {
  readonly opsets: ReadonlyMap<string, number>;
  readonly functions: ReadonlyMap<string, LocalFunction>;
  readonly notes: Set<string>;
  readonly scores: Map<Value, Scores>;
  readonly producers: Map<Value, Node>;
  readonly nodeNames: Set<string>;
}

/** Lowers a graph, or the body of a node: then `types` has the surrounding values too. */
function lowerGraph(
  graph: Graph,
  inputs: readonly Value[],
  types: ReadonlyMap<Value, ValueType>,
  outer: Scope | undefined,
  shared: Shared,
): Graph {
  const constants = new Map([...graph.constants].map(([name, tensor]) => [name, asFloat32(tensor)]));
  for (const [name, tensor] of constants) {
    (types as Map<Value, ValueType>).set(name, { dtype: tensor.dtype, shape: tensor.dims });
  }
  const b = new GraphBuilder(graph.name, { name: graph.name, inputs, outputs: [], nodes: [], constants, types });
  const scope: Scope = { names: new Map([...inputs, ...constants.keys()].map((name) => [name, name])), outer };
  const outputs = new Set(graph.outputs);
  const lower = (node: Node, at: Scope): void => lowerNode(node, at, b, shared, outputs);
  for (const node of outer === undefined ? topological(graph) : graph.nodes) lower(node, scope);
  const results = graph.outputs.map((output) => {
    const value = find(scope, output);
    return value === output ? value : b.rename(value, output);
  });
  return b.build(results, { inputs: false });
}

function lowerNode(raw: Node, scope: Scope, b: GraphBuilder, shared: Shared, outputs: ReadonlySet<Value>): void {
  const node: Node = withFloat32Attributes({
    ...raw,
    name: unique(raw.name, shared.nodeNames),
    inputs: raw.inputs.map((name) => (name === '' ? '' : find(scope, name))),
  });
  b.scope(`${node.name}~`);
  const context = contextOf(node, scope, b, shared, outputs);
  const values = lowered(node, context, shared);
  raw.outputs.forEach((output, index) => {
    const value = values[index];
    if (output !== '' && value !== undefined) scope.names.set(output, folded(value, output, b, outputs));
  });
  b.scope('');
}

function lowered(node: Node, context: LowerContext, shared: Shared): readonly Value[] {
  const local = shared.functions.get(`${node.domain}:${node.op}`);
  if (local !== undefined) return call(node, local, context);
  for (const lowering of lowerings(node.op, node.domain)) {
    const values = lowering.lower(node, context);
    if (values !== undefined) return values;
  }
  if (operatorOf(node.op, node.domain) === undefined && !otherOperators.has(`${node.domain}:${node.op}`)) {
    throw new UserError(
      'model-operator',
      `Operator ${node.op} of ${node.domain === '' ? 'ai.onnx' : node.domain} is not known.`,
      {
        where: `node ${node.name}`,
        next: 'Export the model with standard ONNX operators.',
      },
    );
  }
  return context.emit(node);
}

/** A value whose elements are known becomes a constant, unless it is an output of the model. */
function folded(value: Value, name: Value, b: GraphBuilder, outputs: ReadonlySet<Value>): Value {
  const type = b.type(value);
  if (outputs.has(name) || b.constantOf(value) !== undefined || type?.contents === undefined) return value;
  const { contents, dtype } = type;
  if (dtype === 'string' || dtype === 'float16' || !contents.every((item) => typeof item === 'number')) return value;
  const data = allocate(dtype, contents.length);
  const wide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  contents.forEach((item, index) => {
    (data as unknown as Record<number, number | bigint>)[index] = wide ? BigInt(Math.trunc(item)) : item;
  });
  return b.constant({ dtype, dims: type.shape as readonly number[], data }, `${name}.folded`);
}

function contextOf(
  node: Node,
  scope: Scope,
  b: GraphBuilder,
  shared: Shared,
  outputs: ReadonlySet<Value>,
): LowerContext {
  const constant = (value: Value): Tensor | undefined => b.constantOf(value);
  return {
    b,
    version: shared.opsets.get(node.domain) ?? 1,
    type: (value) => b.type(value),
    constant,
    numbers: (value) => {
      const tensor = constant(value);
      if (tensor !== undefined)
        return tensor.dtype === 'string' || sizeOf(tensor.dims) > 4096 ? undefined : numbers(tensor);
      const contents = b.type(value)?.contents;
      return contents?.every((item) => typeof item === 'number') === true ? contents : undefined;
    },
    emit: (item) => {
      const made = withBodies(item, scope, shared, b);
      b.add(made);
      for (const output of made.outputs) shared.producers.set(output, made);
      return item.outputs;
    },
    op: (op, inputs, attributes = {}) => b.op(op, inputs, attributes),
    note: (text) => shared.notes.add(text),
    producer: (value) => shared.producers.get(value),
    scores: shared.scores,
    inline: (nodes, results, bindings, prefix) => {
      const inner: Scope = { names: new Map(bindings), outer: scope };
      const own = new Set(nodes.flatMap((item) => item.outputs));
      for (const item of nodes) {
        const renamed = item.outputs.map((name) => (name === '' ? '' : `${prefix}/${name}`));
        const bound: Node = { ...item, name: `${prefix}/${item.name}`, outputs: renamed };
        // Values of the body are found under their own names, and live under the prefixed ones.
        lowerNode(bound, inner, b, shared, outputs);
        item.outputs.forEach((name) => {
          if (own.has(name)) inner.names.set(name, find(inner, `${prefix}/${name}`));
        });
      }
      return results.map((name) => find(inner, name));
    },
  };
}

/** The node with its bodies lowered; they see the values around them. */
function withBodies(node: Node, scope: Scope, shared: Shared, b: GraphBuilder): Node {
  if (!Object.values(node.attributes).some((attribute) => attribute.type === 'graph')) return node;
  const entries = Object.entries(node.attributes).map(([name, attribute]): [string, Attribute] => {
    if (attribute.type !== 'graph') return [name, attribute];
    const body = attribute.value;
    const types = outerTypes(body, b);
    for (const input of body.inputs) {
      const type = body.types.get(input);
      if (type === undefined) types.delete(input);
      else types.set(input, asFloat32Type(type));
    }
    return [name, { type: 'graph', value: lowerGraph(body, body.inputs, types, scope, shared) }];
  });
  return { ...node, attributes: Object.fromEntries(entries) };
}

/** Types around a body, with the elements of small constants; names that the body uses itself are its own. */
function outerTypes(body: Graph, b: GraphBuilder): Map<Value, ValueType> {
  const types = new Map(b.types());
  for (const [value, type] of types) {
    const known = type.contents === undefined ? b.constantOf(value) : undefined;
    const contents = known === undefined ? undefined : knownTensor(known, 64)?.data;
    if (contents !== undefined) types.set(value, { ...type, contents: Array.from(contents) });
  }
  for (const value of [...body.outputs, ...body.nodes.flatMap((item) => item.outputs)]) types.delete(value);
  return types;
}

/** A call of one of the model's own functions: its nodes in place, its attributes' references resolved. */
function call(node: Node, local: LocalFunction, context: LowerContext): readonly Value[] {
  const given: Readonly<Record<string, Attribute>> = { ...local.defaults, ...node.attributes };
  const nodes = local.nodes.map((item): Node => {
    const entries = Object.entries(item.attributes).flatMap(([name, attribute]): [string, Attribute][] => {
      if (attribute.type !== 'string' || !attribute.value.startsWith(REFERENCE)) return [[name, attribute]];
      const value = given[attribute.value.slice(REFERENCE.length)];
      return value === undefined ? [] : [[name, value]];
    });
    return { ...item, attributes: Object.fromEntries(entries) };
  });
  const bindings = new Map(local.inputs.map((name, index) => [name, node.inputs[index] ?? '']));
  return context.inline(nodes, local.outputs, bindings, node.name);
}

function unique(name: string, taken: Set<string>): string {
  let result = name;
  for (let count = 2; taken.has(result); count += 1) result = `${name}_${count}`;
  taken.add(result);
  return result;
}
