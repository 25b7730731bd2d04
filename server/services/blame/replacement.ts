/** What takes the place of removed features, as inputs of the model. */
import { UserError } from '../../errors';
import { populationOf } from '../population';
import { donorsOf } from './donors';
import type { Substitute } from '../../compute/blame-types';
import type { Feeds } from '../../engine/types';
import type { Tensor } from '../../graph/types';
import type { Baseline, EncodedSample } from '../../input/types';
import type { Parameters, ReplacementId } from '../../protocol';
import type { Prepared } from '../prepare';
import type { RequestOptions } from '../types';
import type { FoundDonor } from './donors';
import type { PriorContext } from './prior';

export interface Replacement {
  readonly id: ReplacementId;
  readonly label: string;
  /** Several for donors and for baselines of several draws. */
  readonly choices: readonly {
    readonly label: string;
    readonly donor: number | null;
    readonly substitute: Substitute;
  }[];
  /** The same as x′ of a method: blame then speaks about the change that is tried. */
  readonly baseline: Baseline;
  readonly donors: readonly FoundDonor[];
}

export interface ReplacementWish {
  readonly id: ReplacementId;
  /** Baseline id, for `baseline`. */
  readonly baseline: string | null;
  readonly parameters: Parameters;
  readonly gold: number;
  readonly donors: number;
}

/** Samples the mean is taken over. */
const MEAN_OVER = 2000;

/** @throws UserError `replacement-unfit`, `unknown-baseline`, `no-dataset`, `no-donor`. */
export async function replacementOf(
  context: PriorContext,
  prepared: Prepared,
  wish: ReplacementWish,
  options: RequestOptions,
): Promise<Replacement> {
  const { encoder, encoded } = prepared;
  switch (wish.id) {
    case 'baseline': {
      const known = encoder.baselines.find(({ id }) => id === (wish.baseline ?? encoder.baselines[0]?.id));
      if (known === undefined)
        throw new UserError('unknown-baseline', `There is no baseline "${wish.baseline ?? ''}" for this input.`, {
          next: `Baselines: ${encoder.baselines.map(({ id }) => id).join(', ')}.`,
        });
      const own = (known.parameters ?? []).map(({ name, default: otherwise }) => [
        name,
        wish.parameters[name] ?? otherwise,
      ]);
      const baseline = await encoder.baseline(encoded, known.id, Object.fromEntries(own) as Parameters);
      return fromBaseline('baseline', baseline);
    }
    case 'sign-flip':
      return flipped(prepared);
    case 'mean':
      return meanOf(context, prepared, options);
    case 'donor': {
      const donors = await donorsOf(context, prepared, wish.gold, wish.donors, options);
      const feeds = donors.map((donor) => donated(prepared, donor.prepared));
      return {
        id: 'donor',
        label:
          donors.length === 1
            ? 'the nearest sample with the gold label'
            : `the ${donors.length} nearest samples with the gold label`,
        choices: feeds.map((one, i) => ({
          label: donors[i]?.sample.title ?? '',
          donor: i,
          substitute: { kind: 'feeds', feeds: one },
        })),
        baseline: { id: 'donor', label: 'donors', kind: 'feeds', feeds },
        donors,
      };
    }
  }
}

function fromBaseline(id: ReplacementId, baseline: Baseline, label = baseline.label): Replacement {
  const substitutes: readonly Substitute[] =
    baseline.kind === 'zero-entries'
      ? [{ kind: 'zero-entries' }]
      : baseline.feeds.map((feeds) => ({ kind: 'feeds', feeds }));
  const choices = substitutes.map((substitute, i) => ({
    label: substitutes.length === 1 ? label : `${label} ${i + 1}`,
    donor: null,
    substitute,
  }));
  return { id, label, choices, baseline, donors: [] };
}

/** Pictures: mirrored in the range of their values. Other numbers: −x. Text: −embedding. */
async function flipped({ encoder, encoded }: Prepared): Promise<Replacement> {
  const id = 'sign-flip';
  switch (encoder.kind) {
    case 'image': {
      const [black, white] = await Promise.all([ends(encoder, encoded, 'black'), ends(encoder, encoded, 'white')]);
      const feeds = mapped(
        encoded.feeds,
        (x, name, i) => Number(black[name]?.data[i]) + Number(white[name]?.data[i]) - x,
      );
      return fromBaseline(id, { id, label: 'black and white exchanged', kind: 'feeds', feeds: [feeds] });
    }
    case 'text':
      // The line from −e through 0 to e: the zero embedding ranks as −e does, and can be a baseline.
      return {
        ...fromBaseline(id, { id, label: 'zero embedding', kind: 'zero-entries' }),
        label: 'embedding with its sign changed',
        choices: [{ label: 'embedding with its sign changed', donor: null, substitute: { kind: 'negated-entries' } }],
      };
    case 'table':
    case 'tensor': {
      const numbers = Object.keys(encoded.featureOf).filter((name) => isFloat(encoded.feeds[name]));
      if (numbers.length === 0) throw unfit('sign-flip', 'the model reads no numbers that have a sign');
      const feeds = mapped(encoded.feeds, (x) => -x);
      return fromBaseline(id, { id, label: 'sign changed', kind: 'feeds', feeds: [feeds] });
    }
  }
}

/** A picture's constant baseline as tensors. */
async function ends(encoder: Prepared['encoder'], encoded: EncodedSample, id: string): Promise<Feeds> {
  const baseline = await encoder.baseline(encoded, id, {});
  if (baseline.kind !== 'feeds') throw new Error(`baseline ${id} has no feeds`);
  return baseline.feeds[0] ?? {};
}

async function meanOf(context: PriorContext, prepared: Prepared, options: RequestOptions): Promise<Replacement> {
  const { encoder, encoded, model } = prepared;
  if (encoder.kind === 'text') throw unfit('mean', 'words have no mean');
  if (encoder.kind === 'table') {
    if (!encoder.baselines.some(({ id }) => id === 'typical'))
      throw unfit('mean', 'typical values of the columns are not known');
    return fromBaseline('mean', await encoder.baseline(encoded, 'typical', {}));
  }
  const population = await populationOf(context, model, { count: MEAN_OVER, seed: 0 }, options);
  const alike = population.members.filter(({ feeds }) =>
    Object.keys(encoded.featureOf).every((name) => feeds[name]?.dims.join() === encoded.feeds[name]?.dims.join()),
  );
  if (alike.length === 0) throw unfit('mean', `no sample of ${population.dataset} has the same size`);
  const feeds = mapped(
    encoded.feeds,
    (_, name, i) => alike.reduce((sum, member) => sum + Number(member.feeds[name]?.data[i]), 0) / alike.length,
  );
  const label = `mean of ${alike.length} samples of ${population.dataset}`;
  return fromBaseline('mean', { id: 'mean', label, kind: 'feeds', feeds: [feeds] });
}

/** The donor's values in the sample's places. */
function donated({ encoder, encoded }: Prepared, donor: Prepared): Feeds {
  const { features } = encoded;
  if (encoder.kind === 'text' || (features.kind === 'columns' && features.texts !== undefined))
    return { ...encoded.feeds, ...lentTokens(encoded, donor.encoded) };
  return {
    ...encoded.feeds,
    ...Object.fromEntries(
      Object.keys(encoded.featureOf).flatMap((name) => {
        const tensor = donor.encoded.feeds[name];
        return tensor === undefined ? [] : [[name, tensor]];
      }),
    ),
  };
}

/**
 * Texts differ in length: each of the sample's words gets the donor's token at the same relative place, special tokens
 * and padding stay.
 */
export function lentTokens(encoded: EncodedSample, donor: EncodedSample): Feeds {
  return Object.fromEntries(
    Object.entries(encoded.featureOf).map(([name, place]) => {
      const [own, other] = [encoded.feeds[name] as Tensor, donor.feeds[name] as Tensor];
      const content = contentOf(place, encoded.fixed);
      const lent = contentOf(donor.featureOf[name] ?? new Int32Array(), donor.fixed);
      const data = own.data.slice() as (number | bigint)[] & Tensor['data'];
      content.forEach((element, i) => {
        const from = lent[content.length < 2 ? 0 : Math.round((i * (lent.length - 1)) / (content.length - 1))];
        if (from !== undefined) data[element] = other.data[from] as never;
      });
      return [name, { dtype: own.dtype, dims: own.dims, data }];
    }),
  );
}

/** Elements that belong to words, in order. */
function contentOf(place: Int32Array, fixed: ReadonlySet<number>): number[] {
  return Array.from(place.keys()).filter((i) => (place[i] as number) >= 0 && !fixed.has(place[i] as number));
}

/** Float inputs with other numbers, all other inputs as they are. */
function mapped(feeds: Feeds, value: (x: number, name: string, element: number) => number): Feeds {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => {
      if (!isFloat(tensor)) return [name, tensor];
      const data = tensor.data.slice() as Float32Array;
      for (let i = 0; i < data.length; i += 1) data[i] = value(data[i] as number, name, i);
      return [name, { ...tensor, data }];
    }),
  );
}

function isFloat(tensor: Tensor | undefined): boolean {
  return tensor?.dtype === 'float32' || tensor?.dtype === 'float64';
}

function unfit(id: ReplacementId, why: string): UserError {
  return new UserError('replacement-unfit', `The replacement "${id}" does not fit this sample: ${why}.`, {
    next: 'Choose another: baseline, sign-flip, mean or donor.',
  });
}

/** Whether a substitute changes a feature at all; at the entry points it always does. */
export function changedBy(encoded: EncodedSample, substitute: Substitute): ReadonlySet<number> {
  const changed = new Set<number>();
  for (const [name, place] of Object.entries(encoded.featureOf))
    place.forEach((feature, i) => {
      if (feature < 0 || encoded.fixed.has(feature)) return;
      const differs = substitute.kind !== 'feeds' || substitute.feeds[name]?.data[i] !== encoded.feeds[name]?.data[i];
      if (differs) changed.add(feature);
    });
  return changed;
}
