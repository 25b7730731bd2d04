import type { Explanation } from '../protocol';

/** Whether the prediction is what the file says; null when the file says nothing, or names none of the classes. */
export function isRight({ gold, prediction }: Pick<Explanation, 'gold' | 'prediction'>): boolean | null {
  const top = prediction[0];
  return typeof gold?.class !== 'number' || top === undefined ? null : gold.class === top.class;
}
