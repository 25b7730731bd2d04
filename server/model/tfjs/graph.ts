/** Graph models of TensorFlow.js: a GraphDef as JSON. */
import { UserError } from '../../errors';
import type { OnnxFile } from '../../graph/onnx/read';
import { allocate, sizeOf } from '../../graph/tensor';
import type { Tensor } from '../../graph/types';
import { isList, isObject } from '../keras/config';
import type { Json, JsonObject } from '../keras/config';
import type { NamedTensor } from '../keras/weights';
import { buildTensorflow } from '../tensorflow/build';
import { onnxType, typeNumber } from '../tensorflow/dtypes';
import type { TfAttribute, TfFunction, TfNode } from '../tensorflow/types';

export function buildGraphModel(
  topology: JsonObject,
  signature: Json | undefined,
  weights: readonly NamedTensor[],
): OnnxFile {
  const nodes = nodesOf(topology['node']);
  const library = topology['library'];
  const functions = isObject(library) && isList(library['function']) ? library['function'].map(functionOf) : [];
  const ends = (side: string): { name: string; value: string }[] => {
    const listed = isObject(signature) ? signature[side] : undefined;
    if (!isObject(listed)) return [];
    return Object.entries(listed).flatMap(([name, info]) =>
      isObject(info) && typeof info['name'] === 'string' ? [{ name: plainName(name), value: info['name'] }] : [],
    );
  };
  const map = new Map(weights.map(({ name, tensor }) => [name, tensor]));
  return buildTensorflow(
    { nodes, functions, weights: map, inputs: ends('inputs'), outputs: ends('outputs') },
    'tensorflow.js graph model',
  );
}

/** `Identity:0` is called Identity. */
const plainName = (name: string): string => name.replace(/:0$/, '');

function nodesOf(json: Json | undefined): TfNode[] {
  if (!isList(json)) throw invalid('it has no nodes');
  return json.map((node) => {
    if (!isObject(node) || typeof node['name'] !== 'string' || typeof node['op'] !== 'string')
      throw invalid('a node has no name or operation');
    const { name, op, input, attr } = node;
    const inputs = isList(input) ? input.filter((item) => typeof item === 'string') : [];
    const attributes = Object.entries(isObject(attr) ? attr : {}).map(
      ([key, value]) => [key, attributeOf(value)] as const,
    );
    return { name, op, inputs, attributes: Object.fromEntries(attributes) };
  });
}

function functionOf(json: Json): TfFunction {
  const signature = isObject(json) ? json['signature'] : undefined;
  if (!isObject(json) || !isObject(signature) || typeof signature['name'] !== 'string')
    throw invalid('a function has no signature');
  const names = (key: string): string[] => {
    const list = signature[key];
    return isList(list)
      ? list.flatMap((arg) => (isObject(arg) && typeof arg['name'] === 'string' ? [arg['name']] : []))
      : [];
  };
  const { ret } = json;
  return {
    name: signature['name'],
    parameters: names('inputArg'),
    results: names('outputArg').map((name) => {
      const value = isObject(ret) ? ret[name] : undefined;
      if (typeof value !== 'string') throw invalid(`a function has no result ${name}`);
      return value;
    }),
    nodes: nodesOf(json['nodeDef'] ?? []),
  };
}

function invalid(what: string): UserError {
  return new UserError('model-invalid', `The graph model is not valid: ${what}.`, {
    next: 'Convert the model again with tensorflowjs_converter.',
  });
}

/** Bytes as base64, as a list of codes, or as they are. */
function textOf(json: Json | undefined): string | undefined {
  if (isList(json)) return String.fromCharCode(...json.map(Number));
  return typeof json === 'string' ? Buffer.from(json, 'base64').toString('latin1') : undefined;
}

function shapeOf(json: Json | undefined): readonly (number | null)[] | undefined {
  if (!isObject(json) || json['unknownRank'] === true) return undefined;
  const dims = isList(json['dim']) ? json['dim'] : [];
  return dims.map((dim) => {
    const size = isObject(dim) ? Number(dim['size'] ?? 0) : NaN;
    return Number.isSafeInteger(size) && size >= 0 ? size : null;
  });
}

function attributeOf(json: Json | undefined): TfAttribute {
  if (!isObject(json)) return {};
  const { list } = json;
  const number = json['i'] ?? json['f'];
  const items = (key: string): readonly Json[] => (isObject(list) && isList(list[key]) ? list[key] : []);
  const numbers = [...items('i'), ...items('f')].map(Number);
  const texts = items('s').map((item) => textOf(item) ?? '');
  const type = json['type'];
  const func = json['func'];
  const tensor = isObject(json['tensor']) ? tensorOf(json['tensor']) : undefined;
  const shape = shapeOf(json['shape']);
  const text = textOf(json['s']);
  return {
    ...(number === undefined ? {} : { number: Number(number) }),
    ...(json['b'] === undefined ? {} : { flag: json['b'] === true }),
    ...(text === undefined ? {} : { text }),
    ...(typeof type === 'string' || typeof type === 'number' ? { type: typeNumber(type) } : {}),
    ...(shape === undefined ? {} : { shape }),
    ...(tensor === undefined ? {} : { tensor }),
    ...(isObject(list) ? { numbers, texts } : {}),
    ...(isObject(func) && typeof func['name'] === 'string' ? { func: func['name'] } : {}),
  };
}

/** A tensor written out in the graph; those in the shards are empty here. */
function tensorOf(json: JsonObject): Tensor | undefined {
  const { dtype: type } = json;
  const dtype = onnxType(typeNumber(typeof type === 'number' || typeof type === 'string' ? type : 0));
  const dims = shapeOf(json['tensorShape'])?.map((dim) => dim ?? 0) ?? [];
  if (dtype === undefined || dtype === 'string' || sizeOf(dims) > 1 << 24) return undefined;
  const list = ['floatVal', 'doubleVal', 'intVal', 'int64Val', 'boolVal'].flatMap((key) =>
    isList(json[key]) ? json[key] : [],
  );
  if (list.length === 0) return undefined;
  const data = allocate(dtype, sizeOf(dims));
  const isWide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  // The last value stands for all that follow.
  for (let index = 0; index < data.length; index += 1) {
    const value = Number(list[Math.min(index, list.length - 1)]);
    (data as unknown as Record<number, number | bigint>)[index] = isWide ? BigInt(value) : value;
  }
  return { dtype, dims, data };
}
