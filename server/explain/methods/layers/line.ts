/** Points on the straight line from a baseline to the sample. */
import { f32 } from '../../../graph/tensor';
import { floats } from '../../rows';
import { tensorOf } from '../../runs';
import type { MethodContext, Point } from '../../types';

/** x′ + α(x − x′) at the entries, batch 1. */
export function pointOnLine(context: MethodContext, baseline: Point, alpha: number): Point['entries'] {
  return Object.fromEntries(
    context.entries.map(({ value }) => {
      const [from, to] = [tensorOf(baseline.entries, value), tensorOf(context.sample.entries, value)];
      const [start, end] = [floats(from, value), floats(to, value)];
      return [
        value,
        f32(
          start.map((x, i) => x + alpha * ((end[i] as number) - x)),
          to.dims,
        ),
      ];
    }),
  );
}
