/** `--target`, `--contrast` and `--output-kind` as one wish. */
import type { Prediction, TargetRequest } from '../protocol';
import { choice, wrongUse } from './options';
import type { Syntax, Values } from './options';

const kinds = ['logit', 'probability', 'logProbability', 'value', 'contrastToRest'] as const;

/**
 * @param predicted Predicts the sample; called only when the predicted class has to be named, because a contrast
 *   or a quantity other than the default is wanted of it.
 */
export async function targetRequest(
  values: Values,
  command: Syntax,
  predicted: () => Promise<Prediction>,
): Promise<TargetRequest> {
  const target = values.one('target');
  const against = values.one('contrast');
  const kind = choice(values.one('output-kind'), 'output-kind', kinds, command);
  if (against !== undefined && kind !== undefined && kind !== 'logit')
    throw wrongUse('a contrast is a difference of logits', command, undefined, `--output-kind ${kind}`);
  if (target === undefined && against === undefined && kind === undefined) return { kind: 'predicted' };
  const wanted = target ?? (await predicted()).scores[0]?.class ?? 0;
  if (against !== undefined) return { kind: 'contrast', class: wanted, against };
  if (kind === 'contrastToRest') return { kind, class: wanted };
  return { kind: 'class', class: wanted, ...(kind === undefined ? {} : { scale: kind }) };
}
