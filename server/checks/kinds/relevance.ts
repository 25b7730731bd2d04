/** Right for the right reason: the share of the relevance that lies on something. */
import { UserError } from '../../errors';
import { patternOf, shareOn } from '../share';
import { thin } from '../thin';
import { count, keeps, measured, MOST_NAMED, named, number, boundWords, withSamples } from '../words';
import { aboutAny } from './about';
import type { RelevanceCheck } from '../../workspace/checkTypes';
import type { CheckKind, CheckOptions, CheckWorld, ExplainWish, Explains, Predicted } from '../types';

const MOST_SAMPLES = 50;

interface Share extends Pick<Predicted, 'address' | 'name' | 'line'> {
  readonly share: number;
  readonly explained: string;
}

export const relevance: CheckKind<RelevanceCheck> = {
  kind: 'relevance',
  means:
    'Right for the right reason: the share of the relevance on words, a pattern, columns, a region or a mask, Σ|R| there of all Σ|R|. Over a dataset the mean or a quantile of the samples’ shares. Only samples that hold the words or pattern count; a check that finds none is an error, not a success.',
  about: aboutAny,
  acceptable: false,
  async run(config, world, options) {
    const { samples, fitting, model, source } = await samplesOf(config, world, options);
    const { on, measure = 'absolute' } = config;
    const mask = on.mask === undefined ? null : await world.picture(on.mask);
    const [first] = samples;
    if (on.columns !== undefined && first !== undefined) await world.hasColumns(first.address, on.columns);
    const shares: Share[] = [];
    let empty = 0;
    const wish: ExplainWish = {
      target: config.target ?? null,
      method: config.method ?? null,
      parameters: config.parameters ?? {},
      baseline: config.baseline ?? null,
    };
    let done = 0;
    // One sample may take long: what runs is said before it.
    options.progress?.(done, samples.length, 'Explaining');
    for await (const explained of source.explain(samples, wish, options)) {
      const { address, name, line } = samples[done] as Predicted;
      const share = shareOn(explained, on, measure, mask);
      if (share === null) empty += 1;
      else shares.push({ address, name, line, share, explained: explained.label });
      done += 1;
      options.progress?.(done, samples.length, 'Explaining');
    }
    if (shares.length === 0)
      throw new UserError(
        'nothing-measured',
        `${count(samples.length, 'sample')} looked at, and none holds ${placeWords(config)} and has relevance.`,
        { next: 'Correct "on", or choose other samples.' },
      );
    const value = config.quantile === undefined ? mean(shares) : quantile(shares, config.quantile);
    const passed = keeps(value, config);
    const worst = worstFirst(shares, config).slice(0, MOST_NAMED);
    const list = worst.map((sample) =>
      named(sample, `${number(sample.share)} of the relevance for ${sample.explained}`),
    );
    const one = config.dataset === undefined;
    const statistic = one
      ? ''
      : config.quantile === undefined
        ? 'mean '
        : `${number(config.quantile)} quantile of the `;
    const over = one
      ? ` of ${shares[0]?.name ?? ''}`
      : ` over ${shares.length}${fitting > shares.length ? ` of ${fitting}` : ''} samples of ${config.dataset ?? ''}`;
    const left = empty === 0 ? '' : ` ${count(empty, 'sample')} without relevance left out.`;
    const what = `${statistic}share of relevance on ${placeWords(config)}`;
    const sentence = `${what} is ${number(value)}${over}, asked: ${boundWords(config)} (${model}).${left}`;
    return {
      passed,
      message: passed ? sentence : withSamples(sentence, one ? [] : list),
      measured: measured(what, value, config, shares.length),
      samples: passed ? [] : list,
      model,
    };
  },
};

async function samplesOf(
  config: RelevanceCheck,
  world: CheckWorld,
  options: CheckOptions,
): Promise<{
  readonly samples: readonly Predicted[];
  readonly fitting: number;
  readonly model: string;
  readonly source: Explains;
}> {
  const { dataset } = config;
  if (dataset === undefined) {
    const source = await world.one(config);
    return { samples: [source.sample], fitting: 1, model: source.model, source };
  }
  const slice = await world.slice({ ...config, dataset }, patternOf(config.on));
  const { chosen, total } = await thin(slice.predictions(options), config.samples ?? MOST_SAMPLES);
  if (chosen.length > 0) return { samples: chosen, fitting: total, model: slice.model, source: slice };
  throw new UserError('empty-slice', `No sample of ${dataset} fits the check.`, {
    next: 'Loosen "where", "gold" or "predicted", or correct "on".',
  });
}

function placeWords({ on: { words, pattern, columns, region, mask } }: RelevanceCheck): string {
  if (words !== undefined) return words.map((word) => `“${word}”`).join(', ');
  if (pattern !== undefined) return `/${pattern}/`;
  if (columns !== undefined) return columns.join(', ');
  if (region !== undefined) return `the region ${region.width} × ${region.height} at (${region.x}, ${region.y})`;
  return `the mask ${mask ?? ''}`;
}

function mean(shares: readonly Share[]): number {
  return shares.reduce((sum, { share }) => sum + share, 0) / shares.length;
}

/** Linear between the order statistics, as numpy's default. */
export function quantile(shares: readonly { readonly share: number }[], at: number): number {
  const sorted = shares.map(({ share }) => share).sort((a, b) => a - b);
  const position = at * (sorted.length - 1);
  const low = sorted[Math.floor(position)] ?? Number.NaN;
  const high = sorted[Math.ceil(position)] ?? Number.NaN;
  return low + (high - low) * (position - Math.floor(position));
}

function worstFirst(shares: readonly Share[], { atMost }: RelevanceCheck): readonly Share[] {
  return [...shares].sort((a, b) => (atMost === undefined ? a.share - b.share : b.share - a.share));
}
