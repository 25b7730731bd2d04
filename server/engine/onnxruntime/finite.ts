/** Who made NaN or infinity: the program runs again, unfused, with its inner values as outputs. */
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Graph, Tensor } from '../../graph/types';
import type { Program } from '../../program/types';
import { badConstant, floatOutputs, searchNonFinite } from '../finite';
import type { Culprit } from '../finite';
import type { Feeds } from '../types';
import type { Ort } from './library';
import { loadGraph, sessionOptions } from './load';
import type { SessionChoices } from './load';
import { fromOrt, toOrt } from './tensors';

/** Values returned at once while searching: all of a large model's would not fit. */
const AT_ONCE = 32;

export async function firstNonFinite(
  ort: Ort,
  program: Program,
  feeds: Feeds,
  choices: SessionChoices,
): Promise<Culprit | null> {
  const { graph } = program;
  const weights = badConstant(graph);
  if (weights !== null) return weights;
  const made = graph.nodes.flatMap((node) => floatOutputs(graph, node).map((value) => ({ node, value })));
  const traced: Graph = { ...graph, outputs: [...new Set([...graph.outputs, ...made.map(({ value }) => value)])] };
  const { session, release } = await loadGraph(ort, traced, `${program.key}-traced`, (folder) =>
    sessionOptions(choices, folder, 'disabled', traced),
  );
  try {
    const given = Object.fromEntries(session.inputNames.map((name) => [name, toOrt(ort, name, feeds[name] as Tensor)]));
    const search = searchNonFinite(graph);
    for (let from = 0; from < made.length; from += AT_ONCE) {
      const group = made.slice(from, from + AT_ONCE);
      const results = await session.run(
        given,
        group.map(({ value }) => value),
      );
      for (const { node, value } of group) {
        const culprit = search.see(node, value, fromOrt(results[value] as OrtTensor));
        if (culprit !== null) return culprit;
      }
    }
    return search.end();
  } finally {
    release();
  }
}
