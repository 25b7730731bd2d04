/** ONNX files: protobuf to a Graph as it stands in the file, before any normalisation. */
import { UserError } from '../../errors';
import { atom, spell } from '../dims';
import type { Attribute, Dim, DType, Graph, Node, Tensor, Value, ValueType } from '../types';
import type { ByteSource } from './bytes';
import { dtypeFromCode } from './dtypes';
import { readEntry, readTensor } from './read-tensor';
import { floatsOf, integerOf, integersOf, invalid, stringOf, walk } from './wire';
import type { Field } from './wire';

/** A function of the model's own: inlined by the importer. */
export interface LocalFunction {
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly defaults: Readonly<Record<string, Attribute>>;
}

/** What a file says. The Graph's nodes are in file order, its operators at `opsets`. */
export interface OnnxFile {
  readonly graph: Graph;
  readonly irVersion: number;
  readonly opsets: ReadonlyMap<string, number>;
  readonly functions: readonly LocalFunction[];
  readonly producer: string;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Subgraphs deeper than this are refused. */
const DEPTH = 16;

/** Reads a model. Weights stay on disk (see `Tensor.origin`). Throws `UserError` for anything malformed. */
export function readOnnx(source: ByteSource): OnnxFile {
  const opsets = new Map<string, number>();
  const metadata = new Map<string, string>();
  const functions: LocalFunction[] = [];
  let graph: Graph | undefined;
  let irVersion = 0;
  let producer = '';
  for (const field of walk(source, 0, source.size, 'the model')) {
    switch (field.id) {
      case 1:
        irVersion = integerOf(source, field);
        break;
      case 2:
        producer = stringOf(source, field);
        break;
      case 7:
        graph = readGraph(source, field, 0);
        break;
      case 8: {
        const opset = readOpset(source, field);
        opsets.set(opset.domain, opset.version);
        break;
      }
      case 14: {
        const entry = readEntry(source, field);
        metadata.set(entry.key, entry.value);
        break;
      }
      case 25:
        functions.push(readFunction(source, field));
        break;
      default:
    }
  }
  if (graph === undefined) throw invalid('it has no graph');
  return { graph, irVersion, opsets, functions, producer, metadata };
}

function readOpset(source: ByteSource, field: Field): { domain: string; version: number } {
  let domain = '';
  let version = 0;
  for (const part of walk(source, field.start, field.end, 'an operator set')) {
    if (part.id === 1) domain = stringOf(source, part);
    else if (part.id === 2) version = integerOf(source, part);
  }
  return { domain: domain === 'ai.onnx' ? '' : domain, version };
}

function readGraph(source: ByteSource, field: Field, depth: number): Graph {
  if (depth > DEPTH) throw invalid(`subgraphs are nested deeper than ${DEPTH}`);
  const nodes: Node[] = [];
  const inputs: Value[] = [];
  const outputs: Value[] = [];
  const constants = new Map<Value, Tensor>();
  const types = new Map<Value, ValueType>();
  let name = '';
  for (const part of walk(source, field.start, field.end, 'the graph')) {
    switch (part.id) {
      case 1:
        nodes.push(readNode(source, part, depth, nodes.length));
        break;
      case 2:
        name = stringOf(source, part);
        break;
      case 5: {
        const initializer = readTensor(source, part.start, part.end);
        constants.set(initializer.name, initializer.tensor);
        break;
      }
      case 11:
      case 12:
      case 13: {
        const value = readValue(source, part);
        if (value.type !== undefined) types.set(value.name, value.type);
        if (part.id === 11) inputs.push(value.name);
        else if (part.id === 12) outputs.push(value.name);
        break;
      }
      case 15:
        throw new UserError('model-sparse', 'The model has sparse initializers, which are not supported.', {
          next: 'Export it with dense weights.',
        });
      default:
    }
  }
  return { name, inputs, outputs, nodes, constants, types };
}

function readNode(source: ByteSource, field: Field, depth: number, index: number): Node {
  const inputs: Value[] = [];
  const outputs: Value[] = [];
  const attributes: Record<string, Attribute> = {};
  let [name, op, domain] = ['', '', ''];
  for (const part of walk(source, field.start, field.end, 'a node')) {
    if (part.id === 1) inputs.push(stringOf(source, part));
    else if (part.id === 2) outputs.push(stringOf(source, part));
    else if (part.id === 3) name = stringOf(source, part);
    else if (part.id === 4) op = stringOf(source, part);
    else if (part.id === 7) domain = stringOf(source, part);
    else if (part.id === 5) {
      const attribute = readAttribute(source, part, depth);
      if (attribute.value !== undefined) attributes[attribute.name] = attribute.value;
    }
  }
  return {
    name: name === '' ? `${op}_${index}` : name,
    op,
    domain: domain === 'ai.onnx' ? '' : domain,
    inputs,
    outputs,
    attributes,
  };
}

/** Attribute kinds by AttributeProto.AttributeType. */
const kinds: readonly string[] = ['', 'float', 'int', 'string', 'tensor', 'graph', 'floats', 'ints', 'strings'];

/** Marks an attribute that takes its value from the function call it stands in. */
export const REFERENCE = '@';

function readAttribute(
  source: ByteSource,
  field: Field,
  depth: number,
): { name: string; value: Attribute | undefined } {
  let name = '';
  let kind = '';
  let reference = '';
  let single: Attribute | undefined;
  const ints: number[] = [];
  const floats: number[] = [];
  const strings: string[] = [];
  for (const part of walk(source, field.start, field.end, 'an attribute')) {
    switch (part.id) {
      case 1:
        name = stringOf(source, part);
        break;
      case 2:
        single = { type: 'float', value: floatsOf(source, part)[0] ?? 0 };
        break;
      case 3:
        single = { type: 'int', value: integerOf(source, part) };
        break;
      case 4:
        single = { type: 'string', value: stringOf(source, part) };
        break;
      case 5:
        single = { type: 'tensor', value: readTensor(source, part.start, part.end).tensor };
        break;
      case 6:
        single = { type: 'graph', value: readGraph(source, part, depth + 1) };
        break;
      case 7:
        for (const value of floatsOf(source, part)) floats.push(value);
        break;
      case 8:
        for (const value of integersOf(source, part)) ints.push(Number(value));
        break;
      case 9:
        strings.push(stringOf(source, part));
        break;
      case 20:
        kind = kinds[integerOf(source, part)] ?? '';
        break;
      case 21:
        reference = stringOf(source, part);
        break;
      default:
    }
  }
  if (reference !== '') return { name, value: { type: 'string', value: `${REFERENCE}${reference}` } };
  return { name, value: valueOf(kind, single, ints, floats, strings) };
}

/** Files before IR version 3 have no kind; empty lists and zero scalars may be left out of the bytes. */
function valueOf(
  kind: string,
  single: Attribute | undefined,
  ints: readonly number[],
  floats: readonly number[],
  strings: readonly string[],
): Attribute | undefined {
  if (kind === 'ints' || (kind === '' && ints.length > 0)) return { type: 'ints', value: ints };
  if (kind === 'floats' || (kind === '' && floats.length > 0)) return { type: 'floats', value: floats };
  if (kind === 'strings' || (kind === '' && strings.length > 0)) return { type: 'strings', value: strings };
  if (single !== undefined) return single;
  if (kind === 'int' || kind === 'float') return { type: kind, value: 0 };
  return kind === 'string' ? { type: 'string', value: '' } : undefined;
}

function readValue(source: ByteSource, field: Field): { name: string; type: ValueType | undefined } {
  let name = '';
  let type: ValueType | undefined;
  for (const part of walk(source, field.start, field.end, 'a value')) {
    if (part.id === 1) name = stringOf(source, part);
    else if (part.id === 2) type = readType(source, part);
  }
  return { name, type: type?.shape === undefined ? type : { ...type, shape: named(name, type.shape) } };
}

/** Sizes without a name get one of their own. */
function named(value: Value, shape: readonly Dim[]): readonly Dim[] {
  return shape.map((dim, axis) => (dim === '' ? atom(`?${value}:${axis}`) : dim));
}

/** Undefined for sequences, maps and optional values. */
function readType(source: ByteSource, field: Field): ValueType | undefined {
  for (const part of walk(source, field.start, field.end, 'a type')) {
    if (part.id !== 1) continue;
    let dtype: DType | undefined;
    let shape: readonly Dim[] | undefined;
    for (const item of walk(source, part.start, part.end, 'a tensor type')) {
      if (item.id === 1) {
        const code = integerOf(source, item);
        dtype = code === 16 ? 'float32' : dtypeFromCode(code);
      } else if (item.id === 2) shape = readShape(source, item);
    }
    return dtype === undefined ? undefined : { dtype, shape };
  }
  return undefined;
}

function readShape(source: ByteSource, field: Field): Dim[] {
  const shape: Dim[] = [];
  for (const part of walk(source, field.start, field.end, 'a shape')) {
    if (part.id !== 1) continue;
    let dim: Dim = '';
    for (const item of walk(source, part.start, part.end, 'a size')) {
      if (item.id === 1) dim = integerOf(source, item);
      else if (item.id === 2) dim = sizeName(stringOf(source, item));
    }
    shape.push(typeof dim === 'number' && dim < 0 ? '' : dim);
  }
  return shape;
}

/** Names may be expressions (`2*s0 + 1`, `past + sequence`); everything else is one name. */
function sizeName(text: string): Dim {
  const tight = text.replace(/\s/g, '');
  const term = String.raw`(\d+|[A-Za-z_][\w.]*)`;
  const expression = new RegExp(String.raw`^${term}([*+-]${term})*$`);
  return tight !== '' && expression.test(tight) && !tight.startsWith('floor')
    ? spell(tight)
    : text === ''
      ? ''
      : atom(text);
}

function readFunction(source: ByteSource, field: Field): LocalFunction {
  const inputs: Value[] = [];
  const outputs: Value[] = [];
  const nodes: Node[] = [];
  const defaults: Record<string, Attribute> = {};
  let [name, domain] = ['', ''];
  for (const part of walk(source, field.start, field.end, 'a function')) {
    if (part.id === 1) name = stringOf(source, part);
    else if (part.id === 4) inputs.push(stringOf(source, part));
    else if (part.id === 5) outputs.push(stringOf(source, part));
    else if (part.id === 7) nodes.push(readNode(source, part, 0, nodes.length));
    else if (part.id === 10) domain = stringOf(source, part);
    else if (part.id === 11) {
      const attribute = readAttribute(source, part, 0);
      if (attribute.value !== undefined) defaults[attribute.name] = attribute.value;
    }
  }
  return { name, domain, inputs, outputs, nodes, defaults };
}
