/** NaN and infinity: found in outputs, and traced back to the node that made them first. */
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Graph, Node, Tensor, Value } from '../../graph/types';
import type { Program } from '../../program/types';
import type { Feeds } from '../types';
import type { Ort } from './library';
import { loadGraph, sessionOptions } from './load';
import type { SessionChoices } from './load';
import { fromOrt, toOrt } from './tensors';

/** False when a float tensor holds NaN or infinity. */
export function isFinite(tensor: Tensor): boolean {
  const { data } = tensor;
  if (!(data instanceof Float32Array) && !(data instanceof Float64Array)) return true;
  // x − x is 0 for finite numbers only; one sum is quicker than a test for each.
  let difference = 0;
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- 14 times quicker on typed arrays
  for (let i = 0; i < data.length; i += 1) difference += (data[i] as number) - (data[i] as number);
  return difference === 0;
}

const hasNaN = (tensor: Tensor): boolean =>
  (tensor.data instanceof Float32Array || tensor.data instanceof Float64Array) &&
  (tensor.data as Float32Array).some((value) => Number.isNaN(value));

export interface Culprit {
  readonly what: string;
  readonly where: string;
  readonly next: string;
}

/** Values returned at once while searching: all of a large model's would not fit. */
const AT_ONCE = 32;

/**
 * Runs again, unfused, with intermediate values as outputs. The first NaN (or, without any, the bad output) is
 * followed back through infinities to the node that made the first of them. Infinities that lead to no NaN are
 * harmless: masks hold them.
 */
export async function firstNonFinite(
  ort: Ort,
  program: Program,
  feeds: Feeds,
  choices: SessionChoices,
): Promise<Culprit | null> {
  const { graph } = program;
  const weights = badConstant(graph);
  if (weights !== null) return weights;
  const made = graph.nodes.flatMap((node) =>
    node.outputs.flatMap((value) => (isFloat(graph, value) ? [{ node, value }] : [])),
  );
  const traced: Graph = { ...graph, outputs: [...new Set([...graph.outputs, ...made.map(({ value }) => value)])] };
  const { session, release } = await loadGraph(ort, traced, `${program.key}-traced`, (folder) => ({
    ...sessionOptions(choices, folder),
    graphOptimizationLevel: 'disabled',
  }));
  try {
    const given = Object.fromEntries(session.inputNames.map((name) => [name, toOrt(ort, name, feeds[name] as Tensor)]));
    const infinite = new Map<Value, Node>();
    for (let from = 0; from < made.length; from += AT_ONCE) {
      const group = made.slice(from, from + AT_ONCE);
      const results = await session.run(
        given,
        group.map(({ value }) => value),
      );
      for (const { node, value } of group) {
        const tensor = fromOrt(results[value] as OrtTensor);
        if (isFinite(tensor)) continue;
        if (hasNaN(tensor)) return nanFrom(node, infinite);
        infinite.set(value, node);
      }
    }
    const output = graph.outputs.find((value) => infinite.has(value));
    return output === undefined ? null : infinityFrom(infinite.get(output) as Node, infinite);
  } finally {
    release();
  }
}

const NEXT = 'check the input for values the model was not made for';
const nodeName = (node: Node): string => `node ${node.name} (${node.op})`;

/** The first node on the way to `node` that made an infinity from finite values. */
function origin(node: Node, infinite: ReadonlyMap<Value, Node>): Node {
  let first = node;
  for (let steps = 0; steps <= infinite.size; steps += 1) {
    const from = first.inputs.map((input) => infinite.get(input)).find((maker) => maker !== undefined);
    if (from === undefined) break;
    first = from;
  }
  return first;
}

function nanFrom(node: Node, infinite: ReadonlyMap<Value, Node>): Culprit {
  const first = origin(node, infinite);
  const where =
    first === node ? nodeName(node) : `${nodeName(first)} gives infinity, which ${nodeName(node)} makes NaN`;
  return { what: 'NaN', where, next: NEXT };
}

function infinityFrom(node: Node, infinite: ReadonlyMap<Value, Node>): Culprit {
  return { what: 'infinity', where: nodeName(origin(node, infinite)), next: NEXT };
}

/** Infinite constants may be masks; NaN never is. */
function badConstant(graph: Graph): Culprit | null {
  for (const [name, tensor] of graph.constants)
    if (hasNaN(tensor))
      return { what: 'NaN', where: `weights ${name}`, next: 'the model file holds NaN: train or export it again' };
  return null;
}

function isFloat(graph: Graph, value: Value): boolean {
  if (value === '') return false;
  const dtype = graph.types.get(value)?.dtype;
  return dtype === undefined || dtype === 'float32' || dtype === 'float64';
}
