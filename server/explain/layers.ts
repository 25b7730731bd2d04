/** Inner values of a model that layer methods can use, and which of them a method takes unless told otherwise. */
import { UserError } from '../errors';
import { BATCH } from '../graph/types';
import type { Node, Value } from '../graph/types';
import type { Model } from '../model/types';
import { recognizeActivations } from '../program/canonize/activations';
import { findWay } from '../program/backward';
import { cutNodes } from '../program/cut';
import { activationsOf } from '../program/rules/guided/activations';
import { stops } from '../program/rules/gradient/stops';
import type { LayerInfo } from '../protocol';
import { nearNames } from './near';

const convolutions: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose']);

/** Operators whose results are layers by themselves; further ones depend on their inputs, see `isLayer`. */
const layers: ReadonlySet<string> = new Set([
  ...convolutions,
  ...['Gemm', 'BatchNormalization', 'LayerNormalization', 'InstanceNormalization', 'GroupNormalization'],
  ...['MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool'],
]);

/** Operators that only move elements. */
const plumbing: ReadonlySet<string> = new Set(['Transpose', 'Squeeze', 'Unsqueeze', 'Reshape', 'Slice', 'Gather']);
const reductions: ReadonlySet<string> = new Set(['ReduceMean', 'ReduceSum', 'ReduceMax']);

const known = new WeakMap<Model, readonly LayerInfo[]>();

/**
 * Results of convolutions, dense layers, normalisations, activations, pooling, residual sums and recurrent layers on
 * the way from the entries to the logits, in the order the model computes them; those whose first axis is the batch.
 */
export function layersOf(model: Model): readonly LayerInfo[] {
  const found = known.get(model) ?? findLayers(model);
  known.set(model, found);
  return found;
}

function findLayers(original: Model): readonly LayerInfo[] {
  const kept = new Set([original.output.logits, ...original.entries.map((entry) => entry.value)]);
  // An activation in several nodes is one layer.
  const model = { ...original, graph: recognizeActivations(original.graph, kept) };
  const { graph } = model;
  const way = wayOf(model);
  const { nodes } = way;
  const activation = activationsOf(graph);
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const constant = (value: Value): boolean => value === '' || graph.constants.has(value);
  const users = new Map<Value, Node[]>();
  for (const node of nodes) for (const input of node.inputs) users.set(input, [...(users.get(input) ?? []), node]);

  /** A dense layer's sum with its bias: the layer is what comes out of the sum. */
  const addsBias = (node: Node): boolean => node.op === 'Add' && node.inputs.some(constant);
  const isDense = (node: Node | undefined): boolean => node?.op === 'MatMul' && node.inputs.some(constant);
  const inside = new Set(nodes.flatMap((node) => activation(node)?.gate ?? []));
  const isLayer = (node: Node): boolean => {
    if (node.domain !== '' || inside.has(node)) return false;
    if (layers.has(node.op) || activation(node) !== null) return true;
    if (node.op === 'MatMul') {
      const next = users.get(node.outputs[0] ?? '') ?? [];
      return isDense(node) && !(next.length === 1 && next.every(addsBias));
    }
    if (node.op === 'Add' || node.op === 'Sum') {
      if (node.inputs.filter((input) => way.reaches(input)).length > 1) return true;
      return addsBias(node) && node.inputs.some((input) => isDense(makers.get(input)));
    }
    return (plumbing.has(node.op) || reductions.has(node.op)) && turnsToBatch(node);
  };
  /** Computed with another axis in front (time, in recurrent layers), and now the batch is there. */
  const turnsToBatch = (node: Node): boolean => {
    const source = node.inputs[0] ?? '';
    if (hasBatchAxis(model, source)) return false;
    const before = makers.get(source);
    // One time step of an unrolled loop is no layer.
    if (before === undefined || before.op === 'Slice' || before.op === 'Split') return false;
    return !plumbing.has(before.op) || turnsToBatch(before);
  };
  const ends = new Set([...kept, ...sameAs(model.output.logits, makers)]);
  return nodes.flatMap((node) => {
    const value = node.outputs[0] ?? '';
    return ends.has(value) || !isLayer(node) || !hasBatchAxis(model, value) ? [] : [infoOf(model, node, value)];
  });
}

/** Values that a value is but for its shape. */
function sameAs(value: Value, makers: ReadonlyMap<Value, Node>): readonly Value[] {
  const node = makers.get(value);
  if (node === undefined || !(plumbing.has(node.op) || node.op === 'Identity' || node.op === 'Flatten')) return [];
  const from = node.inputs[0] ?? '';
  return [from, ...sameAs(from, makers)];
}

/** Nodes between entries and logits. */
export function wayOf(model: Model): { readonly nodes: readonly Node[]; reaches(value: Value): boolean } {
  const { graph, output, entries } = model;
  const given = entries.map((entry) => entry.value);
  const way = findWay(cutNodes(graph, [output.logits], new Set(given)), given, output.logits, stops, graph.types);
  return { nodes: way.nodes, reaches: (value) => way.needed(value) };
}

function hasBatchAxis(model: Model, value: Value): boolean {
  const type = model.graph.types.get(value);
  return type?.dtype === 'float32' && type.shape !== undefined && type.shape.length > 1 && type.shape[0] === BATCH;
}

function infoOf(model: Model, node: Node, value: Value): LayerInfo {
  const shape = model.graph.types.get(value)?.shape ?? [];
  return {
    value,
    op: node.op,
    node: node.name,
    shape: shape.slice(1).map((dim) => (typeof dim === 'number' ? dim : null)),
  };
}

/**
 * A layer by its value's name or its node's; values that no list shows will do when relevance can reach them.
 * @throws UserError `unknown-layer` with near names.
 */
export function layerByName(model: Model, name: string): LayerInfo {
  const listed = layersOf(model);
  const own = listed.find((layer) => layer.value === name) ?? listed.find((layer) => layer.node === name);
  if (own !== undefined) return own;
  const node = wayOf(model).nodes.find((candidate) => candidate.outputs.includes(name));
  if (node !== undefined && hasBatchAxis(model, name)) return infoOf(model, node, name);
  const near = nearNames(
    name,
    listed.map((layer) => layer.value),
  );
  throw new UserError('unknown-layer', `The model has no layer “${name}”`, {
    where: 'parameter layer',
    next: `near names: ${near.join(', ')}`,
  });
}

/** From what size a convolution's map is worth looking at, per axis. */
const WORTHWHILE = 7;

/**
 * The last convolution with at least 7 positions per axis; else the last with more than one position. A size that
 * only the run knows counts as large. Null without such a convolution.
 */
export function defaultConvolution(model: Model): LayerInfo | null {
  const maps = layersOf(model).filter(({ op, shape }) => convolutions.has(op) && shape.slice(1).some((n) => n !== 1));
  const large = maps.filter(({ shape }) => shape.slice(1).every((n) => n === null || n >= WORTHWHILE));
  return large.at(-1) ?? maps.at(-1) ?? null;
}

/** The convolution of `defaultConvolution`; else the last layer before the logits. Null where there is no layer. */
export function defaultLayer(model: Model): LayerInfo | null {
  return defaultConvolution(model) ?? layersOf(model).at(-1) ?? null;
}
