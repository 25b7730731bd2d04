/** One Program as an ONNX Runtime session. */
import type { InferenceSession } from 'onnxruntime-node';
import { throwIfCancelled, UserError } from '../../errors';
import type { Dim, Graph, Tensor } from '../../graph/types';
import type { Program } from '../../program/types';
import type { Executable, Feeds } from '../types';
import { isFinite, nonFiniteError } from '../finite';
import { bareGraph } from './bare';
import { firstNonFinite } from './finite';
import type { Ort } from './library';
import { loadGraph, sessionOptions } from './load';
import type { SessionChoices } from './load';
import { runError } from './messages';
import { fromOrt, toOrt } from './tensors';
import { byteLength } from './weights';

export async function compileSession(ort: Ort, program: Program, choices: SessionChoices): Promise<Executable> {
  const { graph, key } = program;
  const loaded = program.derivesWeights === true ? bareGraph(graph) : graph;
  const level = program.derivesWeights === true ? 'disabled' : 'all';
  const { session, release } = await loadGraph(ort, loaded, key, (folder) =>
    sessionOptions(choices, folder, level, graph),
  );
  return {
    key,
    trace: program.trace,
    twins: program.twins,
    bytes: estimateBytes(graph),
    async run(feeds, signal) {
      throwIfCancelled(signal);
      const given = pick(ort, session, graph, feeds);
      let results;
      try {
        results = await session.run(given);
      } catch (error) {
        throw runError(error);
      }
      const outputs: Record<string, Tensor> = {};
      for (const [name, value] of Object.entries(results)) outputs[name] = fromOrt(value);
      for (const [name, tensor] of Object.entries(outputs))
        if (!isFinite(tensor)) throw await nonFinite(ort, program, feeds, name, choices);
      return outputs;
    },
    dispose: release,
  };
}

/** The feeds a session has, as ONNX Runtime's tensors. */
function pick(ort: Ort, session: InferenceSession, graph: Graph, feeds: Feeds): InferenceSession.FeedsType {
  return Object.fromEntries(
    session.inputNames.map((name) => {
      const tensor = feeds[name];
      if (tensor === undefined)
        throw new UserError('missing-feed', `The model needs input ${name}, which the sample does not give`, {
          next: `it needs ${session.inputNames.join(', ')}`,
        });
      checkShape(name, graph.types.get(name)?.shape, tensor.dims);
      return [name, toOrt(ort, name, tensor)];
    }),
  );
}

/** @throws UserError `wrong-shape`. A session without shapes would not notice, or say so about a node within. */
function checkShape(name: string, expected: readonly Dim[] | undefined, given: readonly number[]): void {
  if (expected === undefined) return;
  const fits =
    expected.length === given.length && expected.every((dim, axis) => typeof dim === 'string' || dim === given[axis]);
  if (fits) return;
  throw new UserError(
    'wrong-shape',
    `Input ${name} is [${given.join(', ')}] where the model expects [${expected.join(', ')}]`,
    {
      next: 'check size, channels and layout of the input',
    },
  );
}

/** Weights as the session holds them: large ones are laid out anew for convolutions and matrix products. */
function estimateBytes(graph: Graph): number {
  let bytes = 2 * 2 ** 20;
  for (const tensor of graph.constants.values()) bytes += 2 * byteLength(tensor);
  return bytes;
}

/** The error for NaN or infinity: names the input that brought it, or the first node that made it. */
async function nonFinite(
  ort: Ort,
  program: Program,
  feeds: Feeds,
  output: string,
  choices: SessionChoices,
): Promise<Error> {
  const bad = Object.entries(feeds).find(([, tensor]) => !isFinite(tensor));
  if (bad !== undefined)
    return new UserError('non-finite-input', `The sample holds NaN or infinity in input ${bad[0]}`, {
      next: 'check the row, and the columns’ missing values',
    });
  const found = await firstNonFinite(ort, program, feeds, choices).catch(() => null);
  return nonFiniteError(program, output, found);
}
