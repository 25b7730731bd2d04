/** From a value for every piece to a result. */
import { accounting } from '../accounting';
import type { Meter } from '../runs';
import type { Attribution, MethodContext } from '../types';
import { fixedShare } from '../warnings';
import type { Warning } from '../../protocol';
import type { Piece } from './pieces';

export interface Found {
  readonly pieces: readonly Piece[];
  /** Value of every piece, and its standard error where it was drawn. */
  readonly values: ArrayLike<number>;
  readonly errors?: ArrayLike<number> | undefined;
  readonly score: number;
  readonly baselineScore?: number | undefined;
  /** What the values sum to, for methods that promise it. */
  readonly expected?: number | undefined;
  /** Share of the variation that a linear fit explains. */
  readonly fit?: number | undefined;
  readonly warnings: readonly Warning[];
}

/** A piece of several features hands each an equal share, so that sums stay what they are. */
export function found(context: MethodContext, meter: Meter, result: Found): Attribution {
  const { pieces, values, errors, fit, ...sums } = result;
  const relevance = shared(context, pieces, values);
  const sampling = errors === undefined ? [] : Array.from(errors);
  return {
    relevance,
    ...(errors === undefined ? {} : { errors: shared(context, pieces, errors) }),
    accounting: {
      ...accounting({
        relevance,
        sum: relevance.reduce((sum, value) => sum + value, 0),
        ...sums,
        evaluations: meter.evaluations,
      }),
      ...(sampling.length === 0 ? {} : { samplingError: sampling.reduce((most, error) => Math.max(most, error), 0) }),
      ...(fit === undefined ? {} : { fit }),
    },
    path: null,
    warnings: [...result.warnings, ...fixedShare(relevance, context.sample.fixed)],
    modelMilliseconds: meter.milliseconds,
    programKey: meter.programKey,
  };
}

function shared({ sample }: MethodContext, pieces: readonly Piece[], values: ArrayLike<number>): Float32Array {
  const relevance = new Float32Array(sample.count);
  pieces.forEach((piece, i) => {
    for (const feature of piece) relevance[feature] = (values[i] as number) / piece.length;
  });
  return relevance;
}
