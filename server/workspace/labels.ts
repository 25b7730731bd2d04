/** Which class a gold label means. */

/** Name of a class that nobody has named. */
export const madeUpName = (index: number): string => `class ${index}`;

/**
 * Class index of a label as a dataset spells it: by name, else without regard to case and surrounding space, else as
 * a number: `1.0`, as pandas writes a column with empty cells, and `true` are the class named `1`. Only where no class
 * is named by a number is a number the class's index. Null when it is none of the classes, or could be either of two.
 */
export function classOf(label: string, labels: readonly string[]): number | null {
  const exact = labels.indexOf(label);
  if (exact !== -1) return exact;
  const wanted = loose(label);
  const near = labels.findIndex((name) => loose(name) === wanted);
  if (near !== -1) return labels.findLastIndex((name) => loose(name) === wanted) === near ? near : null;
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

/**
 * Class index of a gold label: `classOf`, and of a list with one class that class. Null where it is no class, several,
 * or the name of more than one: such a sample counts neither as right nor as wrong.
 */
export function goldClass(label: string, labels: readonly string[]): number | null {
  const one = classOf(label, labels);
  if (one !== null) return labels.includes(labels[one] ?? '', one + 1) ? null : one;
  const [only, second] = new Set(severalLabels(label)?.map((name) => goldClass(name, labels)));
  return second === undefined ? (only ?? null) : null;
}

/** Why a gold label is no class: `shared` by more than one, `several` of them, or `unknown`. */
export function whyNoClass(label: string, labels: readonly string[]): 'shared' | 'several' | 'unknown' {
  if (labels.filter((name) => loose(name) === loose(label)).length > 1) return 'shared';
  return (severalLabels(label)?.length ?? 0) > 1 ? 'several' : 'unknown';
}

/** Labels of a cell that holds a list: `a|b`, a JSON array, or one as Python prints it; null for any other cell. */
export function severalLabels(cell: string): readonly string[] | null {
  const text = cell.trim();
  if (!text.startsWith('['))
    return text.includes('|')
      ? text
          .split('|')
          .map((part) => part.trim())
          .filter((part) => part !== '')
      : null;
  const json = /^\[\s*'/.test(text) && !text.includes('"') ? text.replaceAll("'", '"') : text;
  try {
    const list: unknown = JSON.parse(json);
    const isLabel = (item: unknown): item is string | number => typeof item === 'string' || typeof item === 'number';
    return Array.isArray(list) && list.every(isLabel) ? list.map(String) : null;
  } catch {
    return null;
  }
}

/** Whether a cell marks the class its column is named after; null where it says neither. */
export function markOf(cell: string): boolean | null {
  const text = loose(cell);
  if (/^(1(\.0*)?|true)$/.test(text)) return true;
  return /^(0(\.0*)?|false|)$/.test(text) ? false : null;
}

function loose(text: string): string {
  return text.trim().toLowerCase();
}

function numberOf(text: string): number | null {
  const given = text.trim().toLowerCase();
  if (given === 'true') return 1;
  if (given === 'false') return 0;
  return /^[+-]?\d+(\.\d*)?$/.test(given) ? Number(given) : null;
}
