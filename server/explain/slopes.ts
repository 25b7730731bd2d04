/** Gradients at points of input space, with what the model says there. */
import { f32 } from '../graph/tensor';
import type { Tensor, Value } from '../graph/types';
import { names } from '../program/types';
import { floats } from './rows';
import { relevanceRun, relevanceSpec, splitRows, tensorOf } from './runs';
import type { Gradients, Meter } from './runs';
import type { MethodContext, Point } from './types';

export interface Slope {
  /** ∂S/∂x per entry. */
  readonly gradient: Gradients;
  readonly logits: Float32Array;
}

/** One run over several points given by their entry values (batch 1 each): at most the context's `chunk`. */
export async function slopesAt(
  context: MethodContext,
  meter: Meter,
  points: readonly Point['entries'][],
): Promise<Slope[]> {
  const outputs = await relevanceRun(context, meter, relevanceSpec(context), points);
  const logits = splitRows(floats(outputs[names.logits], names.logits), points.length);
  const gradients = context.entries.map(({ value }) => {
    const name = names.relevance(value);
    return [value, splitRows(floats(outputs[name], name), points.length)] as const;
  });
  return points.map((_, i) => ({
    gradient: Object.fromEntries(gradients.map(([value, rows]) => [value, rows[i] as Float32Array])),
    logits: logits[i] as Float32Array,
  }));
}

/** Entry values, each element from those of other points. */
export function mapEntries(
  context: MethodContext,
  element: (value: Value, index: number) => number,
): Record<Value, Tensor> {
  return Object.fromEntries(
    context.entries.map(({ value }) => {
      const { dims, data } = tensorOf(context.sample.entries, value);
      const made = new Float32Array(data.length);
      for (let i = 0; i < made.length; i += 1) made[i] = element(value, i);
      return [value, f32(made, dims)];
    }),
  );
}

/** x′ + α(x − x′). */
export function onLine(context: MethodContext, from: Point['entries'], alpha: number): Record<Value, Tensor> {
  return Object.fromEntries(
    context.entries.map(({ value }) => {
      const [start, end] = [floats(from[value], value), floats(context.sample.entries[value], value)];
      const between = start.map((a, i) => a + alpha * ((end[i] as number) - a));
      return [value, f32(between, tensorOf(context.sample.entries, value).dims)];
    }),
  );
}
