/** A MethodContext for work that explains nothing: forward passes only. */
import { featureEntries } from '../explain/places';
import type { MethodContext } from '../explain/types';
import type { Feeds } from '../engine/types';
import type { ProgramSpec } from '../program/types';
import { batchesAreTrue, rowsPerRun } from './batching';
import { refuseMaps } from './attribute';
import type { Trust } from './attribute';
import type { LoadedModel } from './models';
import { anySeed, entriesOf, logitsOf } from './points';
import type { Lease } from './sessions';
import type { AttributeRequest, ComputeOptions } from './types';

/** @param sample With features, so that entries are known; its own logits are computed. */
export async function plainContext(
  { model, engine }: LoadedModel,
  lease: Lease,
  trust: Trust,
  sample: AttributeRequest['sample'],
  options: ComputeOptions,
): Promise<MethodContext> {
  refuseMaps(model);
  const signal = options.signal ?? new AbortController().signal;
  const compile = (spec: ProgramSpec) => lease.get(engine, model, spec);
  const logits = await logitsOf(model, compile, sample.feeds, signal);
  const entries = featureEntries(model.entries, sample.featureOf);
  const inputs = new Set(Object.keys(sample.featureOf));
  const many = await canBatch({ model, engine }, lease, trust, sample.feeds, inputs, logits);
  return {
    model,
    entries,
    executable: compile,
    sample: { ...sample, logits, entries: await entriesOf(entries, compile, sample.feeds) },
    baselines: [],
    population: [],
    conservation: false,
    target: { head: 'linear', seed: anySeed(model).data as Float32Array, class: 0 },
    parameters: {},
    chunk: many ? rowsPerRun(model, sample.feeds, engine) : 1,
    signal,
    progress: (done, total, message) => options.progress?.(done, total, message),
  };
}

/** Whether a batch of two was seen to equal two singles; looked into once per model. */
export function canBatch(
  { model, engine }: LoadedModel,
  lease: Lease,
  trust: Trust,
  feeds: Feeds,
  featureInputs: ReadonlySet<string>,
  logits: Float32Array,
): Promise<boolean> {
  if (!model.batchable) return Promise.resolve(false);
  const compile = (spec: ProgramSpec) => lease.get(engine, model, spec);
  const known = trust.get(model) ?? batchesAreTrue(model, compile, feeds, featureInputs, logits);
  trust.set(model, known);
  return known;
}
