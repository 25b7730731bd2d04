/**
 * Which samples count: those whose gold label is one of the model's classes. The others are left out and counted, as
 * surveys do it: a label that the model cannot answer says nothing about its answers.
 */
import { UserError } from '../errors';
import { count } from './words';
import type { Predicted, Slice } from './types';

export interface Labelled extends Predicted {
  readonly gold: { readonly label: string; readonly class: number };
}

export interface LeftOut {
  /** False, and noted, for a sample without a gold class. */
  counts(sample: Predicted): sample is Labelled;
  /** Samples that were left out. */
  total(): number;
  /** `2 samples without a label, 3 whose label is no class of the model (“eggs”)`; '' where none was. */
  words(): string;
}

const MOST_NAMED = 3;
const MOST_CLASSES = 12;
const next = 'Name the labels in model-blame.json: "label" or "labelFrom" of the dataset’s entry.';

export function leftOut(): LeftOut {
  const unknown = new Map<string, number>();
  let without = 0;
  const strange = (): number => [...unknown.values()].reduce((sum, times) => sum + times, 0);
  return {
    counts(sample): sample is Labelled {
      const { gold } = sample;
      if (gold === null) without += 1;
      else if (gold.class === null) unknown.set(gold.label, (unknown.get(gold.label) ?? 0) + 1);
      return gold !== null && gold.class !== null;
    },
    total: () => without + strange(),
    words() {
      const most = [...unknown].sort((a, b) => b[1] - a[1]).map(([label]) => `“${label}”`);
      const named = `${most.slice(0, MOST_NAMED).join(', ')}${most.length > MOST_NAMED ? ', …' : ''}`;
      const unlabelled = without === 0 ? [] : [`${count(without, 'sample')} without a label`];
      const other =
        strange() === 0 ? [] : [`${count(strange(), 'sample')} whose label is no class of the model (${named})`];
      return [...unlabelled, ...other].join(' and ');
    },
  };
}

/** Why nothing can be said of a dataset. */
export function noGoldClass(
  dataset: string,
  { model, labels }: Pick<Slice, 'model' | 'labels'>,
  left: LeftOut,
): UserError {
  if (left.total() === 0)
    return new UserError('no-labels', `No sample of ${dataset} that fits has a gold label.`, { next });
  const classes = `${labels.slice(0, MOST_CLASSES).join(', ')}${labels.length > MOST_CLASSES ? ', …' : ''}`;
  return new UserError('no-labels', `Nothing of ${dataset} counts: ${left.words()}.`, {
    next: `${next} The classes of ${model}: ${classes}.`,
  });
}
