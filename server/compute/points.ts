/** From feeds to points in input space: entry values and what the model says there. */
import { f32, sizeOf } from '../graph/tensor';
import type { Tensor, Value } from '../graph/types';
import type { Feeds } from '../engine/types';
import type { Baseline } from '../input/types';
import { placesOf } from '../explain/places';
import { entriesOf } from '../explain/references';
import { floats } from '../explain/rows';
import { FORWARD, forwardRows, newMeter, tensorOf } from '../explain/runs';
import type { EncodedSampleCore, MethodContext, Point } from '../explain/types';
import type { EntryPoint, Model } from '../model/types';
import { names } from '../program/types';
import type { ProgramSpec } from '../program/types';
import type { Executable } from '../engine/types';

export { entriesOf };

type Compile = (spec: ProgramSpec) => Promise<Executable>;

/** A seed for programs whose score nobody reads. */
export function anySeed(model: Model): Tensor {
  const { single, classes } = model.output;
  const width = single || classes === null ? 1 : classes;
  return f32(new Float32Array(width), [1, width]);
}

/** One forward pass from model inputs. @returns Logits of one row. */
export async function logitsOf(
  model: Model,
  compile: Compile,
  feeds: Feeds,
  signal?: AbortSignal,
): Promise<Float32Array> {
  return (await predicted(model, compile, feeds, [], signal)).logits;
}

/** As `logitsOf`, with inner values of the same run. */
export async function predicted(
  model: Model,
  compile: Compile,
  feeds: Feeds,
  values: readonly Value[],
  signal?: AbortSignal,
): Promise<{ readonly logits: Float32Array; readonly inner: Feeds }> {
  const executable = await compile(values.length === 0 ? FORWARD : { ...FORWARD, values });
  const outputs = await executable.run({ ...feeds, [names.seed]: anySeed(model) }, signal);
  const inner = Object.fromEntries(values.map((value) => [value, tensorOf(outputs, value)]));
  return { logits: floats(outputs[names.logits], names.logits), inner };
}

/** Baselines as points. @param context With `baselines` still empty. */
export async function baselinePoints(context: MethodContext, baseline: Baseline | null): Promise<Point[]> {
  if (baseline === null || baseline.kind === 'zero-entries') {
    const entries = zeroEntries(context.entries, context.sample);
    const [logits] = await forwardRows(context, newMeter(), [entries], true);
    return [{ feeds: null, entries, logits: logits as Float32Array }];
  }
  const points: Point[] = [];
  const compile: Compile = (spec) => context.executable(spec);
  const plain = context.entries.every(({ input, value }) => input === value);
  for (const feeds of baseline.feeds) {
    const all = { ...context.sample.feeds, ...feeds };
    const entries = await entriesOf(context.entries, compile, all);
    // Ids may also say where words end (masks, positions counted from the padding): paths leave that as it is.
    const [logits] = plain
      ? [await logitsOf(context.model, compile, all, context.signal)]
      : await forwardRows(context, newMeter(), [entries], true);
    points.push({ feeds: all, entries, logits: logits as Float32Array });
  }
  return points;
}

/** Zero everywhere but at special tokens and at elements that belong to no feature, which stay. */
function zeroEntries(entries: readonly EntryPoint[], sample: EncodedSampleCore): Record<Value, Tensor> {
  const places = placesOf(entries, sample);
  return Object.fromEntries(
    entries.map(({ value }) => {
      const { dims } = tensorOf(sample.entries, value);
      const x = floats(sample.entries[value], value);
      const place = places[value] as Int32Array;
      const data = new Float32Array(sizeOf(dims));
      place.forEach((feature, i) => {
        if (feature < 0 || sample.fixed.has(feature)) data[i] = x[i] as number;
      });
      return [value, f32(data, dims)];
    }),
  );
}
