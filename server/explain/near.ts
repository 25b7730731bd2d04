/** “Did you mean …?” for names with a path in them (`/layer4/layer4.1/conv2/Conv_output_0`). */

/** Up to `count` names nearest to what was written: those that contain it first, then by edit distance. */
export function nearNames(wanted: string, names: readonly string[], count = 3): readonly string[] {
  const query = letters(wanted);
  return names
    .map((name) => {
      const own = letters(name);
      return { name, distance: query !== '' && own.includes(query) ? 0 : editDistance(query, own) };
    })
    .sort((a, b) => a.distance - b.distance || a.name.length - b.name.length)
    .slice(0, count)
    .map(({ name }) => name);
}

const letters = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Levenshtein: insertions, deletions and replacements from one to the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const kept = (row[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, kept));
    }
    row = next;
  }
  return row[to.length] as number;
}
