/** Where relevance is measured: the first float values on the way from each model input. */
import { numberOf } from '../graph/attributes';
import { readsOf } from '../graph/builder';
import { knownTensor } from '../graph/infer';
import { isStatic, normalizeAxis } from '../graph/shapes';
import { sizeOf } from '../graph/tensor';
import type { Graph, Node, Value, ValueType } from '../graph/types';
import { typeOf } from './outputs';
import type { EntryPoint } from './types';

/** Entry points of a Graph, in the order of its inputs; an input of several categories has one per category. */
export function findEntries(graph: Graph): EntryPoint[] {
  const consumers = consumersOf(graph);
  const entries = graph.inputs.flatMap((input) => entriesOf(input, graph, consumers));
  return entries.filter((entry, index) => entries.findIndex((other) => other.value === entry.value) === index);
}

export function consumersOf(graph: Graph): ReadonlyMap<Value, readonly Node[]> {
  const consumers = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    for (const input of new Set(readsOf(node))) {
      const list = consumers.get(input);
      if (list === undefined) consumers.set(input, [node]);
      else list.push(node);
    }
  }
  return consumers;
}

/**
 * A value on the way from an input, before anything is a float. `columns`: which element of a row of the input each
 * element of a row of this value is, −1 for another input's; null where the rows are still the input's own, and
 * 'spread' where they are, along a new last axis on which all numbers are the same until they are compared.
 */
interface Way {
  readonly value: Value;
  readonly columns: readonly number[] | 'spread' | null;
}

function entriesOf(input: Value, graph: Graph, consumers: ReadonlyMap<Value, readonly Node[]>): EntryPoint[] {
  const type = typeOf(graph, input);
  if (type === undefined) return [];
  if (type.dtype === 'float32') return [{ input, value: input, type, kind: 'identity' }];
  const entries: EntryPoint[] = [];
  const queue: Way[] = [{ value: input, columns: null }];
  const seen = new Set<Value>([input]);
  for (let way = queue.shift(); way !== undefined; way = queue.shift()) {
    for (const node of consumers.get(way.value) ?? []) {
      const [output = ''] = node.outputs;
      const made = typeOf(graph, output);
      if (made === undefined || seen.has(output)) continue;
      const columns = columnsAfter(node, way, graph);
      if (columns === undefined) continue;
      seen.add(output);
      if (made.dtype === 'float32' && columns !== 'spread')
        entries.push(
          ...entryAt(input, output, made, columns, typeOf(graph, input)).map(withRows(node, way.value, graph)),
        );
      else queue.push({ value: output, columns });
    }
  }
  return preferred(entries);
}

/** An embedding with the size of its table. */
function withRows(node: Node, ids: Value, graph: Graph): (entry: EntryPoint) => EntryPoint {
  const rows = graph.constants.get(node.inputs[0] ?? '')?.dims[numberOf(node, 'axis', 0)];
  const looksUp = node.op === 'Gather' && node.inputs[1] === ids && rows !== undefined;
  return (entry) => (looksUp && entry.kind === 'embedding' ? { ...entry, rows } : entry);
}

/** Casts of a token id beside its embedding are masks or positions, not where the sample comes in. */
function preferred(entries: readonly EntryPoint[]): EntryPoint[] {
  const vectors = entries.filter((entry) => entry.kind !== 'identity');
  return vectors.length > 0 ? vectors : entries.slice(0, 1);
}

/** Operators that keep one element per element of their first input. */
const elementwise = new Set([
  'Cast',
  'Identity',
  'Clip',
  'Max',
  'Min',
  'Add',
  'Sub',
  'Mod',
  'LabelEncoder',
  'CategoryMapper',
  'Not',
]);

/** Columns of a node's output; undefined where the way ends. */
function columnsAfter(node: Node, way: Way, graph: Graph): Way['columns'] | undefined {
  const spread = spreadAfter(node, way, graph);
  if (spread !== undefined || way.columns === 'spread') return spread;
  return ownColumns(node, { value: way.value, columns: way.columns }, graph);
}

/**
 * Ids as a new axis that is compared with 0, 1, 2 …: how JAX spells one-hot. The comparison is the embedding's row.
 */
function spreadAfter(node: Node, way: Way, graph: Graph): 'spread' | null | undefined {
  const [from, to] = [typeOf(graph, way.value)?.shape, typeOf(graph, node.outputs[0] ?? '')?.shape];
  if (from === undefined || to === undefined || node.inputs[0] !== way.value) return undefined;
  const same = (count: number): boolean => from.slice(0, count).every((size, axis) => size === to[axis]);
  if (way.columns === null)
    return ['Reshape', 'Unsqueeze'].includes(node.op) &&
      to.length === from.length + 1 &&
      to.at(-1) === 1 &&
      same(from.length)
      ? 'spread'
      : undefined;
  if (way.columns !== 'spread' || to.length !== from.length || !same(from.length - 1)) return undefined;
  if (['Expand', 'Cast', 'Identity'].includes(node.op)) return 'spread';
  const codes = node.op === 'Equal' ? graph.constants.get(node.inputs[1] ?? '') : undefined;
  if (codes === undefined) return undefined;
  return sizeOf(codes.dims) === codes.dims.at(-1) ? null : undefined;
}

type OwnWay = Way & { readonly columns: readonly number[] | null };

function ownColumns(node: Node, way: OwnWay, graph: Graph): readonly number[] | null | undefined {
  const width = lastSize(typeOf(graph, way.value));
  const own = (): readonly number[] | undefined =>
    way.columns ?? (width === undefined ? undefined : Array.from({ length: width }, (_, index) => index));
  if (elementwise.has(node.op)) return node.op === 'Cast' || others(node, way, graph) ? way.columns : undefined;
  switch (node.op) {
    case 'OneHotEncoder':
    case 'OneHot':
      return node.inputs[0] === way.value ? way.columns : undefined;
    case 'Gather':
      // Looked up in a constant table, or columns picked by constant indices.
      if (node.inputs[1] === way.value) return graph.constants.has(node.inputs[0] ?? '') ? way.columns : undefined;
      return pick(node, graph, own(), typeOf(graph, way.value));
    case 'Reshape':
      // `ids.view(-1, length)`, as GPT-2 has it, changes nothing.
      return node.inputs[0] === way.value && sameSizes(typeOf(graph, way.value), typeOf(graph, node.outputs[0] ?? ''))
        ? way.columns
        : undefined;
    case 'Where':
      return countsBackwards(node, way, graph) ? way.columns : undefined;
    case 'Equal':
      return compare(node, way, graph, own());
    case 'Concat': {
      const all = node.inputs.map((value) => (value === way.value ? own() : blank(typeOf(graph, value))));
      return all.includes(undefined) ? undefined : all.flatMap((part) => part ?? []);
    }
    default:
      return undefined;
  }
}

/** `Where(ids < 0, ids + n, ids)`: ids as they are, negative ones from the end (Keras 3). */
function countsBackwards({ inputs }: Node, { value }: Way, { nodes }: Graph): boolean {
  const test = nodes.find(({ outputs }) => outputs.includes(inputs[0] ?? ''));
  return inputs[2] === value && test?.op === 'Less' && test.inputs[0] === value;
}

/** True where everything else an element-wise operator reads is constant. */
function others(node: Node, way: Way, graph: Graph): boolean {
  return node.inputs.every((value) => value === way.value || value === '' || graph.constants.has(value));
}

function sameSizes(one: ValueType | undefined, other: ValueType | undefined): boolean {
  const [from, to] = [one?.shape, other?.shape];
  return from !== undefined && from.length === to?.length && from.every((size, axis) => size === to[axis]);
}

/** What has more columns is no table: a damaged file may say anything. */
const MOST_COLUMNS = 2 ** 20;

function lastSize(type: ValueType | undefined): number | undefined {
  const size = type?.shape?.at(-1);
  return typeof size === 'number' && size <= MOST_COLUMNS ? size : undefined;
}

function blank(type: ValueType | undefined): readonly number[] | undefined {
  const size = lastSize(type);
  return size === undefined ? undefined : new Array<number>(size).fill(-1);
}

function pick(
  node: Node,
  graph: Graph,
  columns: readonly number[] | undefined,
  type: ValueType | undefined,
): readonly number[] | undefined {
  const tensor = graph.constants.get(node.inputs[1] ?? '');
  const indices = tensor === undefined ? undefined : knownTensor(tensor)?.data;
  const rank = type?.shape?.length ?? 0;
  if (columns === undefined || indices === undefined || normalizeAxis(numberOf(node, 'axis', 0), rank) !== rank - 1) {
    return undefined;
  }
  return Array.from(indices, (index) => columns.at(Number(index)) ?? -1);
}

/** One column compared with several constants: a one-hot spelled out. */
function compare(
  node: Node,
  way: OwnWay,
  graph: Graph,
  columns: readonly number[] | undefined,
): readonly number[] | null | undefined {
  const other = node.inputs.find((value) => value !== way.value) ?? '';
  const tensor = graph.constants.get(other);
  if (tensor === undefined || columns === undefined) return undefined;
  const wide = tensor.dims.at(-1) ?? 1;
  if (wide === 1 || wide === columns.length) return way.columns;
  return columns.length === 1 ? new Array<number>(wide).fill(columns[0] ?? 0) : undefined;
}

/** The entry for a float value whose rows come from `columns`; none where other inputs are mixed in. */
function entryAt(
  input: Value,
  value: Value,
  type: ValueType,
  columns: readonly number[] | null,
  source: ValueType | undefined,
): EntryPoint[] {
  const [shape, from] = [type.shape, source?.shape];
  const extra = (shape?.length ?? 0) - (from?.length ?? 0);
  if (columns === null) return [{ input, value, type, kind: extra > 0 ? 'embedding' : 'identity' }];
  if (shape === undefined || columns.includes(-1) || !isStatic(shape.slice(1))) return [];
  const count = shape.slice(1).reduce<number>((product, dim) => product * Number(dim), 1);
  const repeat = count / columns.length;
  if (!Number.isInteger(repeat)) return [];
  return [
    { input, value, type, kind: 'slots', slots: columns.flatMap((column) => new Array<number>(repeat).fill(column)) },
  ];
}
