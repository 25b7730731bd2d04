/** NaN and infinity: found in outputs, and traced back to the node that made them first. */
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Graph, Tensor, Value } from '../../graph/types';
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
  for (const value of data) difference += value - value;
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
 * Runs again, unfused, with intermediate values as outputs, and finds the first bad one in the order of the graph:
 * the first NaN, else the first infinity (masks hold harmless infinities).
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
    let infinite: (typeof made)[number] | undefined;
    for (let from = 0; from < made.length; from += AT_ONCE) {
      const group = made.slice(from, from + AT_ONCE);
      const results = await session.run(
        given,
        group.map(({ value }) => value),
      );
      for (const item of group) {
        const tensor = fromOrt(results[item.value] as OrtTensor);
        if (isFinite(tensor)) continue;
        if (hasNaN(tensor)) return culprit('NaN', item.node);
        infinite ??= item;
      }
    }
    return infinite === undefined ? null : culprit('infinity', infinite.node);
  } finally {
    release();
  }
}

const culprit = (what: string, node: Graph['nodes'][number]): Culprit => ({
  what,
  where: `node ${node.name} (${node.op})`,
  next: 'check the input for values the model was not made for',
});

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
