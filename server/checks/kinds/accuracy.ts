/** A quality of the predictions over a dataset or a slice of it. */
import { UserError } from '../../errors';
import { count, keeps, measured, MOST_NAMED, named, number, boundWords, predictionWords, withSamples } from '../words';
import { leftOut, noGoldClass } from '../labelled';
import { macro, scoresOf, tally } from '../metrics';
import type { AccuracyCheck, Metric } from '../../workspace/checkTypes';
import type { LeftOut } from '../labelled';
import type { CheckKind, Predicted, Slice } from '../types';

const names: Readonly<Record<Metric, string>> = {
  accuracy: 'accuracy',
  errorRate: 'error rate',
  precision: 'precision',
  recall: 'recall',
  f1: 'F1',
};

export const accuracy: CheckKind<AccuracyCheck> = {
  kind: 'accuracy',
  means:
    'Accuracy, error rate, precision, recall or F1 over a dataset or a slice. Samples without a gold label that is one of the model’s classes are left out, and counted in the message.',
  about: ({ dataset }) => dataset,
  acceptable: false,
  async run(config, world, options) {
    const slice = await world.slice(config);
    const counts = tally(slice.labels.length);
    const wrong: Predicted[] = [];
    const left = leftOut(slice.labels);
    for await (const sample of slice.predictions(options)) {
      if (!left.counts(sample)) continue;
      counts.add(sample.gold.class, sample.class);
      if (sample.gold.class !== sample.class) wrong.push(sample);
    }
    const total = counts.total();
    if (total === 0) throw noLabels(config, slice, left);
    const value = valueOf(config, slice, counts);
    const what = `${names[config.metric ?? 'accuracy']}${config.class === undefined ? '' : ` of ${config.class}`}`;
    // The surest mistakes first: they say most about the model or the label.
    const surest = wrong.filter(countsIn(config, slice.labels)).sort((a, b) => b.probability - a.probability);
    const samples = surest.slice(0, MOST_NAMED).map((sample) => named(sample, predictionWords(sample, slice.labels)));
    const passed = keeps(value, config);
    const without = left.total() === 0 ? '' : `; left out: ${left.words()}`;
    const sentence = `${what} ${number(value)} of ${slice.model} over ${count(total, 'sample')} of ${config.dataset}, asked: ${boundWords(config)} (${surest.length} wrong${without}).`;
    return {
      passed,
      message: passed ? sentence : withSamples(sentence, samples, surest.length),
      measured: measured(what, value, config, total),
      samples: passed ? [] : samples,
      model: slice.model,
    };
  },
};

/** The mistakes that lower the metric: of a class, those it is missed in (recall), or wrongly seen in (precision). */
function countsIn({ metric, class: name }: AccuracyCheck, labels: readonly string[]): (sample: Predicted) => boolean {
  const index = name === undefined ? -1 : labels.indexOf(name);
  return ({ gold, class: said }) => {
    if (index === -1 || metric === undefined || metric === 'accuracy' || metric === 'errorRate') return true;
    return (metric !== 'precision' && gold?.class === index) || (metric !== 'recall' && said === index);
  };
}

function valueOf(config: AccuracyCheck, { labels, model }: Slice, counts: ReturnType<typeof tally>): number {
  const { metric = 'accuracy' } = config;
  if (metric === 'accuracy') return counts.right() / counts.total();
  if (metric === 'errorRate') return (counts.total() - counts.right()) / counts.total();
  if (config.class === undefined) return macro(counts, metric);
  const index = labels.indexOf(config.class);
  if (index === -1)
    throw new UserError('unknown-class', `The model "${model}" has no class "${config.class}".`, {
      next: `Classes: ${labels.slice(0, 12).join(', ')}.`,
    });
  const value = scoresOf(counts, index)[metric];
  if (value !== null) return value;
  throw new UserError('nothing-measured', `No sample of ${config.dataset} is ${config.class} or predicted so.`, {
    next: 'Choose another slice or class.',
  });
}

function noLabels({ dataset }: AccuracyCheck, slice: Slice, left: LeftOut): UserError {
  return left.total() > 0
    ? noGoldClass(dataset, slice, left)
    : new UserError('empty-slice', `No sample of ${dataset} fits the check.`, {
        next: 'Loosen "where", "gold" or "predicted".',
      });
}
