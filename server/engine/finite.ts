/** NaN and infinity: found in outputs, and followed back to the node that made them first. */
import type { Graph, Node, Tensor, Value } from '../graph/types';

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

export interface Search {
  /** Looks at a value of the run, in the order of the nodes; the culprit as soon as it is known. */
  see(node: Node, value: Value, tensor: Tensor): Culprit | null;
  /** After the last value: who made the infinity that an output has. */
  end(): Culprit | null;
}

/**
 * The first NaN (or, without any, the bad output) is followed back through infinities to the node that made the first
 * of them. Infinities that lead to no NaN are harmless: masks hold them.
 */
export function searchNonFinite(graph: Graph): Search {
  const infinite = new Map<Value, Node>();
  return {
    see(node, value, tensor) {
      if (isFinite(tensor)) return null;
      if (hasNaN(tensor)) return nanFrom(node, infinite);
      infinite.set(value, node);
      return null;
    },
    end() {
      const output = graph.outputs.find((value) => infinite.has(value));
      return output === undefined ? null : infinityFrom(infinite.get(output) as Node, infinite);
    },
  };
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
export function badConstant(graph: Graph): Culprit | null {
  for (const [name, tensor] of graph.constants)
    if (hasNaN(tensor))
      return { what: 'NaN', where: `weights ${name}`, next: 'the model file holds NaN: train or export it again' };
  return null;
}

export function isFloatValue(graph: Graph, value: Value): boolean {
  if (value === '') return false;
  const dtype = graph.types.get(value)?.dtype;
  return dtype === undefined || dtype === 'float32' || dtype === 'float64';
}
