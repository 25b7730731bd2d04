/** Many samples of a dataset at once: their relevance by one method, and what a layer makes of them. */
import { throwIfCancelled, UserError } from '../errors';
import { layerByName, layersOf } from '../explain/layers';
import { penultimateOf } from '../explain/penultimate';
import { floats } from '../explain/rows';
import { FORWARD, chunks } from '../explain/runs';
import { probabilities } from '../explain/scores';
import type { Model } from '../model/types';
import type { ProgramSpec } from '../program/types';
import { names } from '../program/types';
import { attribute, refusePositions } from './attribute';
import type { Trust } from './attribute';
import { rowsPerRun } from './batching';
import { canBatch } from './blame-context';
import { alike, together } from './blame-probabilities';
import { coalescing } from './coalesce';
import type { LoadedModel } from './models';
import { anySeed, logitsOf } from './points';
import type {
  ActivationsRequest,
  ActivationsResult,
  RelevanceRow,
  RelevancesRequest,
  RelevancesResult,
} from './relevance-types';
import type { Lease } from './sessions';
import type { ComputeOptions } from './types';

/** Most rows of one run: small models gain from more than `rowsPerRun` gives to a single sample. */
const MOST_ROWS = 64;

/**
 * The same numbers as `attribute` gives for each sample. Where the model keeps the rows of a batch apart, samples whose
 * tensors have the same shapes run together.
 * @throws UserError as `attribute` does.
 */
export async function relevancesOf(
  loaded: LoadedModel,
  lease: Lease,
  trust: Trust,
  request: RelevancesRequest,
  { signal, progress }: ComputeOptions,
): Promise<RelevancesResult> {
  const { model, engine } = loaded;
  refusePositions(model);
  const began = performance.now();
  const [first] = request.rows;
  if (first === undefined) return { rows: [], engine: engine.name, modelMilliseconds: 0 };
  const { feeds, featureOf } = first.sample;
  const logits = await logitsOf(model, (spec) => lease.get(engine, model, spec), feeds, signal);
  const many = await canBatch(loaded, lease, trust, feeds, new Set(Object.keys(featureOf)), logits);
  const own = rowsPerRun(model, feeds, engine);
  const most = many ? Math.max(own, Math.min(MOST_ROWS, 4 * own)) : 1;
  const shared = many ? coalescing(lease, model, most) : lease;
  let done = 0;
  const one = async (row: RelevancesRequest['rows'][number]): Promise<RelevanceRow> => {
    const { model: source, labels, method, parameters } = request;
    const computed = await attribute(
      loaded,
      shared,
      trust,
      { model: source, labels, method, parameters, ...row },
      signal === undefined ? {} : { signal },
    );
    progress?.((done += 1), request.rows.length, 'Explaining');
    const { relevance, target, parameters: used } = computed;
    return { relevance, target, parameters: used };
  };
  const rows: RelevanceRow[] = [];
  for (const group of chunks(request.rows, most)) {
    throwIfCancelled(signal);
    rows.push(...(await Promise.all(group.map(one))));
  }
  return { rows, engine: engine.name, modelMilliseconds: performance.now() - began };
}

/**
 * Probabilities and the activations of a layer: mean over positions, one number per unit (last axis of sequences,
 * first axis of maps).
 * @throws UserError `unknown-layer`, `no-layer`.
 */
export async function activationsOf(
  loaded: LoadedModel,
  lease: Lease,
  trust: Trust,
  request: ActivationsRequest,
  { signal }: ComputeOptions,
): Promise<ActivationsResult> {
  const { model, engine } = loaded;
  refusePositions(model);
  const layer = request.layer === null ? null : layerOf(model, request.layer);
  const spec: ProgramSpec = layer === null ? FORWARD : { ...FORWARD, values: [layer] };
  const executable = await lease.get(engine, model, spec);
  const [first] = request.rows;
  if (first === undefined) return { probabilities: [], activations: new Float32Array(0), width: 0, layer };
  const logits = await logitsOf(model, (plain) => lease.get(engine, model, plain), first, signal);
  const inputs = new Set(model.inputs.map(({ name }) => name));
  const many = await canBatch(loaded, lease, trust, first, inputs, logits);
  const result: number[][] = [];
  let activations = new Float32Array(0);
  let width = 0;
  for (let at = 0; at < request.rows.length;) {
    throwIfCancelled(signal);
    const size = many
      ? alike(request.rows, at, Math.min(MOST_ROWS, 4 * rowsPerRun(model, request.rows[at] ?? {}, engine)))
      : 1;
    const chunk = request.rows.slice(at, at + size);
    const feeds = together(model, chunk);
    const outputs = await executable.run({ ...feeds, [names.seed]: anySeed(model) }, signal);
    const all = floats(outputs[names.logits], names.logits);
    const classes = all.length / size;
    for (let i = 0; i < size; i += 1)
      result.push(probabilities(all.subarray(i * classes, (i + 1) * classes), model.output));
    if (layer !== null) {
      const tensor = outputs[layer];
      const values = floats(tensor, layer);
      const units = unitMeans(values, tensor?.dims ?? []);
      if (at === 0) {
        width = units.length / size;
        activations = new Float32Array(width * request.rows.length);
      }
      activations.set(units, at * width);
    }
    at += size;
  }
  return { probabilities: result, activations, width, layer };
}

/** [batch, units, …maps] or [batch, positions, units] to [batch, units]: what is left of positions is their mean. */
function unitMeans(values: Float32Array, dims: readonly number[]): Float32Array {
  const [rows = 1, ...rest] = dims;
  if (rest.length <= 1) return values;
  const sequence = rest.length === 2;
  const units = (sequence ? rest[1] : rest[0]) ?? 1;
  const places = values.length / rows / units;
  const means = new Float32Array(rows * units);
  for (let row = 0; row < rows; row += 1)
    for (let unit = 0; unit < units; unit += 1)
      for (let place = 0; place < places; place += 1) {
        const inside = sequence ? place * units + unit : unit * places + place;
        const at = row * units + unit;
        means[at] = (means[at] as number) + (values[row * units * places + inside] as number) / places;
      }
  return means;
}

function layerOf(model: Model, wished: string): string {
  if (wished !== '') return layerByName(model, wished).value;
  const own = penultimateOf(model) ?? layersOf(model).at(-1)?.value;
  if (own !== undefined) return own;
  throw new UserError('no-layer', 'The model has no layer between its inputs and its output', {
    next: 'compare samples by their heatmaps instead',
  });
}
