/** The path of guided integrated gradients: where it goes next depends on the gradient where it stands. */

export interface Walk {
  /** Place of every element between the baseline (0) and the sample (1). */
  readonly places: Float64Array;
  /**
   * Walks on until the L1 distance to the sample has shrunk by 1/steps: elements whose slope is smallest go first,
   * none leaves ± `distance` around the straight line.
   * @param slopes |∂S/∂x| of every element, or its signed value.
   * @returns How far every element moved, as a share of x − x′.
   */
  step(slopes: Float64Array): Float64Array;
}

export interface WalkOptions {
  readonly steps: number;
  /** Share of the elements that may move at a time. */
  readonly fraction: number;
  /** How far from the straight line an element may be, as a share of x − x′. */
  readonly distance: number;
}

/** @param lengths |x − x′| of every element. */
export function guidedWalk(lengths: Float64Array, { steps, fraction, distance }: WalkOptions): Walk {
  const places = new Float64Array(lengths.length);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const group = Math.floor(fraction * (lengths.length - 1)) + 1;
  let done = 0;

  /** Raises an element; returns by how much the distance to the sample shrank. */
  const raise = (moved: Float64Array, i: number, to: number): number => {
    const by = to - (places[i] as number);
    moved[i] = (moved[i] as number) + by;
    places[i] = to;
    return by * (lengths[i] as number);
  };

  return {
    places,
    step(slopes) {
      done += 1;
      const alpha = done / steps;
      const [low, high] = [Math.max(alpha - distance, 0), Math.min(alpha + distance, 1)];
      const moved = new Float64Array(lengths.length);
      let left = -total * (1 - alpha);
      for (let i = 0; i < places.length; i += 1) {
        const length = lengths[i] as number;
        if (length > 0 && (places[i] as number) < low) raise(moved, i, low);
        left += length * (1 - (places[i] as number));
      }
      const free = (i: number): boolean => (lengths[i] as number) > 0 && (places[i] as number) < high;
      const size = (i: number): number => Math.abs(slopes[i] as number);
      // Sorted once per step: who has moved to the border is behind us in this order.
      const sorted = new Float64Array(places.length);
      let count = 0;
      for (let i = 0; i < places.length; i += 1) if (free(i)) sorted[count++] = size(i);
      sorted.subarray(0, count).sort();
      for (let start = 0; start < count && left > 1e-12 * total;) {
        const threshold = sorted[Math.min(start + group, count) - 1] as number;
        const chosen = (i: number): boolean => free(i) && size(i) <= threshold;
        let reach = 0;
        for (let i = 0; i < places.length; i += 1)
          if (chosen(i)) reach += (lengths[i] as number) * (high - (places[i] as number));
        const share = Math.min(1, left / reach);
        for (let i = 0; i < places.length; i += 1) {
          if (!chosen(i)) continue;
          const at = places[i] as number;
          left -= raise(moved, i, share === 1 ? high : at + share * (high - at));
        }
        if (share < 1) break;
        while (start < count && (sorted[start] as number) <= threshold) start += 1;
      }
      return moved;
    },
  };
}
