/** Adjusted Rand index of two groupings (Hubert and Arabie 1985): 1 for equal, about 0 for unrelated ones. */
export function adjustedRand(one: readonly number[], other: readonly number[]): number {
  const pairs = (n: number): number => (n * (n - 1)) / 2;
  const count = (keys: readonly string[]): number => {
    const sizes = new Map<string, number>();
    for (const key of keys) sizes.set(key, (sizes.get(key) ?? 0) + 1);
    return [...sizes.values()].reduce((sum, size) => sum + pairs(size), 0);
  };
  const both = count(one.map((value, i) => `${value}/${other[i]}`));
  const [a, b] = [count(one.map(String)), count(other.map(String))];
  const expected = (a * b) / pairs(one.length);
  return (both - expected) / ((a + b) / 2 - expected);
}
