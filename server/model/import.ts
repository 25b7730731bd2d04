/** Models from files of any format that `formats.ts` knows. */
import { dirname, resolve } from 'node:path';
import { UserError } from '../errors';
import type { OnnxFile } from '../graph/onnx/read';
import { bytesPerElement, sizeOf } from '../graph/tensor';
import type { Graph, Node, Tensor, Value, ValueType } from '../graph/types';
import { chooseBatch } from './batch';
import type { BatchChoice } from './batch';
import { withDistribution } from './distributions';
import { findEntries } from './entries';
import { checkFinite } from './finite';
import { formatOf, readOnnxFile } from './formats';
import type { SourceFile } from './formats';
import { hashWith, withGiven } from './given';
import { hashFiles } from './hash';
import { readsMissing } from './missing';
import { normalize } from './normalize';
import type { Normalized } from './normalize';
import { checkMemory, inspectFile } from './open';
import { withoutSequences } from './sequences';
import { analyseOutput, startsWithBatch, typeOf, withKnownRank } from './outputs';
import type { EntryPoint, ImportOptions, Model } from './types';

/**
 * Reads a model (ONNX of any operator set from 7 on, TensorFlow.js, Keras) and normalises it: canonical operator
 * set, float32, constants folded, batch free, logits and entry points found. Weights of ONNX files stay on disk.
 *
 * @param path The model file; what belongs to it lies beside it.
 * @throws UserError saying what is wrong with the file, where, and what to do.
 */
export function importModel(path: string, options: ImportOptions = {}): Promise<Model> {
  const full = resolve(path);
  return locate(full, () => importFile(full, options));
}

async function importFile(path: string, options: ImportOptions): Promise<Model> {
  const { bytes } = inspectFile(path);
  checkMemory(path, bytes, options.memoryLimit);
  const read = await formatOf(path).read(path);
  const file = { ...read, graph: withoutSequences(withGiven(read.graph, options.given ?? {})) };
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
  const dataFiles = file.files?.filter((other) => other !== path) ?? externalFiles(file.graph, path);
  return { ...model, hash: hashWith(hashFiles([path, ...dataFiles]), options.given ?? {}), dataFiles, bytes: weights };
}

/**
 * The canonical Graph of any ONNX file, also of one without scores (what tests and tools look at).
 * @throws UserError as `importModel`.
 */
export function importGraph(path: string): Graph {
  try {
    inspectFile(path);
    return canonicalGraph(readOnnxFile(path));
  } catch (error) {
    throw located(path, error);
  }
}

/** The canonical Graph of what a reader read. */
export function canonicalGraph(file: OnnxFile): Graph {
  const inputs = file.graph.inputs.filter((input) => !file.graph.constants.has(input));
  return normalize(file, chooseBatch(inputs, file.graph.types).types).graph;
}

async function locate<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw located(path, error);
  }
}

/** Errors about a model say which; anything else that a strange file provokes is an error about that file too. */
function located(path: string, error: unknown): UserError {
  if (error instanceof UserError && error.where !== undefined && error.next !== undefined) return error;
  const known = error instanceof UserError;
  const what = known
    ? error.what
    : `The model cannot be read: ${error instanceof Error ? error.message : String(error)}.`;
  return new UserError(known ? error.code : 'model-invalid', what, {
    where: known ? (error.where ?? path) : path,
    next: known && error.next !== undefined ? error.next : 'Export or save it again.',
    cause: error,
  });
}

function assemble(path: string, file: SourceFile, choice: BatchChoice, options: ImportOptions): Model {
  const normal = normalize(file, choice.types);
  if (options.output !== undefined && !normal.graph.outputs.includes(options.output)) {
    throw new UserError('model-output', `The model has no output called ${options.output}.`, {
      where: path,
      next: `Its outputs are ${normal.graph.outputs.join(', ')}.`,
    });
  }
  const found = analyseOutput(normal.graph, normal.scores, options.output, options.task);
  if (found === null) {
    throw new UserError('model-output', 'The model has no output of floating-point scores.', {
      where: path,
      next: 'Export it so that it returns logits or probabilities.',
    });
  }
  const { graph, output } = withKnownRank(normal.graph, withDistribution(normal.graph, found, normal.scores));
  const crossing = graph.nodes.find((node) => acrossBatch.has(node.op));
  const batchable =
    choice.fixed === null &&
    crossing === undefined &&
    normal.decides === undefined &&
    batchesThrough(graph, output.type);
  return {
    graph,
    inputs: graph.inputs.map((name) => ({ name, type: inputType(graph, name) })),
    outputs: normal.graph.outputs,
    output,
    entries: entriesOf(graph, file.shares ?? new Map()),
    hash: '',
    bytes: 0,
    ...(file.texts === undefined ? {} : { texts: file.texts }),
    ...(readsMissing(graph) ? { readsMissing: true } : {}),
    notes: [...(file.notes ?? []), ...notesOf(normal, choice, batchable, crossing)],
    batchable,
  };
}

/** Of a text whose words are counted, the words' shares of the numbers that it became. */
function entriesOf(graph: Graph, shares: ReadonlyMap<Value, Value>): EntryPoint[] {
  const found = findEntries({ ...graph, inputs: graph.inputs.filter((input) => !shares.has(input)) });
  return graph.inputs.flatMap((input): EntryPoint[] => {
    const value = shares.get(input);
    const type = value === undefined ? undefined : typeOf(graph, value);
    if (value === undefined || type === undefined) return found.filter((entry) => entry.input === input);
    return [{ input, value, type, kind: 'embedding' }];
  });
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
  if (normal.decides !== undefined) {
    notes.push(`Samples are run one by one: ${normal.decides.op} (${normal.decides.name}) decides by the sample.`);
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
