/** Seeded random numbers: the same seed gives the same numbers on every machine. */

/** Uniform numbers in [0, 1), 32 bits each (mulberry32 over a mixed seed). */
export function uniform(seed: number): () => number {
  let state = (Math.imul(seed | 0, 0x9e3779b1) ^ 0x6d2b79f5) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Standard normal numbers (Box and Muller 1958), in pairs. */
export function gaussian(seed: number): () => number {
  const next = uniform(seed);
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    // 1 − u is never 0, so the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - next()));
    const angle = 2 * Math.PI * next();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** `size` of 0 … d − 1, evenly (Fisher and Yates). */
export function someOf(d: number, size: number, next: () => number): readonly number[] {
  const order = Array.from({ length: d }, (_, i) => i);
  for (let i = 0; i < size; i += 1) {
    const j = i + Math.floor(next() * (d - i));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order.slice(0, size);
}
