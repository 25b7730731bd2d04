/** Forward passes over batches of a survey: rows come stacked, probabilities go back as one array. */
import { throwIfCancelled } from '../errors';
import type { Engine, Executable, Feeds } from '../engine/types';
import { BATCH } from '../graph/types';
import { sizeOf } from '../graph/tensor';
import { FORWARD } from '../explain/runs';
import { floats, part } from '../explain/rows';
import { probabilities } from '../explain/scores';
import { names } from '../program/types';
import { refusePositions } from './attribute';
import type { Trust } from './attribute';
import { engineForMany, rowsPerRun } from './batching';
import { canBatch } from './blame-context';
import type { LoadedModel } from './models';
import { unpack } from './packing';
import { anySeed, logitsOf } from './points';
import type { Lease } from './sessions';
import type { ComputeOptions, ForwardRequest, ForwardResult } from './types';

/** Most rows of one run: more cost memory and gain nothing. */
const MOST_ROWS = 256;

/** Rows run together where the model can be trusted with it, else one by one. */
export async function forward(
  loaded: LoadedModel,
  lease: Lease,
  trust: Trust,
  request: ForwardRequest,
  { signal }: ComputeOptions,
): Promise<ForwardResult> {
  const { model, engine } = loaded;
  refusePositions(model);
  const began = performance.now();
  const seed = { [names.seed]: anySeed(model) };
  const stacks = unpack(request.stacks);
  const total = stacks.reduce((sum, { rows }) => sum + rows, 0);
  const executables = new Map<Engine, Executable>();
  let result = new Float64Array(0);
  let [classes, done] = [0, 0];
  for (const { feeds, rows } of stacks) {
    const single = rows === 1 ? feeds : slice(loaded, feeds, 0, 1);
    const by = engineForMany(loaded, single);
    // Hundreds of stacks a request: the key of a program takes longer than a short run's own work.
    const executable = executables.get(by) ?? (await lease.get(by, model, FORWARD));
    executables.set(by, executable);
    const many = rows > 1 && (await batches({ model, engine: by }, lease, trust, single, signal));
    const size = many ? rowsPerRun(model, single, by, MOST_ROWS) : 1;
    for (let at = 0; at < rows; at += size) {
      throwIfCancelled(signal);
      // Other requests of this process get their turn between two runs.
      if (done > 0) await new Promise(setImmediate);
      const count = Math.min(size, rows - at);
      const given = count === rows ? feeds : slice(loaded, feeds, at, count);
      const outputs = await executable.run({ ...given, ...seed }, signal);
      const logits = floats(outputs[names.logits], names.logits);
      const width = logits.length / count;
      for (let row = 0; row < count; row += 1, done += 1) {
        const p = probabilities(logits.subarray(row * width, (row + 1) * width), model.output);
        if (classes === 0) {
          classes = p.length;
          result = new Float64Array(total * classes);
        }
        result.set(p, done * classes);
      }
    }
  }
  const { hash } = model;
  return { probabilities: result, classes, hash, engine: engine.name, modelMilliseconds: performance.now() - began };
}

/** Looked into once per model; the first row is run alone for it. */
async function batches(
  loaded: LoadedModel,
  lease: Lease,
  trust: Trust,
  first: Feeds,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { model, engine } = loaded;
  if (!model.batchable) return false;
  const known = trust.get(model);
  if (known !== undefined) return known;
  const logits = await logitsOf(model, (spec) => lease.get(engine, model, spec), first, signal);
  return canBatch(loaded, lease, trust, first, new Set(model.inputs.map(({ name }) => name)), logits);
}

/** Rows [at, at + count) of stacked feeds; inputs without a batch axis stay as they are. */
function slice({ model }: LoadedModel, feeds: Feeds, at: number, count: number): Feeds {
  return Object.fromEntries(
    model.inputs.flatMap(({ name, type }) => {
      const tensor = feeds[name];
      if (tensor === undefined) return [];
      if (type.shape?.[0] !== BATCH) return [[name, tensor]];
      const dims = [count, ...tensor.dims.slice(1)];
      const each = sizeOf(tensor.dims.slice(1));
      return [[name, { dtype: tensor.dtype, dims, data: part(tensor.data, at * each, (at + count) * each) }]];
    }),
  );
}
