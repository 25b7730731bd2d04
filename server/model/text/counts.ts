/** Numbers of a text from the ids of its n-grams, without a row as wide as the vocabulary for every token. */
import { outerValues } from '../../graph/builder';
import { int, numberOf, text } from '../../graph/attributes';
import { f32 } from '../../graph/tensor';
import type { Attribute, Dim, Graph, Node, Tensor, Value, ValueType } from '../../graph/types';
import { topological } from '../order';
import type { Ngrams } from './ngrams';

/** A vectorizer and the n-grams that it counts. */
export interface Counter {
  readonly vectorizer: Node;
  readonly grams: Ngrams;
}

/**
 * The Graph with ids [batch, sequence] in place of the strings; those of a second vectorizer follow those of the first.
 * What a text becomes — counts, weighed, scaled to length 1 — is computed from the ids first; then every token gets its
 * share of it, the number in its column divided by how often it is there, and the shares are put together again. Those
 * shares are where relevance is measured: as for a bag of words, what the model reads is the number of each word, and
 * the length of the whole text is no word's own.
 *
 * @param counters All that count in this text.
 * @param sequence Name for the number of tokens.
 */
export function countedIds(
  graph: Graph,
  input: Value,
  counters: readonly Counter[],
  sequence: string,
): { readonly graph: Graph; readonly share: Value } {
  const parts = counters.map(({ vectorizer, grams }, index) => {
    const first = counters.slice(0, index).reduce((sum, { grams: { width } }) => sum + width, 0);
    return { counted: vectorizer.outputs[0] ?? '', grams, columns: [first, first + grams.width] as const };
  });
  const b = sketch(graph, `${parts[0]?.counted ?? ''}/`);
  const width = parts.at(-1)?.columns[1] ?? 0;
  const shape = b.op('Shape', [input]);
  const rows = b.op('Slice', [shape, b.ints([0]), b.ints([1])]);
  const zeros = b.op('ConstantOfShape', [b.op('Concat', [rows, b.ints([width + 1])], { axis: int(0) })]);
  const collect = (values: Value): Value =>
    b.op('ScatterElements', [zeros, input, values], { axis: int(1), reduction: text('add') });
  /** Without the column of what is not in the vocabulary. */
  const known = (values: Value): Value => b.op('Slice', [values, b.ints([0]), b.ints([width]), b.ints([1])]);
  const one = b.constant(f32([1]));
  const all = collect(b.op('Expand', [one, shape]));
  const partOf = (values: Value, [from, to]: readonly [number, number]): Value =>
    parts.length === 1 ? values : b.op('Slice', [values, b.ints([from]), b.ints([to]), b.ints([1])]);
  const counts = known(all);
  for (const { counted, grams, columns } of parts) {
    const raw = partOf(counts, columns);
    const present = grams.mode === 'IDF' ? b.op('Min', [raw, one]) : raw;
    const weighed = grams.weights === null ? present : b.op('Mul', [present, b.constant(f32([...grams.weights]))]);
    b.rename(weighed, counted);
  }
  const before = b.nodes.splice(0);

  const vectors = parts.map(({ counted, columns }) => ({ ...vectorOf(graph, counted), columns }));
  const own = vectors.flatMap((vector) => vector.own);
  const values = vectors.map(({ value }) => value);
  const padded = b.op('Pad', [
    values.length === 1 ? (values[0] ?? '') : b.op('Concat', values, { axis: int(1) }),
    b.ints([0, 0, 0, 1]),
  ]);
  const column = (values: Value): Value => b.op('GatherElements', [values, input], { axis: int(1) });
  const share = b.op('Unsqueeze', [b.op('Div', [column(padded), column(all)]), b.ints([2])]);
  const whole = known(collect(b.op('Squeeze', [share, b.ints([2])])));
  const again = new Map(vectors.map(({ value, columns }) => [value, partOf(whole, columns)]));
  const behind = graph.nodes
    .filter((node) => !own.includes(node) && !parts.some(({ counted }) => node.outputs[0] === counted))
    .map((node) => ({ ...node, inputs: node.inputs.map((name) => again.get(name) ?? name) }));
  const type: ValueType = { dtype: 'int64', shape: [batchOf(graph.types.get(input)), sequence] };
  const types = new Map([...graph.types, [input, type] as const]);
  const nodes = [...before, ...own, ...b.nodes, ...behind];
  const result = { ...graph, nodes, constants: new Map([...graph.constants, ...b.constants]), types };
  return { graph: { ...result, nodes: needed(result) }, share };
}

function batchOf(type: ValueType | undefined): Dim {
  return type?.shape?.[0] ?? 'batch';
}

/**
 * How far the numbers of a text go on as the text's own: element by element, 0 for what is not in it, up to the
 * division by their length.
 */
function vectorOf(graph: Graph, counted: Value): { readonly value: Value; readonly own: readonly Node[] } {
  let best: { value: Value; own: readonly Node[] } = { value: counted, own: [] };
  const own: Node[] = [];
  let [at, absent]: [Value, number] = [counted, 0];
  for (;;) {
    const readers = graph.nodes.filter(({ inputs }) => inputs.includes(at));
    const [node] = readers;
    if (readers.length !== 1 || node === undefined || graph.outputs.includes(at)) return best;
    const next = absentAfter(node, absent, graph);
    if (next === undefined) return best;
    own.push(node);
    [at, absent] = [node.outputs[0] ?? '', next];
    // Booleans are on the way only where counts become 0 and 1.
    const isFloat = node.op !== 'Cast' || [1, 10, 11].includes(numberOf(node, 'to', 1));
    if (absent === 0 && isFloat) best = { value: at, own: [...own] };
  }
}

/** What an operator makes of the number of an absent word; undefined where it is no operator of a vectorizer. */
function absentAfter(node: Node, absent: number, graph: Graph): number | undefined {
  const others = node.inputs.slice(1).map((name) => numbersIn(graph.constants.get(name)));
  switch (node.op) {
    case 'Identity':
    case 'Cast':
      return absent;
    case 'Normalizer':
    case 'LpNormalization':
      return absent === 0 ? 0 : undefined;
    case 'Log':
      return Math.log(absent);
    case 'Mul':
      return absent === 0 && others[0] !== undefined ? 0 : undefined;
    case 'Add': {
      const [added = NaN] = others[0] ?? [];
      return others[0]?.every((item) => item === added) === true ? absent + added : undefined;
    }
    default:
      return undefined;
  }
}

function numbersIn(tensor: Tensor | undefined): readonly number[] | undefined {
  return tensor === undefined || tensor.dtype === 'string' ? undefined : Array.from(tensor.data as ArrayLike<number>);
}

/** Nodes that the outputs need: those that split the text are left over. */
function needed(graph: Graph): readonly Node[] {
  const wanted = new Set<Value>(graph.outputs);
  const kept: Node[] = [];
  for (const node of [...topological(graph)].reverse()) {
    if (!node.outputs.some((output) => wanted.has(output))) continue;
    kept.unshift(node);
    for (const value of [...node.inputs, ...outerValues(node)]) wanted.add(value);
  }
  return kept;
}

interface Sketch {
  readonly nodes: Node[];
  readonly constants: Map<Value, Tensor>;
  op(op: string, inputs: readonly Value[], attributes?: Readonly<Record<string, Attribute>>): Value;
  ints(values: readonly number[]): Value;
  constant(tensor: Tensor): Value;
  rename(value: Value, name: Value): void;
}

/** Nodes of the canonical operator set to be put into a file's graph, under names of their own. */
function sketch(graph: Graph, prefix: string): Sketch {
  const taken = new Set([
    ...graph.types.keys(),
    ...graph.constants.keys(),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ]);
  const fresh = (hint: string): string => {
    let name = `${prefix}${hint}`;
    for (let count = 1; taken.has(name); count += 1) name = `${prefix}${hint}.${count}`;
    taken.add(name);
    return name;
  };
  const nodes: Node[] = [];
  const constants = new Map<Value, Tensor>();
  const add = (op: string, inputs: readonly Value[], output: Value, attributes: Node['attributes'] = {}): Value => {
    nodes.push({ name: output, op, domain: '', inputs, outputs: [output], attributes });
    return output;
  };
  const constant = (tensor: Tensor): Value => {
    const name = fresh('constant');
    constants.set(name, tensor);
    return name;
  };
  return {
    nodes,
    constants,
    op: (op, inputs, attributes = {}) => add(op, inputs, fresh(op.toLowerCase()), attributes),
    ints: (values) =>
      constant({ dtype: 'int64', dims: [values.length], data: BigInt64Array.from(values, (item) => BigInt(item)) }),
    constant,
    rename: (value, name) => void add('Identity', [value], name),
  };
}
