/** Probabilities of many inputs: for the prior over a dataset, and for samples tried out by a search. */
import { throwIfCancelled } from '../errors';
import type { Feeds } from '../engine/types';
import { BATCH } from '../graph/types';
import { FORWARD, splitRows } from '../explain/runs';
import { floats, stack } from '../explain/rows';
import { probabilities } from '../explain/scores';
import { POSITION } from '../model/positions';
import type { Model } from '../model/types';
import { names } from '../program/types';
import { refuseMaps, refusePositions } from './attribute';
import type { Trust } from './attribute';
import { rowsPerRun } from './batching';
import { canBatch } from './blame-context';
import type { ProbabilitiesRequest, ProbabilitiesResult } from './blame-types';
import type { LoadedModel } from './models';
import { anySeed, logitsOf } from './points';
import type { Lease } from './sessions';
import type { ComputeOptions } from './types';

export async function probabilitiesOf(
  loaded: LoadedModel,
  lease: Lease,
  trust: Trust,
  { rows }: ProbabilitiesRequest,
  { signal, progress }: ComputeOptions,
): Promise<ProbabilitiesResult> {
  const { model, engine } = loaded;
  const [first] = rows;
  // Rows that say which position they are about have one prediction each.
  if (first === undefined || !(POSITION in first)) refusePositions(model);
  else refuseMaps(model);
  const began = performance.now();
  if (first === undefined) return { probabilities: [], engine: engine.name, modelMilliseconds: 0 };
  const executable = await lease.get(engine, model, FORWARD);
  const compile = () => Promise.resolve(executable);
  const logits = await logitsOf(model, compile, first, signal);
  const inputs = new Set(model.inputs.map(({ name }) => name));
  const many = await canBatch(loaded, lease, trust, first, inputs, logits);
  const result: (readonly number[])[] = [probabilities(logits, model.output)];
  for (let at = 1; at < rows.length;) {
    throwIfCancelled(signal);
    const size = many ? alike(rows, at, rowsPerRun(model, rows[at] as Feeds, engine)) : 1;
    const chunk = rows.slice(at, at + size);
    const feeds = together(model, chunk);
    const outputs = await executable.run({ ...feeds, [names.seed]: anySeed(model) }, signal);
    for (const row of splitRows(floats(outputs[names.logits], names.logits), size))
      result.push(probabilities(row, model.output));
    at += size;
    progress?.(at, rows.length, 'Predicting');
  }
  return { probabilities: result, engine: engine.name, modelMilliseconds: performance.now() - began };
}

/** How many rows from `at` on have the same shapes, and the same scalars (a position), which a run has only once. */
export function alike(rows: readonly Feeds[], at: number, most: number): number {
  const shapes = (row: Feeds | undefined): string =>
    Object.entries(row ?? {})
      .map(([name, { dims, data }]) => `${name}:${dims.length === 0 ? `=${String(data[0])}` : dims.join()}`)
      .join(';');
  const first = shapes(rows[at]);
  let size = 1;
  while (size < most && at + size < rows.length && shapes(rows[at + size]) === first) size += 1;
  return size;
}

/** Feeds of one run for several rows; inputs without a batch axis are the first row's. */
export function together(model: Model, rows: readonly Feeds[]): Feeds {
  return Object.fromEntries(
    model.inputs.flatMap(({ name, type }) => {
      const tensors = rows.flatMap((row) => row[name] ?? []);
      const [only] = tensors;
      if (only === undefined) return [];
      return [[name, type.shape?.[0] === BATCH ? stack(tensors) : only]];
    }),
  );
}
