/** Which class a gold label means. */

/**
 * Class index of a label as a dataset spells it: by name, else without regard to case and surrounding space,
 * else by number. Null when it is none of the classes.
 */
export function classOf(label: string, labels: readonly string[]): number | null {
  const exact = labels.indexOf(label);
  if (exact !== -1) return exact;
  const loose = (text: string): string => text.trim().toLowerCase();
  const near = labels.findIndex((name) => loose(name) === loose(label));
  if (near !== -1) return near;
  const index = /^\s*\d+(\.0*)?\s*$/.test(label) ? Number(label) : Number.NaN;
  return index < labels.length ? index : null;
}
