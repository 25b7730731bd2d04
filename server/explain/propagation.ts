/** One relevance propagation of the sample, with its accounting: what LRP, deep Taylor and their kin have in common. */
import { UserError } from '../errors';
import type { Feeds } from '../engine/types';
import type { Tensor } from '../graph/types';
import type { Bounds } from '../input/types';
import { absorptions, conservationColumns, names } from '../program/types';
import type { Program, ProgramSpec, RuleOptions, RuleSetId } from '../program/types';
import type { Accounting, NodeBalance, Warning } from '../protocol';
import { accounting } from './accounting';
import { placesOf } from './places';
import { magnitudes, pooling } from './pooling';
import { floats } from './rows';
import { newMeter, relevanceRun, relevanceSpec, tensorOf } from './runs';
import { scoreOf } from './scores';
import type { Attribution, MethodContext } from './types';
import { cancelling, fixedShare } from './warnings';

export interface Propagation {
  readonly rules: RuleSetId;
  readonly options: RuleOptions;
  /** False for methods that start from 1 and promise no sum. */
  readonly conserves: boolean;
}

/** @throws UserError `no-bounds`, `outside-bounds`, and what compiling says. */
export async function propagate(
  context: MethodContext,
  { rules, options, conserves }: Propagation,
): Promise<Attribution> {
  const { sample, entries, model, target } = context;
  const meter = newMeter();
  const spec: ProgramSpec = relevanceSpec(context, {
    rules,
    options,
    ...(context.conservation ? { conservation: true } : {}),
  });
  const { twins, trace } = await context.executable(spec);
  const feeds = twins.length === 0 ? {} : boundFeeds(context);
  const outputs = await relevanceRun(context, meter, spec, [sample.entries], feeds);
  const relevances = Object.fromEntries(
    entries.map(({ value }) => [value, floats(outputs[names.relevance(value)], names.relevance(value))]),
  );
  const places = placesOf(entries, sample);
  const pool = pooling(places, sample.count);
  pool.add(relevances);
  const relevance = Float32Array.from(pool.features());
  const score = scoreOf(target, sample.logits, model.output);
  const started = conserves ? floats(outputs[names.start], names.start)[0] : undefined;
  const base = accounting({ relevance, sum: pool.sum, score, expected: started, evaluations: meter.evaluations });
  const balance: Accounting = started === undefined ? base : { ...base, ...absorbedOf(started, pool.sum, score) };
  const table = outputs[names.conservation];
  return {
    relevance,
    ...magnitudes(relevances, places, sample),
    accounting: balance,
    path: null,
    ...(table === undefined ? {} : { conservation: balances(table, trace) }),
    warnings: [
      ...(conserves ? [...cancelling(balance), ...mostlyAbsorbed(started ?? 0, pool.sum)] : []),
      ...fixedShare(relevance, sample.fixed),
    ],
    modelMilliseconds: meter.milliseconds,
    programKey: meter.programKey,
  };
}

/**
 * What a pass lost on its way, and the part of the score it did not start with.
 * @param started Σ of the relevance it started with. @param sum Σ of what arrived anywhere it is reported.
 */
export function absorbedOf(
  started: number,
  sum: number,
  score: number,
): Pick<Accounting, 'absorbed' | 'targetConstant'> {
  const constant = score - started;
  const rounding = 1e-5 * Math.max(Math.abs(score), Math.abs(started));
  return { absorbed: started - sum, ...(Math.abs(constant) > rounding ? { targetConstant: constant } : {}) };
}

/** Most of the score went into biases and stabilisers: what is left says little about it. */
function mostlyAbsorbed(started: number, sum: number): Warning[] {
  if (started === 0 || Math.abs(started - sum) <= 0.5 * Math.abs(started)) return [];
  const part = `${sum.toPrecision(3)} of ${started.toPrecision(3)}`;
  return [
    {
      code: 'absorbed',
      message: `The inputs carry ${part}: the difference stays in biases, stabilisers and normalisation. The conservation view shows where.`,
    },
  ];
}

/** Rows of the conservation table, in the order relevance went. */
export function balances(table: Tensor, trace: Program['trace']): NodeBalance[] {
  const values = floats(table, names.conservation);
  const width = conservationColumns.length;
  return trace.map(({ node, op, rule }, row) => {
    const cell = (column: (typeof conservationColumns)[number]): number =>
      values[row * width + conservationColumns.indexOf(column)] ?? 0;
    const absorbed = Object.fromEntries(
      absorptions.flatMap((cause) => (cell(cause) === 0 ? [] : [[cause, cell(cause)] as const])),
    );
    return {
      node,
      op,
      rule,
      arrived: cell('arrived'),
      passedOn: cell('passedOn'),
      negative: cell('negative'),
      absorbed,
    };
  });
}

/** Feeds `low/…` and `high/…` of the box rule, checked against the sample. */
function boundFeeds({ sample, entries }: MethodContext): Feeds {
  const feeds: Record<string, Tensor> = {};
  for (const { value, input } of entries) {
    const bounds = sample.bounds?.[input];
    if (bounds === undefined || value !== input)
      throw new UserError(
        'no-bounds',
        `The rule "box" needs the smallest and largest value that input ${input} can have`,
        {
          where: 'bounds are derived from the preprocessing of pictures; this input has none',
          next: 'choose another rule for the layer that sees the input: wSquare or flat',
        },
      );
    checkBounds(input, floats(tensorOf(sample.entries, value), value), bounds);
    feeds[names.twin('low', value)] = bounds.low;
    feeds[names.twin('high', value)] = bounds.high;
  }
  return feeds;
}

/** z^B needs l ≤ 0 ≤ h and l ≤ x ≤ h. */
function checkBounds(input: string, x: Float32Array, bounds: Bounds): void {
  const [low, high] = [floats(bounds.low, 'low'), floats(bounds.high, 'high')];
  for (let i = 0; i < x.length; i += 1) {
    const [l, h, value] = [low[i] as number, high[i] as number, x[i] as number];
    const slack = 1e-5 * (h - l);
    if (l > 0 || h < 0 || value < l - slack || value > h + slack)
      throw new UserError('outside-bounds', `The rule "box" needs l ≤ 0 ≤ h and inputs between l and h`, {
        where: `element ${i} of ${input} is ${value.toPrecision(4)}, bounds ${l.toPrecision(4)} and ${h.toPrecision(4)}`,
        next: 'correct mean, std and rescale in model-blame.json, or choose the rule wSquare for the first layer',
      });
  }
}
