/** SavedModel folders: a graph as protobuf and a checkpoint of its variables. */
import { readFileSync, statSync } from 'node:fs';
import { UserError } from '../../errors';
import { allocate, bytesPerElement, fromBytes, sizeOf } from '../../graph/tensor';
import type { DType, Tensor } from '../../graph/types';
import type { SourceFile } from '../formats';
import { buildTensorflow } from '../tensorflow/build';
import { onnxType, typeNumber, withoutHalves } from '../tensorflow/dtypes';
import type { TfAttribute, TfFunction, TfNode } from '../tensorflow/types';
import { messageOf } from './proto';
import type { Message } from './proto';
import { restored } from './restore';
import { openVariables } from './variables';

const LARGEST = 2 ** 31 - 1;
const HALVED =
  'TensorFlow computes parts of this model in half precision; here they are float32: logits may differ from the third digit on.';

/** @param path The saved_model.pb in the folder. */
export function readSavedModel(path: string): SourceFile {
  try {
    return read(path);
  } catch (error) {
    // The wire format is read with the words of ONNX.
    if (!(error instanceof UserError) || !error.what.includes('ONNX model')) throw error;
    throw new UserError(error.code, error.what.replace('ONNX model', 'SavedModel'), {
      where: path,
      next: 'Copy or save the model again.',
      cause: error,
    });
  }
}

function read(path: string): SourceFile {
  if (statSync(path).size > LARGEST)
    throw new UserError('model-too-large', 'The saved_model.pb is larger than 2 GiB.', {
      where: path,
      next: 'Convert the model to ONNX with tf2onnx.',
    });
  const saved = messageOf(readFileSync(path), 'the SavedModel');
  const metas = saved.all(2);
  const meta = metas.find((item) => item.one(1)?.texts(4).includes('serve')) ?? metas[0];
  const graph = meta?.one(2);
  if (meta === undefined || graph === undefined)
    throw new UserError('model-invalid', 'The file holds no graph.', {
      where: path,
      next: 'Save the model again: tf.saved_model.save(model, folder).',
    });
  const nodes = graph.all(1).map(nodeOf);
  const functions = graph.one(2)?.all(1).map(functionOf) ?? [];
  const variables = openVariables(path);
  const names = restored(nodes, functions);
  const weights = new Map<string, Tensor>();
  for (const { name, op, attributes } of nodes) {
    if (!['VarHandleOp', 'VariableV2', 'Variable'].includes(op)) continue;
    const keys = [names.get(name), attributes['shared_name']?.text, name].filter((key) => key !== undefined);
    const tensor = keys.map((key) => variables.tensor(key)).find((found) => found !== undefined);
    if (tensor !== undefined) weights.set(name, tensor);
  }
  const { inputs, outputs, notes } = signatureOf(meta, path);
  const file = buildTensorflow({ nodes, functions, weights, inputs, outputs }, 'tensorflow saved model');
  const halved = [...nodes, ...functions.flatMap((item) => item.nodes)].some(({ attributes }) =>
    Object.values(attributes).some(({ type }) => type === typeNumber('DT_HALF')),
  );
  return { ...file, notes: [...file.notes, ...notes, ...(halved ? [HALVED] : [])], files: [path, ...variables.files] };
}

interface End {
  readonly name: string;
  readonly value: string;
}

/** The inputs and outputs of `serving_default`, or of the first signature: a note says so where there are others. */
function signatureOf(
  meta: Message,
  path: string,
): { readonly inputs: End[]; readonly outputs: End[]; readonly notes: readonly string[] } {
  const listed = meta.all(5).map((entry) => ({ key: entry.text(1), value: entry.one(2) }));
  const useful = listed.filter(({ key }) => !key.startsWith('__saved_model'));
  const chosen = useful.find(({ key }) => key === 'serving_default') ?? useful[0];
  if (chosen?.value === undefined)
    throw new UserError('model-invalid', 'The SavedModel has no signature that says what it reads and returns.', {
      where: path,
      next: 'Save it with one: tf.saved_model.save(model, folder, signatures=…), or model.export(folder).',
    });
  const others = useful.filter(({ key }) => key !== chosen.key).map(({ key }) => key);
  const notes =
    chosen.key === 'serving_default' || others.length === 0
      ? []
      : [`The SavedModel has no signature serving_default: ${chosen.key} is read, beside ${others.join(', ')}.`];
  const ends = (id: number): End[] =>
    (chosen.value?.all(id) ?? []).map((entry) => ({ name: entry.text(1), value: entry.one(2)?.text(1) ?? '' }));
  return { inputs: ends(1), outputs: ends(2), notes };
}

/** NodeDef: name 1, op 2, input 3, attr 5. */
function nodeOf(node: Message): TfNode {
  const attributes = node.all(5).map((entry) => [entry.text(1), attributeOf(entry.one(2))] as const);
  return { name: node.text(1), op: node.text(2), inputs: node.texts(3), attributes: Object.fromEntries(attributes) };
}

/** FunctionDef: signature 1 (name 1, input_arg 2, output_arg 3), node_def 3, ret 4. */
function functionOf(item: Message): TfFunction {
  const signature = item.one(1);
  const results = new Map(item.all(4).map((entry) => [entry.text(1), entry.text(2)]));
  return {
    name: signature?.text(1) ?? '',
    parameters: (signature?.all(2) ?? []).map((arg) => arg.text(1)),
    results: (signature?.all(3) ?? []).map((arg) => results.get(arg.text(1)) ?? ''),
    nodes: item.all(3).map(nodeOf),
  };
}

function shapeOf(shape: Message | undefined): readonly (number | null)[] | undefined {
  if (shape?.integer(3) !== 0) return undefined;
  return shape.all(2).map((dim) => {
    const size = dim.integer(1);
    return Number.isSafeInteger(size) && size >= 0 ? size : null;
  });
}

/** AttrValue: list 1, s 2, i 3, f 4, b 5, type 6, shape 7, tensor 8, func 10. */
function attributeOf(value: Message | undefined): TfAttribute {
  if (value === undefined) return {};
  const list = value.one(1);
  const shape = value.has(7) ? shapeOf(value.one(7)) : undefined;
  const tensor = value.has(8) ? tensorOf(value.one(8)) : undefined;
  const number = value.has(3) ? value.integer(3) : value.has(4) ? value.floats(4)[0] : undefined;
  return {
    ...(number === undefined ? {} : { number }),
    ...(value.has(2) ? { text: value.text(2) } : {}),
    ...(value.has(5) ? { flag: value.integer(5) !== 0 } : {}),
    ...(value.has(6) ? { type: value.integer(6) } : {}),
    ...(shape === undefined ? {} : { shape }),
    ...(tensor === undefined ? {} : { tensor }),
    ...(list === undefined ? {} : { numbers: [...list.integers(3), ...list.floats(4)], texts: list.texts(2) }),
    ...(value.has(10) ? { func: value.one(10)?.text(1) ?? '' } : {}),
  };
}

/** Field of TensorProto that lists the elements of a type; the smaller integers share one. */
const lists: Readonly<Partial<Record<DType, number>>> = {
  ...{ float32: 5, float64: 6, int64: 10, bool: 11, float16: 13, uint32: 16, uint64: 17 },
};
const SMALL_INTEGERS = 7;

/** TensorProto: dtype 1, shape 2, content 4, strings 8, and `lists`. */
function tensorOf(message: Message | undefined): Tensor | undefined {
  if (message === undefined) return undefined;
  const dtype = onnxType(message.integer(1));
  const dims = shapeOf(message.one(2))?.map((dim) => dim ?? 0) ?? [];
  const count = sizeOf(dims);
  if (dtype === undefined || count > 1 << 28) return undefined;
  if (dtype === 'string') return { dtype, dims, data: [...message.texts(8)] };
  const content = message.bytes(4);
  if (content !== undefined && content.length > 0) {
    const bytes = count * bytesPerElement(dtype);
    if (content.length !== bytes)
      throw new UserError('model-invalid', `A constant has ${content.length} bytes where its shape needs ${bytes}.`);
    return withoutHalves({ dtype, dims, data: fromBytes(dtype, content) });
  }
  const field = lists[dtype] ?? SMALL_INTEGERS;
  const list =
    dtype === 'float32' || dtype === 'float64'
      ? message.floats(field, bytesPerElement(dtype) as 4 | 8)
      : message.integers(field);
  const data = allocate(dtype, count);
  const isWide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  for (let index = 0; index < count; index += 1) {
    const value = list[Math.min(index, list.length - 1)] ?? 0;
    (data as unknown as Record<number, number | bigint>)[index] = isWide ? BigInt(value) : value;
  }
  return withoutHalves({ dtype, dims, data });
}
