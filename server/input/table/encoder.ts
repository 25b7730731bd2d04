/** A table row to the model's numbers and strings. */
import type { RecordSample } from '../../dataset';
import type { Feeds } from '../../engine/types';
import { UserError } from '../../errors';
import type { Tensor } from '../../graph/types';
import type { TextVectorization } from '../../model/types';
import type { BaselineInfo, ColumnFeature, TextCell } from '../../protocol';
import type { ColumnConfig, TableInputConfig } from '../../workspace/types';
import { tensorOf } from '../model-input';
import type { InputSpec } from '../model-input';
import type { Baseline, EncodedSample, InputEncoder } from '../types';
import { readCell } from './cells';
import type { Cell } from './cells';
import { planInputs } from './plan';
import type { PlannedInput } from './plan';
import type { TypicalValues } from './typical';
import type { CellWords } from './words';

export interface TableEncoderOptions {
  /** Typical values by column (`typicalValues`); those in the configuration win. */
  readonly typical?: TypicalValues;
  /** How the model splits the inputs that are texts. */
  readonly texts?: readonly TextVectorization[];
}

export interface TableInputEncoder extends InputEncoder {
  readonly kind: 'table';
  encode(sample: RecordSample): EncodedSample;
  baseline(sample: EncodedSample, id: string): Baseline;
}

const typicalInfo = (hasText: boolean): BaselineInfo => ({
  id: 'typical',
  label: 'typical row',
  description: `The mean of every numeric column and the most frequent category of the others${hasText ? '; texts without words' : ''}.`,
});
const zeroInfo = (hasText: boolean): BaselineInfo => ({
  id: 'zero',
  label: 'zero',
  description: `No features at all: zero for every number, no category${hasText ? ', no word' : ''}.`,
});

/**
 * @param modelInputs One input [batch, columns] for all columns, one per column, or any grouping between; a text has
 *   one of its own, [batch, sequence].
 * @throws UserError when columns and inputs do not fit.
 */
export function createTableEncoder(
  config: TableInputConfig,
  modelInputs: readonly InputSpec[],
  options: TableEncoderOptions = {},
): TableInputEncoder {
  const plan = planInputs(config, modelInputs, options.texts ?? []);
  const plain = config.columns.filter(({ type }) => type !== 'text');
  const hasText = plain.length < config.columns.length;
  const typical = new Map(
    plain.flatMap((column) => {
      const value = column.typical ?? options.typical?.[column.name];
      return value === undefined ? [] : [[column.name, value] as const];
    }),
  );
  const complete = plain.length > 0 && plain.every((column) => typical.has(column.name));
  const [typicalOffer, zeroOffer] = [typicalInfo(hasText), zeroInfo(hasText)];
  const baselines = complete ? [typicalOffer, zeroOffer] : [zeroOffer];
  const readerOf = new Map(plan.flatMap(({ slots, words }) => (words === null ? [] : [[slots[0]?.column, words]])));
  return {
    kind: 'table',
    ...(hasText ? { texts: config.columns.flatMap(({ name, type }) => (type === 'text' ? [name] : [])) } : {}),
    baselines,
    encode(sample) {
      const cells = config.columns.map((column, index): ReadCell => {
        const cell = readCell(sample, column);
        const words = readerOf.get(index);
        return { ...cell, words: words === undefined ? null : words(String(cell.value)) };
      });
      const features = cells.map((cell, index) => featuresOf(cell, config.columns[index] as ColumnConfig));
      let next = 0;
      const first = features.map(({ length }) => (next += length) - length);
      const columns = features.flat();
      const texts = cells.flatMap(({ words, value, field }): readonly TextCell[] =>
        words === null
          ? []
          : [{ name: field.name, text: String(value), source: field.locate(0, field.text.length) ?? null }],
      );
      return {
        feeds: feedsOf(plan, cells),
        features: {
          kind: 'columns',
          columns,
          ...(hasText ? { texts } : {}),
        },
        count: columns.length,
        featureOf: Object.fromEntries(plan.map((planned) => [planned.input.name, placesOf(planned, cells, first)])),
        fixed: new Set(columns.flatMap(({ type, span }, at) => (type === 'text' && span === undefined ? [at] : []))),
      };
    },
    baseline(sample, id) {
      if (id === zeroOffer.id) return zeroBaseline(plan, sample, zeroOffer);
      if (id !== typicalOffer.id || !complete) throw noBaseline(id, baselines);
      const values = config.columns.map((column) => ({ value: typical.get(column.name) ?? 0, words: null }));
      return { id, label: typicalOffer.label, kind: 'feeds', feeds: [feedsOf(plan, values, sample)] };
    },
  };
}

interface ReadCell extends Cell {
  readonly words: CellWords | null;
}

/** The column, or the words of one that is text; a text without words is one feature that counts for nothing. */
function featuresOf({ field, value, words }: ReadCell, { name, type }: ColumnConfig): readonly ColumnFeature[] {
  const whole = { name, text: field.text, type, value: typeof value === 'number' ? value : null };
  if (words === null || words.words.length === 0)
    return [{ ...whole, source: field.locate(0, field.text.length) ?? null }];
  const text = String(value);
  return words.words.map(({ token, span }) => ({
    ...whole,
    text: text.slice(...span) || token,
    span,
    // What stands for an empty cell is nowhere in the file.
    source: field.text === text ? field.locate(...span) : null,
  }));
}

/** Feature of every element. @param first First feature of every column. */
function placesOf({ slots, words }: PlannedInput, cells: readonly ReadCell[], first: readonly number[]): Int32Array {
  if (words === null) return Int32Array.from(slots, ({ column }) => first[column] ?? -1);
  const column = slots[0]?.column ?? 0;
  const from = first[column] ?? 0;
  const cell = cells[column]?.words;
  return Int32Array.from(cell?.wordOf ?? [], (word) => (word < 0 ? -1 : from + word));
}

/**
 * @param values One per column.
 * @param sample Texts have as many tokens as its, none of them a word; left out: they have their own.
 */
function feedsOf(
  plan: readonly PlannedInput[],
  values: readonly Pick<ReadCell, 'value' | 'words'>[],
  sample?: EncodedSample,
): Feeds {
  return Object.fromEntries(
    plan.map((planned) => {
      const { input, slots, words } = planned;
      if (words === null) return [input.name, tensorFor(planned, values)];
      const own = values[slots[0]?.column ?? 0]?.words?.ids;
      return [
        input.name,
        own === undefined ? wordless(planned, sample) : tensorOf(input.type.dtype, own, [1, own.length]),
      ];
    }),
  );
}

/** As many tokens as the sample has, none of them a word. */
function wordless({ input, pad }: PlannedInput, sample: EncodedSample | undefined): Tensor {
  const dims = sample?.feeds[input.name]?.dims ?? [1, 1];
  return tensorOf(input.type.dtype, Array<number>(dims[1] ?? 1).fill(pad), dims);
}

function tensorFor({ input, slots }: PlannedInput, values: readonly Pick<ReadCell, 'value'>[]): Tensor {
  const dims = input.type.shape?.length === 1 ? [1] : [1, slots.length];
  if (input.type.dtype === 'string')
    return { dtype: 'string', dims, data: slots.map((slot) => String(values[slot.column]?.value)) };
  const numbers = slots.map(({ column, category }) => {
    const value = values[column]?.value ?? NaN;
    return category === null ? Number(value) : Number(String(value) === category);
  });
  return tensorOf(input.type.dtype, numbers, dims);
}

/** Strings have no zero: there it is the one-hot slots that are empty. */
function zeroBaseline(plan: readonly PlannedInput[], sample: EncodedSample, { id, label }: BaselineInfo): Baseline {
  if (plan.some(({ input }) => input.type.dtype === 'string')) return { id, label, kind: 'zero-entries' };
  const feeds = plan.map((planned) => {
    const { input, slots, words } = planned;
    const dims = input.type.shape?.length === 1 ? [1] : [1, slots.length];
    const zeros = (): Tensor => tensorOf(input.type.dtype, Array<number>(slots.length).fill(0), dims);
    return [input.name, words === null ? zeros() : wordless(planned, sample)];
  });
  return { id, label, kind: 'feeds', feeds: [Object.fromEntries(feeds) as Feeds] };
}

function noBaseline(id: string, baselines: readonly BaselineInfo[]): UserError {
  return id === 'typical'
    ? new UserError('no-typical-values', 'typical values of the columns are not known', {
        next: 'give every column "typical", or a dataset with "role": "train"',
      })
    : new UserError('no-such-baseline', `tables have no baseline “${id}”`, {
        next: `choose one of ${baselines.map((item) => item.id).join(', ')}`,
      });
}
