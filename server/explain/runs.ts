/** Running a program for a method: rows packed, passes and time counted. */
import { throwIfCancelled } from '../errors';
import type { Feeds } from '../engine/types';
import { f32 } from '../graph/tensor';
import { BATCH } from '../graph/types';
import type { Tensor, Value } from '../graph/types';
import { names } from '../program/types';
import type { ProgramSpec } from '../program/types';
import { floats, repeat, stack } from './rows';
import type { MethodContext, Point } from './types';

/** What a method has spent so far, over all its programs. */
export interface Meter {
  evaluations: number;
  milliseconds: number;
  /** Program of the first run: the one a result names. */
  programKey: string;
}

export const newMeter = (): Meter => ({ evaluations: 0, milliseconds: 0, programKey: '' });

/** Runs once and counts. @param rows Model evaluations this run stands for. */
export async function run(
  context: MethodContext,
  meter: Meter,
  spec: ProgramSpec,
  feeds: Feeds,
  rows: number,
): Promise<Record<string, Tensor>> {
  throwIfCancelled(context.signal);
  const executable = await context.executable(spec);
  if (meter.programKey === '') meter.programKey = executable.key;
  const began = performance.now();
  const outputs = await executable.run({ ...feeds, [names.seed]: seedOf(context) }, context.signal);
  meter.milliseconds += performance.now() - began;
  meter.evaluations += rows;
  return outputs;
}

/** The sample's model inputs for `rows` rows, those in `except` left out; inputs without a batch axis as they are. */
export function sampleFeeds(context: MethodContext, rows: number, except: Feeds = {}): Record<string, Tensor> {
  const { feeds } = context.sample;
  return Object.fromEntries(
    context.model.inputs.flatMap(({ name, type }) => {
      const tensor = feeds[name];
      if (tensor === undefined || name in except) return [];
      return [[name, type.shape?.[0] === BATCH ? repeat(tensor, rows) : tensor]];
    }),
  );
}

export function seedOf(context: MethodContext): Tensor {
  return f32(context.target.seed, [1, context.target.seed.length]);
}

/** A relevance program from the entries; `more` names another rule set, inner values, … */
export const relevanceSpec = (context: MethodContext, more: Partial<ProgramSpec> = {}): ProgramSpec => ({
  kind: 'relevance',
  head: context.target.head,
  rules: 'gradient',
  entries: context.entries,
  ...more,
});

/**
 * Runs a relevance program on several points given by their entry values (batch 1 each), in one run.
 * @param feeds Further feeds of the program (twins, masks), batched already.
 * @returns The program's outputs, all rows.
 */
export async function relevanceRun(
  context: MethodContext,
  meter: Meter,
  spec: ProgramSpec,
  rows: readonly Point['entries'][],
  feeds: Feeds = {},
): Promise<Record<string, Tensor>> {
  const fed = spec.entries ?? context.entries;
  const entries = Object.fromEntries(fed.map(({ value }) => [value, stack(rows.map((row) => tensorOf(row, value)))]));
  return run(
    context,
    meter,
    spec,
    { ...sampleFeeds(context, rows.length, entries), ...entries, ...feeds },
    rows.length,
  );
}

/** Gradient ∂S/∂x of one row, per entry. */
export type Gradients = Readonly<Record<Value, Float32Array>>;

/**
 * Gradients at several points given by their entry values (batch 1 each), in one run.
 * @returns One record per row.
 */
export async function gradientRows(
  context: MethodContext,
  meter: Meter,
  rows: readonly Point['entries'][],
): Promise<Gradients[]> {
  const outputs = await relevanceRun(context, meter, relevanceSpec(context), rows);
  return rows.map((_, i) =>
    Object.fromEntries(
      context.entries.map(({ value }) => {
        const all = floats(outputs[names.relevance(value)], names.relevance(value));
        const size = all.length / rows.length;
        return [value, all.subarray(i * size, (i + 1) * size)];
      }),
    ),
  );
}

/** Only the logits are read, so one head serves every target: the prediction's own program. */
export const FORWARD: ProgramSpec = { kind: 'forward', head: 'linear', rules: 'gradient' };

/** Logits of several rows of model feeds or entry values, forward only. */
export async function forwardRows(
  context: MethodContext,
  meter: Meter,
  rows: readonly Feeds[],
  feedEntries: boolean,
): Promise<Float32Array[]> {
  const spec: ProgramSpec = feedEntries ? { ...FORWARD, feedEntries, entries: context.entries } : FORWARD;
  const fed = Object.keys(rows[0] ?? {});
  // What has no batch axis is one for a whole run: rows that differ in it are run one by one.
  const shared = new Set(fed.filter((name) => rows.length > 1 && !hasRows(context, name)));
  if ([...shared].some((name) => !rows.every((row) => equal(tensorOf(row, name), tensorOf(rows[0] ?? {}, name))))) {
    const all: Float32Array[] = [];
    for (const row of rows) all.push(...(await forwardRows(context, meter, [row], feedEntries)));
    return all;
  }
  const given = Object.fromEntries(
    fed.map((name) => [
      name,
      stack(rows.slice(0, shared.has(name) ? 1 : rows.length).map((row) => tensorOf(row, name))),
    ]),
  );
  const feeds = { ...sampleFeeds(context, rows.length, given), ...given };
  const outputs = await run(context, meter, spec, feeds, rows.length);
  return splitRows(floats(outputs[names.logits], names.logits), rows.length);
}

/** Whether a model input's first axis is the batch; entry values always have one. */
function hasRows({ model }: MethodContext, name: string): boolean {
  const input = model.inputs.find((item) => item.name === name);
  return input?.type.shape === undefined || input.type.shape[0] === BATCH;
}

const equal = (a: Tensor, b: Tensor): boolean =>
  a.data.length === b.data.length && (a.data as Float32Array).every((value, index) => value === b.data[index]);

/** Rows of a [rows, …] tensor. */
export function splitRows(all: Float32Array, rows: number): Float32Array[] {
  const size = all.length / rows;
  return Array.from({ length: rows }, (_, i) => all.slice(i * size, (i + 1) * size));
}

export function tensorOf(record: Feeds, name: string): Tensor {
  const tensor = record[name];
  if (tensor === undefined) throw new Error(`no value for ${name}`);
  return tensor;
}

/** Cuts a list into chunks of at most `size`. */
export function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
