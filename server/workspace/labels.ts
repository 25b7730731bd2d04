/** Which class a gold label means. */

/** Name of a class that nobody has named. */
export const madeUpName = (index: number): string => `class ${index}`;

/**
 * Class index of a label as a dataset spells it: by name, else without regard to case and surrounding space, else as
 * a number: `1.0`, as pandas writes a column with empty cells, and `true` are the class named `1`. Only where no class
 * is named by a number is a number the class's index. Null when it is none of the classes.
 */
export function classOf(label: string, labels: readonly string[]): number | null {
  const exact = labels.indexOf(label);
  if (exact !== -1) return exact;
  const loose = (text: string): string => text.trim().toLowerCase();
  const near = labels.findIndex((name) => loose(name) === loose(label));
  if (near !== -1) return near;
  const number = numberOf(label);
  if (number === null) return null;
  const names = labels.map(numberOf);
  if (names.some((name) => name !== null)) {
    const same = names.indexOf(number);
    return same === -1 ? null : same;
  }
  // Of two classes without names, `true` is the second.
  const isNameless = labels.length === 2 && labels.every((name, at) => name === madeUpName(at));
  const isIndex = isNameless || /^\s*\d+(\.0*)?\s*$/.test(label);
  return isIndex && number < labels.length ? number : null;
}

function numberOf(text: string): number | null {
  const given = text.trim().toLowerCase();
  if (given === 'true') return 1;
  if (given === 'false') return 0;
  return /^[+-]?\d+(\.\d*)?$/.test(given) ? Number(given) : null;
}
