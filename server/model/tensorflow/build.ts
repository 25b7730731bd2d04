/** From a TensorFlow graph to a Graph: only what the outputs need is looked at, functions are taken in place. */
import { UserError } from '../../errors';
import { GraphBuilder } from '../../graph/builder';
import type { OnnxFile } from '../../graph/onnx/read';
import { int, ints, strings } from '../../graph/attributes';
import { f32, numbers as numbersOf } from '../../graph/tensor';
import { BATCH, CANONICAL_OPSET } from '../../graph/types';
import type { Dim, Tensor, Value } from '../../graph/types';
import { channels } from '../channels';
import type { Carried } from '../channels';
import { asFloat32 } from '../floats';
import { tfOperation } from './ops';
import type { TextVectorization } from '../types';
import { onnxType } from './dtypes';
import { binsOf, insideOf, lookupOf, splittingOf, tablesOf } from './text';
import type { Scope, Splitting, Table } from './text';
import type { TfCall, TfFunction, TfGraph, TfNode } from './types';

/** Nodes of the graph or of a function's body, with what its parameters are. */
interface Frame extends Scope {
  readonly parameters: ReadonlyMap<string, Carried>;
  readonly made: Map<string, readonly Carried[]>;
  readonly prefix: string;
  readonly depth: number;
}

const DEEPEST_CALL = 32;

const control = new Set([
  ...['If', 'StatelessIf', 'While', 'StatelessWhile', 'Case', 'StatelessCase'],
  ...['Switch', 'Merge', 'Enter', 'Exit', 'NextIteration', 'LoopCond', 'TensorListReserve', 'TensorArrayV3'],
]);

const calls = new Set(['PartitionedCall', 'StatefulPartitionedCall']);
/** What an output may need without the others being any worse. */
const unread = new Set(['model-operator', 'model-control-flow', 'model-text']);
/** Functions that do nothing when a model predicts, or hand their first input on. */
const passes = new Set([
  'Identity',
  'StopGradient',
  'Snapshot',
  'PreventGradient',
  'EnsureShape',
  'ReadVariableOp',
  'CheckNumerics',
]);

export interface TensorflowFile extends OnnxFile {
  readonly notes: readonly string[];
  readonly texts?: readonly TextVectorization[];
}

/** Operations on text, lists of different lengths and tables. */
const ofText = /^(String|StaticRegex|Regex|Unicode|Ragged|LookupTable|HashTable|MutableHashTable|AsString)/;

function unreadText(node: TfNode, label: string): UserError {
  return new UserError('model-text', `The graph works on text in a way that is not read: ${node.op}.`, {
    where: `node ${label}`,
    next: 'Save the Keras model as .keras, which says how it splits text; or export the part behind TextVectorization and name a vocabulary in model-blame.json.',
  });
}

/** Words or whole numbers to their ids. */
function lookedUp(b: GraphBuilder, keys: Value, table: Table & { readonly unknown: number }, label: string): Value {
  b.scope(label);
  const isText = table.keys.dtype === 'string';
  const attributes = {
    ...(isText
      ? { keys_strings: strings(Array.from(table.keys.data, String)) }
      : { keys_int64s: ints(numbersOf(table.keys)) }),
    values_int64s: ints(numbersOf(table.values)),
    default_int64: int(table.unknown),
  };
  const wide = isText || b.type(keys)?.dtype === 'int64' ? keys : b.op('Cast', [keys], { to: int(7) });
  const [ids = ''] = b.ops('LabelEncoder', [wide], 1, attributes, 'LabelEncoder', 'ai.onnx.ml');
  b.scope('');
  return ids;
}

/** The ids as they are, or how often each is among them (or whether it is). */
function counted(b: GraphBuilder, ids: Value, depth: number | undefined, once: boolean, label: string): Value {
  if (depth === undefined) return ids;
  b.scope(label);
  const size = b.constant({ dtype: 'int64', dims: [], data: BigInt64Array.of(BigInt(depth)) }, 'depth');
  const wide = b.type(ids)?.dtype === 'int64' ? ids : b.op('Cast', [ids], { to: int(7) });
  const rows = b.op('OneHot', [wide, size, b.constant(f32([0, 1]), 'values')], { axis: int(-1) });
  const counts = b.op(once ? 'ReduceMax' : 'ReduceSum', [rows, b.indices([1])], { keepdims: int(0) });
  b.scope('');
  return counts;
}

/**
 * @returns The Graph, with a note for each output that needs what is not read (loops, selection of boxes) where others
 * do not: what comes before is the model, what comes after is bookkeeping.
 * @throws UserError Of the first output, when no output can be read.
 */
export function buildTensorflow(graph: TfGraph, producer: string): TensorflowFile {
  const b = new GraphBuilder('tensorflow');
  const layout = channels(b);
  const functions = new Map(graph.functions.map((item) => [item.name, item]));
  const root: Frame = {
    nodes: byName(graph.nodes),
    given: new Map(),
    caller: null,
    parameters: new Map(),
    made: new Map(),
    prefix: '',
    depth: 0,
  };
  const tables = tablesOf(graph);
  const texts = new Map<string, { readonly ids: Value; readonly splitting: Splitting }>();
  const ends = endsOf(graph, root.nodes);
  ends.inputs.forEach(({ name, value }, index) => {
    const node = root.nodes.get(splitName(value).name);
    if (node === undefined) throw invalid(`its input ${name} is not in the graph`);
    root.made.set(node.name, [{ value: placeholder(b, node, name, index), first: false }]);
  });
  const stack = new Set<string>();

  const evaluate = (reference: string, frame: Frame): Carried => {
    const { name, index } = splitName(reference);
    const parameter = frame.parameters.get(name);
    if (parameter !== undefined) return parameter;
    const made = frame.made.get(name) ?? make(name, frame);
    const found = made[index];
    if (found === undefined) throw invalid(`node ${name} has no output ${index}`);
    return found;
  };

  const make = (name: string, frame: Frame): readonly Carried[] => {
    const node = frame.nodes.get(name);
    if (node === undefined) throw invalid(`nothing is called ${name}`);
    const key = `${frame.prefix}${name}`;
    if (stack.has(key)) throw invalid(`node ${name} needs itself`);
    stack.add(key);
    const made = nodeOf(node, frame);
    stack.delete(key);
    frame.made.set(name, made);
    return made;
  };

  const nodeOf = (node: TfNode, frame: Frame): readonly Carried[] => {
    const label = `${frame.prefix}${node.name}`;
    if (control.has(node.op))
      throw new UserError('model-control-flow', `The model branches or loops: ${node.op}.`, {
        where: `node ${label}`,
        next: 'Relevance needs a graph without control flow: save the model for inference, with loops unrolled.',
      });
    const weight = graph.weights.get(node.name) ?? node.attributes['value']?.tensor;
    if (['Const', 'VarHandleOp', 'VariableV2', 'Variable'].includes(node.op)) {
      if (weight === undefined)
        throw new UserError('model-weights', `The file holds no values of ${node.name}.`, { where: `node ${label}` });
      return [{ value: b.constant(asFloat32(weight), label), first: false }];
    }
    const inputs = node.inputs.filter((input) => !input.startsWith('^'));
    if (passes.has(node.op) || node.op === 'PlaceholderWithDefault') return [evaluate(inputs[0] ?? '', frame)];
    if (node.op === 'IdentityN') return inputs.map((input) => evaluate(input, frame));
    if (calls.has(node.op)) return callOf(node, inputs, frame);
    const read = textOf(node, label, frame);
    if (read !== undefined) return [read];
    const values = inputs.map((input) => evaluate(input, frame));
    b.scope(label);
    const operation = tfOperation(node.op);
    if (operation === undefined)
      throw new UserError('model-operator', `The TensorFlow operation ${node.op} is not known.`, {
        where: `node ${label}`,
        next: 'Convert the model to ONNX: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx.',
      });
    const made = operation.build(callFor(node, label, values));
    b.scope('');
    return 'value' in made ? [made] : made;
  };

  /** Ids of words, which the encoder makes of the text: the graph begins with them. */
  const textOf = (node: TfNode, label: string, frame: Frame): Carried | undefined => {
    if (node.op === 'LookupTableFindV2') {
      const table = lookupOf(node, frame, tables);
      if (table === undefined) throw unreadText(node, label);
      const keys = layout.last(evaluate(node.inputs.filter((input) => !input.startsWith('^'))[1] ?? '', frame));
      return { value: lookedUp(b, keys, table, label), first: false };
    }
    const once = node.attributes['binary_output']?.flag === true;
    if (node.op === 'DenseBincount') {
      const depth = binsOf(node, frame);
      if (depth === undefined) return undefined;
      const ids = layout.last(evaluate(node.inputs[0] ?? '', frame));
      return { value: counted(b, ids, depth, once, label), first: false };
    }
    if (node.op !== 'RaggedTensorToTensor' && node.op !== 'RaggedBincount') {
      if (ofText.test(node.op)) throw unreadText(node, label);
      return undefined;
    }
    const splitting = splittingOf(node, frame, tables);
    const input = ends.inputs.find(({ value }) => splitName(value).name === splitting?.placeholder)?.name;
    if (splitting === undefined || input === undefined) throw unreadText(node, label);
    const known = texts.get(input);
    b.scope('');
    const ids = known?.ids ?? b.input(`${input}_words`, 'int64', [BATCH, splitting.sequence]);
    texts.set(input, { ids, splitting });
    return {
      value: counted(b, ids, splitting.depth, once, label),
      first: false,
    };
  };

  const callOf = (node: TfNode, inputs: readonly string[], frame: Frame): readonly Carried[] => {
    const body = functions.get(node.attributes['f']?.func ?? '');
    if (body === undefined || frame.depth >= DEEPEST_CALL)
      throw invalid(`node ${node.name} calls a function that is not there`);
    // Lazily: what a body does not need (restoring, saving) is never looked at.
    const parameters = lazily(body, inputs, (input) => evaluate(input, frame));
    const inner: Frame = {
      ...insideOf(body, inputs, frame),
      parameters,
      made: new Map(),
      prefix: `${frame.prefix}${node.name}/`,
      depth: frame.depth + 1,
    };
    return body.results.map((result) => evaluate(result, inner));
  };

  const callFor = (node: TfNode, label: string, inputs: readonly Carried[]): TfCall => {
    const refuse = (what: string): UserError =>
      new UserError('model-operator', what, {
        where: `node ${label} (${node.op})`,
        next: 'Convert the model to ONNX with tf2onnx.',
      });
    const at = (index: number): Carried => {
      const found = inputs[index];
      if (found === undefined) throw refuse(`It has ${inputs.length} inputs, and needs more.`);
      return found;
    };
    const value = (index: number): Value => layout.last(at(index));
    return {
      node,
      b,
      channels: layout,
      inputs,
      value,
      shape: (index) => layout.shape(at(index)),
      rank: (index) => {
        const rank = layout.shape(at(index))?.length;
        if (rank === undefined) throw refuse('The rank of its input is not known.');
        return rank;
      },
      numbers: (index) => {
        const tensor = b.constantOf(value(index));
        if (tensor !== undefined && tensor.dtype !== 'string') return numbersOf(tensor);
        const contents = b.type(value(index))?.contents;
        if (contents?.every((item) => typeof item === 'number') === true) return contents;
        throw refuse(`Its input ${index + 1} is computed from the sample, and has to be fixed.`);
      },
      tensor: (index): Tensor | undefined => b.constantOf(value(index)),
      number: (name, fallback) => node.attributes[name]?.number ?? fallback,
      list: (name) => node.attributes[name]?.numbers,
      flag: (name) => node.attributes[name]?.flag === true,
      text: (name, fallback) => node.attributes[name]?.text ?? fallback,
      op: (op, values, attributes = {}) => b.op(op, values, attributes),
      plain: (made) => ({ value: made, first: false }),
      refuse,
    };
  };

  const failures: { readonly name: string; readonly error: UserError }[] = [];
  const outputs = ends.outputs.flatMap(({ name, value }) => {
    try {
      return [{ name, tensor: evaluate(value, root) }];
    } catch (error) {
      if (!(error instanceof UserError) || !unread.has(error.code)) throw error;
      failures.push({ name, error });
      stack.clear();
      return [];
    } finally {
      b.scope('');
    }
  });
  const [first] = failures;
  if (outputs.length === 0 && first !== undefined) throw first.error;
  const taken = new Set(ends.inputs.map(({ name }) => name));
  const named = outputs.map(({ name, tensor }) => {
    let unique = name;
    for (let count = 1; taken.has(unique); count += 1) unique = `${name}_${count}`;
    taken.add(unique);
    return b.rename(layout.last(tensor), unique);
  });
  return {
    graph: b.build(named, { inputs: true }),
    irVersion: 10,
    opsets: new Map([
      ['', CANONICAL_OPSET],
      ['ai.onnx.ml', 4],
    ]),
    functions: [],
    producer,
    metadata: new Map(),
    ...(texts.size === 0
      ? {}
      : { texts: Array.from(texts.values(), ({ ids, splitting }) => ({ ...splitting.text, input: ids })) }),
    notes: failures.map(
      ({ name, error }) =>
        `The output ${name} is left out: ${error.what.replace(/\.$/, '')} (${error.where ?? 'in the graph'}).`,
    ),
  };
}

function byName(nodes: readonly TfNode[]): ReadonlyMap<string, TfNode> {
  return new Map(nodes.map((node) => [node.name, node]));
}

/** Parameters of a function, each evaluated when it is first asked for. */
function lazily(
  body: TfFunction,
  inputs: readonly string[],
  evaluate: (input: string) => Carried,
): ReadonlyMap<string, Carried> {
  const places = new Map(body.parameters.map((name, index) => [name, inputs[index] ?? '']));
  const known = new Map<string, Carried>();
  return {
    get: (name: string) => {
      const input = places.get(name);
      if (input === undefined) return undefined;
      const found = known.get(name) ?? evaluate(input);
      known.set(name, found);
      return found;
    },
  } as unknown as ReadonlyMap<string, Carried>;
}

/** `node`, `node:1` and, in functions, `node:output:1`. Outputs of one name are counted among themselves. */
function splitName(reference: string): { readonly name: string; readonly index: number } {
  const parts = reference.split(':');
  const last = Number(parts.at(-1));
  return { name: parts[0] ?? '', index: parts.length > 1 && Number.isSafeInteger(last) ? last : 0 };
}

/** What the signature says; without one, all placeholders and everything that nobody reads. */
function endsOf(graph: TfGraph, nodes: ReadonlyMap<string, TfNode>): Pick<TfGraph, 'inputs' | 'outputs'> {
  const used = new Set(
    graph.nodes.flatMap((node) => node.inputs.map((input) => splitName(input.replace(/^\^/, '')).name)),
  );
  const placeholders = graph.nodes.filter(({ op }) => op === 'Placeholder').map(({ name }) => ({ name, value: name }));
  const silent = new Set(['NoOp', 'Const', 'Placeholder', 'PlaceholderWithDefault', 'VarHandleOp', 'Assert']);
  const ends = graph.nodes
    .filter(({ name, op }) => !used.has(name) && !silent.has(op))
    .map(({ name }) => ({ name, value: name }));
  const inputs = graph.inputs.filter(({ value }) => nodes.get(splitName(value).name)?.op !== 'PlaceholderWithDefault');
  return {
    inputs: inputs.length > 0 ? inputs : placeholders,
    outputs: graph.outputs.length > 0 ? graph.outputs : ends,
  };
}

function placeholder(b: GraphBuilder, node: TfNode, name: string, index: number): Value {
  const dtype = onnxType(node.attributes['dtype']?.type ?? 1);
  if (dtype === undefined) throw invalid(`its input ${name} is of a type that is not read`);
  const given = node.attributes['shape']?.shape ?? node.attributes['_output_shapes']?.shape;
  if (given === undefined)
    throw new UserError('model-invalid', `Nothing says which shape the input ${name} has.`, {
      next: 'Export the model with a fixed input signature.',
    });
  const names = given.length === 4 ? ['', 'height', 'width', 'channels'] : ['', 'sequence'];
  const shape = given.map((dim, axis): Dim => {
    if (axis === 0 && (dim === null || dim === 1)) return BATCH;
    return dim ?? `${names[axis] ?? `axis_${axis}`}${index === 0 ? '' : `_${index + 1}`}`;
  });
  return b.input(name, dtype === 'float64' || dtype === 'float16' ? 'float32' : dtype, shape);
}

function invalid(what: string): UserError {
  return new UserError('model-invalid', `Not a valid TensorFlow graph: ${what}.`, {
    next: 'Convert or save the model again.',
  });
}
