/** Models from ONNX files. */
import { dirname, resolve } from 'node:path';
import { UserError } from '../errors';
import { fileSource } from '../graph/onnx/bytes';
import { readOnnx } from '../graph/onnx/read';
import type { OnnxFile } from '../graph/onnx/read';
import { bytesPerElement, sizeOf } from '../graph/tensor';
import type { Graph, Node, Tensor, Value, ValueType } from '../graph/types';
import { chooseBatch } from './batch';
import type { BatchChoice } from './batch';
import { findEntries } from './entries';
import { checkFinite } from './finite';
import { hashFiles } from './hash';
import { normalize } from './normalize';
import type { Normalized } from './normalize';
import { checkMemory, inspectFile } from './open';
import { analyseOutput, startsWithBatch, typeOf } from './outputs';
import type { ImportOptions, Model } from './types';

/**
 * Reads an ONNX model of any operator set from 7 on and normalises it: canonical operator set, float32, constants
 * folded, batch free, logits and entry points found. Weights stay on disk.
 *
 * @param path The .onnx file; external data lies beside it.
 * @throws UserError saying what is wrong with the file, where, and what to do.
 */
export function importModel(path: string, options: ImportOptions = {}): Promise<Model> {
  return new Promise((done) => {
    const full = resolve(path);
    done(locate(full, () => importSync(full, options)));
  });
}

function importSync(path: string, options: ImportOptions): Model {
  const { bytes } = inspectFile(path);
  checkMemory(path, bytes, options.memoryLimit);
  const file = parse(path);
  const weights = bytesOf(allTensors(file.graph));
  checkMemory(path, weights, options.memoryLimit);
  checkFinite(file.graph.constants);
  const inputs = file.graph.inputs.filter((input) => !file.graph.constants.has(input));
  const choice = chooseBatch(inputs, file.graph.types);
  const attempt = assemble(path, file, choice, options);
  // A batch of one that cannot be freed is left as it was exported.
  const model =
    attempt.batchable || !choice.baked
      ? attempt
      : assemble(path, file, { ...choice, types: file.graph.types }, options);
  const dataFiles = externalFiles(file.graph, path);
  return { ...model, hash: hashFiles([path, ...dataFiles]), dataFiles, bytes: weights };
}

/**
 * The canonical Graph of any ONNX file, also of one without scores (what tests and tools look at).
 * @throws UserError as `importModel`.
 */
export function importGraph(path: string): Graph {
  return locate(path, () => {
    inspectFile(path);
    const file = parse(path);
    const inputs = file.graph.inputs.filter((input) => !file.graph.constants.has(input));
    return normalize(file, chooseBatch(inputs, file.graph.types).types).graph;
  });
}

function parse(path: string): OnnxFile {
  const source = fileSource(path);
  try {
    return readOnnx(source);
  } finally {
    source.close();
  }
}

/** Errors about a model say which; anything else that a strange file provokes is an error about that file too. */
function locate<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UserError && error.where !== undefined && error.next !== undefined) throw error;
    const known = error instanceof UserError;
    const what = known
      ? error.what
      : `The model cannot be read: ${error instanceof Error ? error.message : String(error)}.`;
    throw new UserError(known ? error.code : 'model-invalid', what, {
      where: known ? (error.where ?? path) : path,
      next:
        known && error.next !== undefined ? error.next : 'Check it with onnx.checker.check_model, or export it again.',
      cause: error,
    });
  }
}

function assemble(path: string, file: OnnxFile, choice: BatchChoice, options: ImportOptions): Model {
  const normal = normalize(file, choice.types);
  const { graph } = normal;
  if (options.output !== undefined && !graph.outputs.includes(options.output)) {
    throw new UserError('model-output', `The model has no output called ${options.output}.`, {
      where: path,
      next: `Its outputs are ${graph.outputs.join(', ')}.`,
    });
  }
  const output = analyseOutput(graph, normal.scores, options.output);
  if (output === null) {
    throw new UserError('model-output', 'The model has no output of floating-point scores.', {
      where: path,
      next: 'Export it so that it returns logits or probabilities.',
    });
  }
  const crossing = graph.nodes.find((node) => acrossBatch.has(node.op));
  const batchable = choice.fixed === null && crossing === undefined && batchesThrough(graph, output.type);
  return {
    graph,
    inputs: graph.inputs.map((name) => ({ name, type: inputType(graph, name) })),
    outputs: graph.outputs,
    output,
    entries: findEntries(graph),
    hash: '',
    bytes: 0,
    notes: notesOf(normal, choice, batchable, crossing),
    batchable,
  };
}

function inputType(graph: Graph, name: Value): ValueType {
  return typeOf(graph, name) ?? { dtype: 'float32', shape: undefined };
}

/** Shapes say that every sample of a batch has its own logits. */
function batchesThrough(graph: Graph, logits: ValueType): boolean {
  return (
    graph.inputs.every((input) => inputType(graph, input).shape?.length === 0 || hasBatch(inputType(graph, input))) &&
    startsWithBatch(logits)
  );
}

function hasBatch(type: ValueType): boolean {
  return type.shape?.some((dim) => dim === 'batch') === true;
}

/** Operators that take a range over all samples of a batch. */
const acrossBatch = new Set(['DynamicQuantizeLinear', 'DynamicQuantizeMatMul', 'DynamicQuantizeLSTM']);

const quantized = /Quantize|QLinear|Integer|^QGemm|^QAttention|NBits/;

function notesOf(normal: Normalized, choice: BatchChoice, batchable: boolean, crossing: Node | undefined): string[] {
  const notes = [...normal.notes];
  if (normal.graph.nodes.some((node) => quantized.test(node.op))) {
    notes.push('Quantised model: it predicts exactly as deployed; gradients pass straight through the rounding.');
  }
  if (crossing !== undefined) {
    notes.push(`Samples are run one by one: ${crossing.op} (${crossing.name}) scales by the whole batch.`);
    return notes;
  }
  if (choice.fixed !== null) notes.push(`The model was exported for batches of exactly ${choice.fixed}.`);
  else if (!batchable) notes.push('Samples are run one by one: the batch size is part of the exported model.');
  return notes;
}

function allTensors(graph: Graph): Tensor[] {
  const inner = graph.nodes.flatMap((node) =>
    Object.values(node.attributes).flatMap((attribute) =>
      attribute.type === 'tensor' ? [attribute.value] : attribute.type === 'graph' ? allTensors(attribute.value) : [],
    ),
  );
  return [...graph.constants.values(), ...inner];
}

/** Bytes of the weights as the Graph holds them: half precision counts double. */
function bytesOf(tensors: readonly Tensor[]): number {
  return tensors.reduce(
    (sum, tensor) =>
      sum +
      sizeOf(tensor.dims) *
        (tensor.dtype === 'string' ? 16 : tensor.dtype === 'float16' ? 4 : bytesPerElement(tensor.dtype)),
    0,
  );
}

function externalFiles(graph: Graph, path: string): string[] {
  const files = new Set(
    allTensors(graph).flatMap((tensor) => (tensor.origin === undefined ? [] : [tensor.origin.path])),
  );
  files.delete(path);
  return [...files].filter((file) => dirname(file).startsWith(dirname(path))).sort();
}
