/** Counts of predictions against gold labels, and what is made from them. */

export interface Tally {
  add(gold: number, predicted: number): void;
  total(): number;
  right(): number;
  /** Of one class: right ones, those predicted so, those that are so. */
  ofClass(index: number): { readonly right: number; readonly predicted: number; readonly gold: number };
  readonly classes: number;
}

export function tally(classes: number): Tally {
  const right = new Float64Array(classes);
  const predicted = new Float64Array(classes);
  const gold = new Float64Array(classes);
  let all = 0;
  const sum = (counts: Float64Array): number => counts.reduce((a, b) => a + b, 0);
  return {
    classes,
    add(is, said) {
      all += 1;
      predicted[said] = (predicted[said] ?? 0) + 1;
      gold[is] = (gold[is] ?? 0) + 1;
      if (is === said) right[is] = (right[is] ?? 0) + 1;
    },
    total: () => all,
    right: () => sum(right),
    ofClass: (index) => ({ right: right[index] ?? 0, predicted: predicted[index] ?? 0, gold: gold[index] ?? 0 }),
  };
}

export interface ClassQuality {
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

/**
 * Precision, recall and F1 of a class; null where a denominator is 0 and nothing can be said. F1 = 2tp / (2tp + fp + fn)
 * is 0 as soon as the class occurs on one side only.
 */
export function scoresOf(counts: Tally, index: number): ClassQuality {
  const { right, predicted, gold } = counts.ofClass(index);
  return {
    precision: predicted === 0 ? null : right / predicted,
    recall: gold === 0 ? null : right / gold,
    f1: predicted + gold === 0 ? null : (2 * right) / (predicted + gold),
  };
}

/**
 * Mean over the classes that occur, as gold label or prediction; a class without a value counts as 0, as in
 * scikit-learn's `average="macro", zero_division=0`.
 */
export function macro(counts: Tally, metric: keyof ClassQuality): number {
  const present = Array.from({ length: counts.classes }, (_, index) => index).filter((index) => {
    const { predicted, gold } = counts.ofClass(index);
    return predicted + gold > 0;
  });
  return present.reduce((sum, index) => sum + (scoresOf(counts, index)[metric] ?? 0), 0) / present.length;
}
