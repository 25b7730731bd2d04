/** Attribution error: Σ|a − b| / Σ|b|. */
export function attributionError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} values for ${expected.length}`);
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i += 1) {
    difference += Math.abs((actual[i] as number) - (expected[i] as number));
    size += Math.abs(expected[i] as number);
  }
  return difference / size;
}
