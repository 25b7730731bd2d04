/** How many rows go into one run, and whether a model can be trusted with more than one. */
import type { Engine, Executable, Feeds } from '../engine/types';
import { BATCH } from '../graph/types';
import type { Dim, Graph, Tensor } from '../graph/types';
import { copy, floats, stack } from '../explain/rows';
import { FORWARD } from '../explain/runs';
import type { Model } from '../model/types';
import { names } from '../program/types';
import type { ProgramSpec } from '../program/types';
import type { LoadedModel } from './models';
import { anySeed, logitsOf } from './points';

/** Most rows of one run. */
const MOST_ROWS = 16;
/** On a device, which one row of most models does not keep busy. */
const MOST_DEVICE_ROWS = 64;
/**
 * Bytes of forward values that one run may hold. Measured on one thread, processor time of 16 nodes of integrated
 * gradients and peak memory: MobileNetV2 with 1, 2, 4 rows 731, 735, 830 ms and 281, 340, 437 MB; a 6-layer BERT at
 * 128 tokens with 1, 2, 4, 8 rows 6.2, 5.7, 5.7, 6.4 s and 794, 895, 1084, 1469 MB. So more rows only help inputs that
 * do not keep a core busy by themselves, and short runs are what cancelling and other requests wait for.
 */
const VALUE_BYTES = 64 * 2 ** 20;

/** Of a device's memory one run may fill so much with forward values; weights and the way back need the rest. */
const DEVICE_SHARE = 1 / 16;

/**
 * Rows per run, from the size of the model's values for this sample and the device's memory alone: the same request,
 * the same rows.
 */
export function rowsPerRun(
  model: Model,
  feeds: Feeds,
  { memory }: Pick<Engine, 'memory'>,
  most = memory === undefined ? MOST_ROWS : MOST_DEVICE_ROWS,
): number {
  const bytes = Math.max(1, valueBytes(model.graph, sizesOf(model, feeds)));
  const room = memory === undefined ? VALUE_BYTES : memory * DEVICE_SHARE;
  return Math.max(1, Math.min(most, Math.floor(room / bytes)));
}

/** Bytes of forward values of one sample, and of the model's file, up to which runs are short. */
const SHORT_VALUES = 2 ** 18;
const SHORT_MODEL = 2 ** 26;

/**
 * The engine for many short runs in the background. Measured on two cores: a text CNN on 16 questions takes 0.8 ms of
 * processor time on one thread and 2.2 ms on two, mails 0.04 and 0.08.
 */
export function engineForMany({ model, engine }: LoadedModel, feeds: Feeds): Engine {
  if (engine.alone === undefined || model.bytes > SHORT_MODEL) return engine;
  return valueBytes(model.graph, sizesOf(model, feeds)) <= SHORT_VALUES ? engine.alone : engine;
}

/** Sizes that the sample gives to named dimensions. */
function sizesOf(model: Model, feeds: Feeds): ReadonlyMap<Dim, number> {
  const sizes = new Map<Dim, number>([[BATCH, 1]]);
  for (const { name, type } of model.inputs)
    type.shape?.forEach((dim, axis) => {
      const size = feeds[name]?.dims[axis];
      if (typeof dim === 'string' && size !== undefined && !sizes.has(dim)) sizes.set(dim, size);
    });
  return sizes;
}

function valueBytes(graph: Graph, sizes: ReadonlyMap<Dim, number>): number {
  let bytes = 0;
  for (const node of graph.nodes)
    for (const output of node.outputs) {
      const { dtype, shape } = graph.types.get(output) ?? {};
      if (dtype !== 'float32' || shape === undefined) continue;
      bytes += shape.reduce<number>((size, dim) => size * (typeof dim === 'number' ? dim : (sizes.get(dim) ?? 1)), 4);
    }
  return bytes;
}

/**
 * Runs two different samples one by one and together; a shape with a baked batch size would mix them silently, or
 * fail. The second sample is the first with its features moved by one place.
 */
export async function batchesAreTrue(
  model: Model,
  compile: (spec: ProgramSpec) => Promise<Executable>,
  feeds: Feeds,
  featureInputs: ReadonlySet<string>,
  logits: Float32Array,
): Promise<boolean> {
  const other = Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => [name, featureInputs.has(name) ? moved(tensor) : tensor]),
  );
  try {
    const single = await logitsOf(model, compile, other);
    const both = Object.fromEntries(
      model.inputs.flatMap(({ name, type }) => {
        const [one, two] = [feeds[name], other[name]];
        if (one === undefined || two === undefined) return [];
        return [[name, type.shape?.[0] === BATCH ? stack([one, two]) : one]];
      }),
    );
    const executable = await compile(FORWARD);
    const outputs = await executable.run({ ...both, [names.seed]: anySeed(model) });
    const together = floats(outputs[names.logits], names.logits);
    return close(together, [...logits, ...single]);
  } catch {
    return false;
  }
}

function moved(tensor: Tensor): Tensor {
  const data = copy(tensor.data);
  const last = data.length - 1;
  if (last < 0) return tensor;
  for (let i = 0; i < last; i += 1) (data as unknown[])[i] = tensor.data[i + 1];
  (data as unknown[])[last] = tensor.data[0];
  return { dtype: tensor.dtype, dims: tensor.dims, data };
}

/** Sums in another order differ in the last bits; mixed samples differ in the first. */
function close(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  let [scale, worst] = [1e-6, 0];
  for (let i = 0; i < a.length; i += 1) {
    scale = Math.max(scale, Math.abs(b[i] as number));
    worst = Math.max(worst, Math.abs((a[i] as number) - (b[i] as number)));
  }
  return worst <= 1e-3 * scale;
}
