/** A table row to the model's numbers and strings. */
import type { RecordSample } from '../../dataset';
import type { Feeds } from '../../engine/types';
import { UserError } from '../../errors';
import type { Tensor } from '../../graph/types';
import type { BaselineInfo } from '../../protocol';
import type { TableInputConfig } from '../../workspace/types';
import { tensorOf } from '../model-input';
import type { InputSpec } from '../model-input';
import type { Baseline, EncodedSample, InputEncoder } from '../types';
import { readCell } from './cells';
import { planInputs } from './plan';
import type { PlannedInput } from './plan';
import type { TypicalValues } from './typical';

export interface TableEncoderOptions {
  /** Typical values by column (`typicalValues`); those in the configuration win. */
  readonly typical?: TypicalValues;
}

export interface TableInputEncoder extends InputEncoder {
  readonly kind: 'table';
  encode(sample: RecordSample): EncodedSample;
  baseline(sample: EncodedSample, id: string): Baseline;
}

const typicalInfo: BaselineInfo = {
  id: 'typical',
  label: 'typical row',
  description: 'The mean of every numeric column and the most frequent category of the others.',
};
const zeroInfo: BaselineInfo = {
  id: 'zero',
  label: 'zero',
  description: 'No features at all: zero for every number, no category.',
};

/**
 * @param modelInputs One input [batch, columns] for all columns, one per column, or any grouping between.
 * @throws UserError when columns and inputs do not fit.
 */
export function createTableEncoder(
  config: TableInputConfig,
  modelInputs: readonly InputSpec[],
  options: TableEncoderOptions = {},
): TableInputEncoder {
  const plan = planInputs(config, modelInputs);
  const typical = new Map(
    config.columns.flatMap((column) => {
      const value = column.typical ?? options.typical?.[column.name];
      return value === undefined ? [] : [[column.name, value] as const];
    }),
  );
  const complete = config.columns.every((column) => typical.has(column.name));
  const baselines = complete ? [typicalInfo, zeroInfo] : [zeroInfo];
  return {
    kind: 'table',
    baselines,
    encode(sample) {
      const cells = config.columns.map((column) => readCell(sample, column));
      return {
        feeds: feedsOf(
          plan,
          cells.map((cell) => cell.value),
        ),
        features: {
          kind: 'columns',
          columns: config.columns.map((column, index) => {
            const cell = cells[index];
            const text = cell?.field.text ?? '';
            return {
              name: column.name,
              text,
              type: column.type,
              value: typeof cell?.value === 'number' ? cell.value : null,
              source: cell?.field.locate(0, text.length) ?? null,
            };
          }),
        },
        count: config.columns.length,
        featureOf: Object.fromEntries(
          plan.map(({ input, slots }) => [input.name, Int32Array.from(slots, (slot) => slot.column)]),
        ),
        fixed: new Set(),
      };
    },
    baseline(_sample, id) {
      if (id === zeroInfo.id) return zeroBaseline(plan);
      if (id !== typicalInfo.id || !complete) throw noBaseline(id, baselines);
      const values = config.columns.map((column) => typical.get(column.name) ?? 0);
      return { id, label: typicalInfo.label, kind: 'feeds', feeds: [feedsOf(plan, values)] };
    },
  };
}

/** @param values One per column. */
function feedsOf(plan: readonly PlannedInput[], values: readonly (number | string)[]): Feeds {
  return Object.fromEntries(plan.map((planned) => [planned.input.name, tensorFor(planned, values)]));
}

function tensorFor({ input, slots }: PlannedInput, values: readonly (number | string)[]): Tensor {
  const dims = input.type.shape?.length === 1 ? [1] : [1, slots.length];
  if (input.type.dtype === 'string')
    return { dtype: 'string', dims, data: slots.map((slot) => String(values[slot.column])) };
  const numbers = slots.map(({ column, category }) => {
    const value = values[column] as number | string;
    return category === null ? Number(value) : Number(String(value) === category);
  });
  return tensorOf(input.type.dtype, numbers, dims);
}

/** Strings have no zero: there it is the one-hot slots that are empty. */
function zeroBaseline(plan: readonly PlannedInput[]): Baseline {
  const { id, label } = zeroInfo;
  if (plan.some(({ input }) => input.type.dtype === 'string')) return { id, label, kind: 'zero-entries' };
  const feeds = plan.map(({ input, slots }) => [
    input.name,
    tensorOf(
      input.type.dtype,
      slots.map(() => 0),
      input.type.shape?.length === 1 ? [1] : [1, slots.length],
    ),
  ]);
  return { id, label, kind: 'feeds', feeds: [Object.fromEntries(feeds) as Feeds] };
}

function noBaseline(id: string, baselines: readonly BaselineInfo[]): UserError {
  return id === typicalInfo.id
    ? new UserError('no-typical-values', 'typical values of the columns are not known', {
        next: 'give every column "typical", or a dataset with "role": "train"',
      })
    : new UserError('no-such-baseline', `tables have no baseline “${id}”`, {
        next: `choose one of ${baselines.map((item) => item.id).join(', ')}`,
      });
}
