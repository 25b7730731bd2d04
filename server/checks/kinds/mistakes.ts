/** No mistakes but those of an accepted run. */
import { UserError } from '../../errors';
import { acceptedText, parseAccepted } from '../accepted';
import { leftOut, noGoldClass } from '../labelled';
import { count, labelOf, MOST_NAMED, named, predictionWords, withSamples } from '../words';
import type { Measured } from '../../protocol';
import type { AcceptedMistake } from '../accepted';
import type { MistakesCheck } from '../../workspace/checkTypes';
import type { CheckKind, Predicted } from '../types';

const DIGITS = 20;

export const mistakes: CheckKind<MistakesCheck> = {
  kind: 'mistakes',
  means:
    'Every misclassified sample has to be among the accepted ones, known by the dataset’s id column or by the content of the row or file. `model-blame check --accept` writes the file, which is committed.',
  about: ({ dataset }) => dataset,
  acceptable: true,
  async run(config, world, options) {
    const slice = await world.slice(config);
    const wrong: Predicted[] = [];
    const left = leftOut(slice.labels);
    let labelled = 0;
    for await (const sample of slice.predictions(options)) {
      if (!left.counts(sample)) continue;
      labelled += 1;
      if (sample.gold.class !== sample.class) wrong.push(sample);
    }
    if (labelled === 0) throw noGoldClass(config.dataset, slice, left);
    const without = left.total() === 0 ? '' : ` Left out: ${left.words()}.`;
    if (options.accept) {
      const list = await Promise.all(wrong.map((sample) => entryOf(sample, slice.labels)));
      await world.write(
        config.accepted,
        acceptedText({ model: slice.model, dataset: config.dataset, samples: labelled, mistakes: list }),
      );
      return {
        passed: true,
        message: `Accepted ${count(wrong.length, 'mistake')} of ${count(labelled, 'sample')} in ${config.accepted}.${without}`,
        measured: newMistakes(0, labelled),
        samples: [],
        model: slice.model,
      };
    }
    const text = await world.read(config.accepted);
    if (text === null)
      throw new UserError('nothing-accepted', 'There is no file of accepted mistakes yet.', {
        where: config.accepted,
        next: 'Look at the mistakes, then write it: model-blame check --accept.',
      });
    const { fresh, gone } = await compare(wrong, parseAccepted(text, config.accepted).mistakes);
    const samples = fresh.slice(0, MOST_NAMED).map((sample) => named(sample, predictionWords(sample, slice.labels)));
    const passed = fresh.length === 0;
    const fixed = gone === 0 ? '' : ` ${count(gone, 'accepted mistake is', 'accepted mistakes are')} none any more.`;
    const sentence = `${count(fresh.length, 'new mistake')} of ${slice.model} among ${count(labelled, 'sample')} of ${config.dataset} (${wrong.length} in all, asked: none but those of ${config.accepted}).${fixed}${without}`;
    return {
      passed,
      message: passed ? sentence : withSamples(sentence, samples, fresh.length),
      measured: newMistakes(fresh.length, labelled),
      samples,
      model: slice.model,
    };
  },
};

function newMistakes(value: number, samples: number): Measured {
  const what = 'new mistakes';
  return {
    what,
    value,
    atLeast: null,
    atMost: 0,
    expected: 'no new mistakes',
    actual: count(value, 'new mistake'),
    count: samples,
  };
}

async function entryOf(sample: Predicted, labels: readonly string[]): Promise<AcceptedMistake> {
  const { id, hash } = await sample.identity();
  return {
    sample: sample.name,
    ...(id === null ? { hash: hash.slice(0, DIGITS) } : { id }),
    gold: sample.gold?.label ?? '',
    predicted: labelOf(sample.class, labels),
  };
}

/** Equal rows are counted: two accepted ones excuse two mistakes, not three. */
async function compare(
  wrong: readonly Predicted[],
  accepted: readonly AcceptedMistake[],
): Promise<{ readonly fresh: readonly Predicted[]; readonly gone: number }> {
  const left = new Map<string, number>();
  for (const { id, hash } of accepted) {
    const key = id === undefined ? `#${hash ?? ''}` : `=${id}`;
    left.set(key, (left.get(key) ?? 0) + 1);
  }
  const fresh: Predicted[] = [];
  for (const sample of wrong) {
    const { id, hash } = await sample.identity();
    const keys = [...(id === null ? [] : [`=${id}`]), `#${hash.slice(0, DIGITS)}`];
    const key = keys.find((one) => (left.get(one) ?? 0) > 0);
    if (key === undefined) fresh.push(sample);
    else left.set(key, (left.get(key) ?? 0) - 1);
  }
  return { fresh, gone: [...left.values()].reduce((sum, many) => sum + many, 0) };
}
