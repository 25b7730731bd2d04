/** The straight line from a baseline to the sample: relevance, scores and the curve along it. */
import { f32 } from '../graph/tensor';
import type { Tensor, Value } from '../graph/types';
import { names } from '../program/types';
import type { ProgramSpec } from '../program/types';
import type { Places } from './places';
import { pooling } from './pooling';
import { floats } from './rows';
import { forwardRows, run, sampleFeeds, splitRows, tensorOf } from './runs';
import type { Meter } from './runs';
import { probabilities, scoreOf } from './scores';
import type { MethodContext, Point } from './types';

/** S at one point of the line. */
export interface Station {
  readonly alpha: number;
  readonly score: number;
  /** Probability of the explained class; null for quantities. */
  readonly probability: number | null;
}

export interface Stretch {
  /** (x − x′) ⊙ Σ weight · ∂S/∂x over the nodes, per entry. */
  readonly relevance: Readonly<Record<Value, Float32Array>>;
  readonly stations: readonly Station[];
}

export interface Line {
  /** Runs the nodes in one go: at most the context's `chunk`. */
  stretch(alphas: readonly number[], weights: readonly number[]): Promise<Stretch>;
  /** Forward passes only. */
  probe(alphas: readonly number[]): Promise<Station[]>;
  readonly start: Station;
  readonly end: Station;
}

/** Reads S and p off a row of logits. */
export function station(context: MethodContext, alpha: number, logits: ArrayLike<number>): Station {
  const reading = context.model.output;
  return {
    alpha,
    score: scoreOf(context.target, logits, reading),
    probability: reading.quantities === true ? null : (probabilities(logits, reading)[context.target.class] ?? 0),
  };
}

export function lineFrom(context: MethodContext, meter: Meter, baseline: Point): Line {
  const { sample, entries, target } = context;
  const spec: ProgramSpec = { kind: 'path', head: target.head, rules: 'gradient', entries };
  const ends = Object.fromEntries(
    entries.flatMap(({ value }) => [
      [names.sample(value), tensorOf(sample.entries, value)],
      [names.baseline(value), tensorOf(baseline.entries, value)],
    ]),
  );
  return {
    start: station(context, 0, baseline.logits),
    end: station(context, 1, sample.logits),
    async stretch(alphas, weights) {
      const outputs = await run(
        context,
        meter,
        spec,
        { ...sampleFeeds(context, alphas.length), ...ends, [names.alpha]: f32(alphas), [names.weight]: f32(weights) },
        alphas.length,
      );
      const logits = splitRows(floats(outputs[names.logits], names.logits), alphas.length);
      return {
        relevance: Object.fromEntries(
          entries.map(({ value }) => [value, floats(outputs[names.relevance(value)], names.relevance(value))]),
        ),
        stations: alphas.map((alpha, i) => station(context, alpha, logits[i] as Float32Array)),
      };
    },
    async probe(alphas) {
      // Where every entry is a model input the prediction's own program serves; else entries are fed.
      const plain = entries.every((entry) => entry.value === entry.input);
      const rows = alphas.map((alpha) =>
        Object.fromEntries(entries.map(({ value }) => [value, between(baseline, sample, value, alpha)])),
      );
      const logits = await forwardRows(context, meter, rows, !plain);
      return alphas.map((alpha, i) => station(context, alpha, logits[i] as Float32Array));
    },
  };
}

/** x′ + α(x − x′) at one entry. */
function between(from: Point, to: Point, value: Value, alpha: number): Tensor {
  const [a, b] = [tensorOf(from.entries, value), tensorOf(to.entries, value)];
  const [start, end] = [floats(a, value), floats(b, value)];
  return f32(
    start.map((x, i) => x + alpha * ((end[i] as number) - x)),
    b.dims,
  );
}

/** Relevance of one stretch per feature, with the share of elements of no feature in `sum`. */
export function pooled(
  relevance: Readonly<Record<Value, ArrayLike<number>>>,
  places: Places,
  count: number,
): { readonly features: Float64Array; readonly sum: number } {
  const pool = pooling(places, count);
  pool.add(relevance);
  return { features: pool.features(), sum: pool.sum };
}
