/**
 * Which samples count: those whose gold label is one of the model's classes. The others are left out and counted, as
 * surveys do it: a label that the model cannot answer says nothing about its answers.
 */
import { UserError } from '../errors';
import { whyNoClass } from '../workspace/labels';
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

/** @param labels Names of the model's classes. */
export function leftOut(labels: readonly string[]): LeftOut {
  const reasons = { without: 0, several: 0, shared: 0, unknown: 0 };
  const strange = new Map<string, number>();
  return {
    counts(sample): sample is Labelled {
      const { gold } = sample;
      if (gold !== null && gold.class !== null) return true;
      const why = gold === null ? 'without' : whyNoClass(gold.label, labels);
      reasons[why] += 1;
      if (gold !== null && why !== 'several') strange.set(gold.label, (strange.get(gold.label) ?? 0) + 1);
      return false;
    },
    total: () => reasons.without + reasons.several + reasons.shared + reasons.unknown,
    words() {
      const { without, several, shared, unknown } = reasons;
      const most = [...strange].sort((a, b) => b[1] - a[1]).map(([label]) => `“${label}”`);
      const named = `${most.slice(0, MOST_NAMED).join(', ')}${most.length > MOST_NAMED ? ', …' : ''}`;
      const parts = [
        ...(without === 0 ? [] : [`${count(without, 'sample')} without a label`]),
        ...(several === 0 ? [] : [`${count(several, 'sample')} with several labels`]),
        ...(shared + unknown === 0
          ? []
          : [
              `${count(shared + unknown, 'sample')} whose label is no class of the model${shared > 0 ? ', or the name of several' : ''} (${named})`,
            ]),
      ];
      return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
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
