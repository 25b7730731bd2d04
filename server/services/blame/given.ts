/** What a method of the family `blame` needs beside the sample: the gold class and the prior. */
import { UserError } from '../../errors';
import { listed, noGoldClass, resolveTarget } from '../classes';
import { needsClasses } from '../quantities';
import { priorOf, priorReport, shareWords, uniformPrior } from './prior';
import type { BlameGiven } from '../../compute/blame-types';
import type { MethodInfo, Parameters, Warning } from '../../protocol';
import type { LoadedModel } from '../load';
import type { Prepared } from '../prepare';
import type { RequestOptions } from '../types';
import type { Prior, PriorContext } from './prior';

/** @throws UserError `no-gold`, `unknown-gold`, `no-dataset` with the ways out. */
export async function blameGiven(
  context: PriorContext,
  prepared: Prepared,
  info: MethodInfo,
  parameters: Parameters,
  decided: number | undefined,
  predicted: () => Promise<number>,
  options: RequestOptions,
): Promise<{ readonly given: BlameGiven; readonly warnings: readonly Warning[] }> {
  const gold = decided ?? goldClass(prepared, null);
  const value = (name: string): unknown =>
    parameters[name] ?? info.parameters.find((parameter) => parameter.name === name)?.default;
  const signal = value('signal');
  const needed = signal === 'prior' || (signal === 'auto' && (await predicted()) === gold);
  if (!needed) return { given: { gold, prior: null }, warnings: [] };
  const prior = await chosenPrior(context, prepared.model, value('prior') === 'uniform', options);
  return { given: { gold, prior: prior.probabilities }, warnings: [priorWarning(prior, gold, prepared.model)] };
}

/** The prior asked for; without a dataset the error says how to go on. */
export async function chosenPrior(
  context: PriorContext,
  model: LoadedModel,
  uniform: boolean,
  options: RequestOptions,
): Promise<Prior> {
  if (uniform) return uniformPrior(model.summary.output.classes ?? model.labels.length);
  try {
    return await priorOf(context, model, options);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'no-dataset') throw error;
    throw new UserError('no-dataset', 'The prior is a mean over a dataset, and none is known for this model.', {
      ...(error.where === undefined ? {} : { where: error.where }),
      next: `${error.next ?? ''} Or use prior=uniform, signal=own or signal=contrast.`,
      cause: error,
    });
  }
}

/**
 * @param asked Class a person named; null: the sample's own label.
 * @throws UserError `needs-classes`, `no-gold`, `unknown-gold`, `several-gold`, `shared-gold`, `unknown-class`.
 */
export function goldClass({ gold, model }: Prepared, asked: number | string | null): number {
  needsClasses(model, 'A gold class');
  if (asked !== null) {
    const target = resolveTarget({ kind: 'class', class: asked }, model.labels);
    return target.kind === 'class' ? Number(target.class) : 0;
  }
  if (gold === null)
    throw new UserError('no-gold', 'It is not known what this sample should be: it has no gold label.', {
      next: 'Name the class (--gold), or the labels in model-blame.json: "label" (a column) or "labelFrom" (pictures).',
    });
  if (gold.class === null) {
    const { code, message } = noGoldClass(gold.label, model.labels);
    throw new UserError(code, message, {
      next: `Classes: ${listed(model.labels)}. Name one (--gold), or correct "labels" in model-blame.json.`,
    });
  }
  return gold.class;
}

function priorWarning(prior: Prior, gold: number, model: LoadedModel): Warning {
  const { surprise, probabilities } = priorReport(prior, gold);
  const label = model.labels[gold] ?? `class ${gold}`;
  const from = prior.source === null ? 'uniform, as asked for' : `mean over ${shareWords(prior.source)}`;
  return {
    code: 'prior',
    message: `Prior: ${from}. Without the sample “${label}” has probability ${(probabilities[gold] ?? 0).toPrecision(3)}: a surprise of ${surprise.toPrecision(3)} nats.`,
  };
}
