/** Points to compare with, from samples of a dataset or from baselines. */
import { UserError } from '../errors';
import type { Executable, Feeds } from '../engine/types';
import type { Tensor, Value } from '../graph/types';
import type { EntryPoint } from '../model/types';
import type { ProgramSpec } from '../program/types';
import { numberParameter } from './parameters';
import { placesOf } from './places';
import { floats } from './rows';
import { chunks, forwardRows, tensorOf } from './runs';
import type { Meter } from './runs';
import { scoreOf } from './scores';
import { mapEntries } from './slopes';
import type { EncodedSampleCore, MethodContext, Point } from './types';

/** One point to compare with. */
export interface Reference {
  readonly entries: Point['entries'];
  /** S(x′). */
  readonly score: number;
}

/** Values of the entries, float32, batch 1. */
export async function entriesOf(
  entries: readonly EntryPoint[],
  compile: (spec: ProgramSpec) => Promise<Executable>,
  feeds: Feeds,
): Promise<Record<Value, Tensor>> {
  if (entries.every((entry) => entry.value === entry.input))
    return Object.fromEntries(entries.map(({ value }) => [value, tensorOf(feeds, value)]));
  const executable = await compile({ kind: 'entries', head: 'linear', rules: 'gradient', entries });
  return executable.run(feeds);
}

/**
 * The population's members as points, or the baselines where there is no population. A member is laid over the
 * sample: special tokens, and elements of no feature (padding, positions), stay the sample's own; a member that is
 * shorter is continued by zeros, a longer one cut.
 * @throws UserError `no-references` where there is neither.
 */
export async function referencesOf(context: MethodContext, meter: Meter): Promise<Reference[]> {
  const { baselines, population, sample, target, model } = context;
  const scored = (logits: ArrayLike<number>): number => scoreOf(target, logits, model.output);
  if (population.length === 0) {
    if (baselines.length > 0) return baselines.map(({ entries, logits }) => ({ entries, score: scored(logits) }));
    throw new UserError('no-references', 'There is nothing to compare the sample with', {
      next: 'name a dataset for this model in model-blame.json',
    });
  }
  const draws = context.parameters['draws'] === undefined ? Infinity : numberParameter(context.parameters, 'draws');
  const laid: Record<Value, Tensor>[] = [];
  for (const member of population.slice(0, draws)) {
    const own = await entriesOf(context.entries, (spec) => context.executable(spec), {
      ...sample.feeds,
      ...member.feeds,
    });
    laid.push(laidOver(context, own));
  }
  const references: Reference[] = [];
  // Where every entry is a model input the prediction's own program serves; else entries are fed.
  const plain = context.entries.every((entry) => entry.value === entry.input);
  for (const rows of chunks(laid, context.chunk)) {
    context.progress(references.length, laid.length, 'Scores of the samples compared with');
    const logits = await forwardRows(context, meter, rows, !plain);
    rows.forEach((entries, i) => references.push({ entries, score: scored(logits[i] as Float32Array) }));
  }
  return references;
}

function laidOver(context: MethodContext, member: Record<Value, Tensor>): Record<Value, Tensor> {
  const { sample } = context;
  const places = placesOf(context.entries, sample);
  const readers = new Map(
    context.entries.map(({ value }) => [value, reader(value, tensorOf(member, value), sample)] as const),
  );
  return mapEntries(context, (value, i) => {
    const feature = places[value]?.[i] ?? -1;
    const kept = feature < 0 || sample.fixed.has(feature);
    return kept ? (floats(sample.entries[value], value)[i] as number) : (readers.get(value)?.(i) ?? 0);
  });
}

/** Reads a member's element at the place an element of the sample has; 0 beyond its end. */
function reader(value: Value, member: Tensor, sample: EncodedSampleCore): (index: number) => number {
  const data = floats(member, value);
  const { dims } = tensorOf(sample.entries, value);
  if (dims.every((size, axis) => size === member.dims[axis])) return (i) => data[i] as number;
  // Sequences of other lengths: axis 1 differs, the axes after it agree.
  const agree =
    dims.length === member.dims.length && dims.every((size, axis) => axis === 1 || size === member.dims[axis]);
  if (!agree)
    throw new UserError('member-shape', `A sample of the dataset has the shape ${member.dims.join(' × ')}`, {
      where: `${value} of the explained sample is ${dims.join(' × ')}`,
      next: 'compare with samples of one size, or use a method with a baseline',
    });
  return (i) => (i < data.length ? (data[i] as number) : 0);
}
