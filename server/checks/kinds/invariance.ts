/** Edits that must not change the predicted class. */
import { UserError } from '../../errors';
import { touches } from '../edits';
import { thin } from '../thin';
import { count, keeps, labelOf, measured, MOST_NAMED, named, number, boundWords, withSamples } from '../words';
import { aboutAny } from './about';
import type { CheckSample } from '../../protocol';
import type { InvarianceCheck } from '../../workspace/checkTypes';
import type { CheckKind, CheckOptions, CheckWorld, Predicted } from '../types';

const MOST_SAMPLES = 200;

export const invariance: CheckKind<InvarianceCheck> = {
  kind: 'invariance',
  means:
    'Words, patterns or columns are replaced, and the predicted class has to stay. Over a dataset: the share of samples that keep their class in every variant; samples that no edit changes do not count.',
  about: aboutAny,
  acceptable: false,
  async run(config, world, options) {
    const { samples, labels, model } = await samplesOf(config, world, options);
    const changed: CheckSample[] = [];
    let edited = 0;
    let variants = 0;
    for (const [index, sample] of samples.entries()) {
      options.progress?.(index, samples.length, 'Editing');
      const tried = await world.variants(sample.address, config.replace, options);
      if (tried.length === 0) continue;
      edited += 1;
      variants += tried.length;
      const other = tried.filter((variant) => variant.class !== sample.class);
      const [first] = other;
      if (first === undefined) continue;
      const before = labelOf(sample.class, labels);
      const after = `${labelOf(first.class, labels)} ${number(first.probabilities[first.class] ?? Number.NaN)}`;
      const more = other.length > 1 ? ` (and ${count(other.length - 1, 'other edit')})` : '';
      changed.push(named(sample, `${first.edit}: ${before} becomes ${after}${more}`));
    }
    if (edited === 0)
      throw new UserError('nothing-replaced', `No edit changes any of ${count(samples.length, 'sample')}.`, {
        next: 'Correct "replace", or choose samples that hold what is replaced.',
      });
    const kept = (edited - changed.length) / edited;
    const bounds = { atLeast: config.atLeast ?? 1 };
    const passed = keeps(kept, bounds);
    const sentence = `${count(edited - changed.length, 'sample')} of ${edited} ${edited - changed.length === 1 ? 'keeps its' : 'keep their'} class under ${count(variants, 'edit')} (${number(kept)}), asked: ${boundWords(bounds)} (${model}).`;
    return {
      passed,
      message: passed ? sentence : withSamples(sentence, changed, changed.length),
      measured: measured('share that keeps its class', kept, bounds, edited),
      samples: passed ? [] : changed.slice(0, MOST_NAMED),
      model,
    };
  },
};

async function samplesOf(
  config: InvarianceCheck,
  world: CheckWorld,
  options: CheckOptions,
): Promise<{ readonly samples: readonly Predicted[]; readonly labels: readonly string[]; readonly model: string }> {
  const { dataset } = config;
  if (dataset === undefined) {
    const { sample, labels, model } = await world.one(config);
    return { samples: [sample], labels, model };
  }
  const slice = await world.slice({ ...config, dataset }, touches(config.replace));
  const { chosen } = await thin(slice.predictions(options), config.samples ?? MOST_SAMPLES);
  if (chosen.length > 0) return { samples: chosen, labels: slice.labels, model: slice.model };
  throw new UserError('empty-slice', `No sample of ${dataset} holds what is replaced and fits the check.`, {
    next: 'Correct "replace", or loosen "where", "gold" or "predicted".',
  });
}
