/** The service behind `counterfactual`: the smallest change found that makes the model answer gold. */
import { throwIfCancelled, UserError } from '../../errors';
import { scoresOf } from '../predict';
import { prepare } from '../prepare';
import { needsClasses } from '../quantities';
import { goldClass } from './given';
import { numbersCounterfactual } from './counterfactual-numbers';
import { pictureCounterfactual } from './counterfactual-picture';
import { rowCounterfactual } from './counterfactual-row';
import { textCounterfactual } from './counterfactual-text';
import type { CounterfactualRequest, CounterfactualResponse, FeatureChange, SampleAddress } from '../../protocol';
import type { Feeds } from '../../engine/types';
import type { ExplainContext } from '../explain';
import type { Prepared } from '../prepare';
import type { RequestOptions } from '../types';

/** What one kind of input finds. */
export interface Reached {
  readonly changes: readonly FeatureChange[];
  readonly result: CounterfactualResponse['result'];
  /** Inputs of the changed sample, to predict it once more as it is. */
  readonly feeds: Feeds;
  readonly evaluations: number;
  readonly donors?: readonly SampleAddress[];
}

export interface Quest {
  readonly context: ExplainContext;
  readonly prepared: Prepared;
  readonly gold: number;
  readonly most: number;
  readonly window: number;
  readonly options: RequestOptions;
}

/** @throws UserError `no-gold`, `unknown-gold`, `already-gold`, `no-counterfactual`. */
export async function counterfactual(
  context: ExplainContext,
  request: CounterfactualRequest,
  options: RequestOptions = {},
): Promise<CounterfactualResponse> {
  const began = performance.now();
  throwIfCancelled(options.signal);
  const prepared = await prepare(context, request, options.signal);
  const { model, encoded, sample } = prepared;
  needsClasses(prepared.model, 'A counterfactual');
  const gold = goldClass(prepared, request.gold ?? null);
  const label = model.labels[gold] ?? `class ${gold}`;
  const before = await scoresOf(context, prepared, options);
  if (before.scores[0]?.class === gold)
    throw new UserError('already-gold', `The model already predicts "${label}": nothing has to change.`, {
      next: 'Name another class to reach (--gold).',
    });
  const most = request.most ?? Infinity;
  const quest: Quest = { context, prepared, gold, most, window: request.window ?? 0, options };
  const reached = await searchFor(quest);
  if (reached === null || reached.changes.length === 0 || reached.changes.length > most)
    throw new UserError(
      'no-counterfactual',
      reached === null || reached.changes.length === 0
        ? `No change was found that makes the model answer "${label}".`
        : `The smallest change found that makes the model answer "${label}" takes ${reached.changes.length} features.`,
      { next: 'Allow more features to change (--most), or name another class (--gold).' },
    );
  const after = await context.compute.predict(
    { model: model.source, feeds: reached.feeds, labels: model.labels },
    options.signal === undefined ? {} : { signal: options.signal },
  );
  return {
    sample: sample.ref,
    model: prepared.ref,
    gold: { class: gold, label },
    before: before.scores,
    after: after.scores,
    changes: reached.changes,
    features: encoded.features,
    result: reached.result,
    evaluations: reached.evaluations,
    milliseconds: performance.now() - began,
    ...(reached.donors === undefined ? {} : { donors: reached.donors }),
  };
}

function searchFor(quest: Quest): Promise<Reached | null> {
  switch (quest.prepared.encoder.kind) {
    case 'image':
      return pictureCounterfactual(quest);
    case 'tensor':
      return numbersCounterfactual(quest);
    case 'table':
      return rowCounterfactual(quest);
    case 'text':
      return textCounterfactual(quest);
  }
}
