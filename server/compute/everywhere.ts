/** What a model that predicts at every position says at each. */
import { throwIfCancelled } from '../errors';
import type { Executable, Feeds } from '../engine/types';
import { floats } from '../explain/rows';
import { FORWARD } from '../explain/runs';
import { probabilities } from '../explain/scores';
import type { Reading } from '../explain/scores';
import { i64 } from '../graph/tensor';
import { POSITION } from '../model/positions';
import type { Model } from '../model/types';
import type { ProgramSpec } from '../program/types';
import { names } from '../program/types';
import { anySeed, logitsOf } from './points';
import type { ComputePredictRequest, PositionTop } from './types';

export interface PredictedAt {
  /** One row: of the position that is fed, where there are several. */
  readonly logits: Float32Array;
  readonly everywhere?: readonly PositionTop[];
}

/** One forward pass, with the best class of all positions where they are asked for. */
export async function predictAt(
  model: Model,
  compile: (spec: ProgramSpec) => Promise<Executable>,
  { feeds, everywhere: wanted = false }: ComputePredictRequest,
  signal?: AbortSignal,
): Promise<PredictedAt> {
  const { everywhere } = model.output;
  if (everywhere === undefined) return { logits: await logitsOf(model, compile, feeds, signal) };
  const given: Feeds = { [POSITION]: i64([0], []), ...feeds };
  if (!wanted) return { logits: await logitsOf(model, compile, given, signal) };
  throwIfCancelled(signal);
  const executable = await compile({ ...FORWARD, values: [everywhere] });
  const outputs = await executable.run({ ...given, [names.seed]: anySeed(model) }, signal);
  const logits = floats(outputs[names.logits], names.logits);
  const all = floats(outputs[everywhere], everywhere);
  const count = all.length / logits.length;
  const rows = Array.from({ length: count }, (_, at) => all.subarray(at * logits.length, (at + 1) * logits.length));
  return { logits, everywhere: rows.map((row) => topOf(row, model.output)) };
}

function topOf(logits: Float32Array, reading: Reading): PositionTop {
  const shares = probabilities(logits, reading);
  const best = shares.reduce((top, share, index) => (share > (shares[top] as number) ? index : top), 0);
  return { class: best, probability: shares[best] as number };
}
