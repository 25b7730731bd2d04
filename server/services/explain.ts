/** The service behind `explain`. */
import { throwIfCancelled, UserError } from '../errors';
import { comparesWithSamples } from '../protocol/catalogue';
import { hashOfFeeds, keyOf } from './cache';
import { withComposite, withCompositeName } from './composites';
import { methodOf } from './load';
import { offerBaseline } from './otherBaseline';
import { populationOf, populationWarning } from './population';
import { blameGiven } from './blame/given';
import { listedScores, predictionKey, scoresOf } from './predict';
import { prepare } from './prepare';
import { targetOf } from './quantities';
import type { ComputedAttribution } from '../compute/types';
import type { Baseline } from '../input/types';
import type { Grid } from '../explain/types';
import type { Explanation, ExplainRequest, Features, MethodInfo, ParameterDefinition, Parameters } from '../protocol';
import type { ResultCache } from './cache';
import type { Population } from './population';
import type { PriorContext } from './blame/prior';
import type { PredictContext } from './predict';
import type { Prepared } from './prepare';
import type { RequestOptions } from './types';

export interface ExplainContext extends PredictContext, PriorContext {
  readonly explanations: ResultCache<ComputedAttribution>;
}

export async function explain(
  context: ExplainContext,
  request: ExplainRequest,
  options: RequestOptions = {},
): Promise<Explanation> {
  const began = performance.now();
  throwIfCancelled(options.signal);
  const prepared = await prepare(context, request, options.signal);
  return explainPrepared(context, prepared, request, {}, options, began);
}

/** What another service has decided for an explanation. */
export interface Decided {
  /** In place of the encoder's own baselines. */
  readonly baseline?: Baseline;
  /** Gold class, in place of the sample's own label. */
  readonly gold?: number;
}

/** @param began `performance.now()` at the start of the request. */
export async function explainPrepared(
  context: ExplainContext,
  prepared: Prepared,
  request: ExplainRequest,
  decided: Decided,
  { signal, progress }: RequestOptions,
  began: number,
): Promise<Explanation> {
  const { model, encoder, encoded } = prepared;
  const { info } = methodOf(model, request.method);
  const target = targetOf(model, request.target);
  const own = info.usesBaseline && decided.baseline === undefined;
  const baselineId = own ? baselineIdOf(prepared, info, request.baseline) : null;

  const parameters = withComposite(request.parameters, model.chosen.workspace);
  const { ofMethod, ofBaseline } = splitParameters(parameters, info, encoder, baselineId);

  const predictedClass = async (): Promise<number> =>
    (await scoresOf(context, prepared, optionsOf(signal))).scores[0]?.class ?? 0;
  const blame =
    info.family === 'blame'
      ? await blameGiven(context, prepared, info, ofMethod, decided.gold, predictedClass, optionsOf(signal, progress))
      : null;
  const population = await drawn(context, prepared, info, ofMethod, optionsOf(signal, progress));

  const key = keyOf(
    'explain',
    predictionKey(prepared),
    info.id,
    target,
    baselineId,
    parameters,
    encoder.key,
    request.conservation ?? false,
    population?.key ?? null,
    decided.baseline === undefined ? null : keyOfBaseline(decided.baseline),
    blame === null ? null : blame.given,
  );
  const before = context.explanations.get(key);
  const chosen = info.usesBaseline ? decided.baseline : undefined;
  const baseline = chosen ?? (baselineId === null ? null : await encoder.baseline(encoded, baselineId, ofBaseline));
  throwIfCancelled(signal);
  const computed =
    before ??
    (await context.compute.attribute(
      {
        model: model.source,
        labels: model.labels,
        method: info.id,
        target,
        sample: { ...coreOf(prepared), grid: gridOf(encoded.features) },
        baseline,
        ...(population === null ? {} : { population: population.members }),
        ...(blame === null ? {} : { blame: blame.given }),
        parameters: ofMethod,
        conservation: request.conservation ?? false,
      },
      optionsOf(signal, progress),
    ));
  context.explanations.set(key, computed);
  const { scores, engine, modelMilliseconds } = computed;
  const used = { baseline: baselineOf(baseline, computed), target: computed.target, prediction: scores };
  const explained = [
    computed.target.class,
    computed.target.kind === 'contrast' ? computed.target.against : null,
    prepared.gold?.class,
  ];
  const warnings =
    decided.baseline === undefined
      ? await offerBaseline(context, prepared, used, computed.warnings, optionsOf(signal))
      : computed.warnings;
  context.predictions.set(predictionKey(prepared), { scores, engine, modelMilliseconds });
  return {
    sample: prepared.sample.ref,
    model: prepared.ref,
    prediction: listedScores(scores, explained),
    gold: prepared.gold,
    ...(prepared.goldSource === null ? {} : { goldSource: prepared.goldSource }),
    ...(prepared.positions === undefined ? {} : { positions: prepared.positions }),
    target: computed.target,
    method: info.id,
    parameters: withCompositeName({ ...ofBaseline, ...computed.parameters }),
    baseline: used.baseline && { ...used.baseline, scores: listedScores(used.baseline.scores, explained) },
    features: encoded.features,
    relevance: computed.relevance,
    ...(computed.magnitude === undefined ? {} : { magnitude: computed.magnitude }),
    ...(computed.errors === undefined ? {} : { errors: computed.errors }),
    accounting: computed.accounting,
    path: computed.path,
    ...(computed.conservation === undefined ? {} : { conservation: computed.conservation }),
    ...(computed.layer === undefined ? {} : { layer: computed.layer }),
    warnings: [
      ...prepared.warnings,
      ...(population === null ? [] : [populationWarning(population)]),
      ...(blame?.warnings ?? []),
      ...warnings,
    ],
    engine,
    milliseconds: performance.now() - began,
    modelMilliseconds: before === undefined ? modelMilliseconds : 0,
    programKey: computed.programKey,
  };
}

/** Samples to compare with, for methods that do; `draws` and `seed` are theirs to declare. */
async function drawn(
  context: ExplainContext,
  { model }: Prepared,
  info: MethodInfo,
  parameters: Parameters,
  options: RequestOptions,
): Promise<Population | null> {
  if (info.population === undefined || !comparesWithSamples(info, parameters)) return null;
  const number = (name: string, otherwise: number): number => {
    const declared = info.parameters.find((definition) => definition.name === name);
    const value = Number(parameters[name] ?? declared?.default ?? otherwise);
    // The method's own check speaks about values that make no sense; here they only must not do harm.
    return declared !== undefined && Number.isSafeInteger(value) && value > 0 ? value : otherwise;
  };
  const count = Math.min(number('draws', info.population), MOST_MEMBERS);
  return populationOf(context, model, { count, seed: number('seed', 0) }, options);
}

/** Samples that one explanation compares with at most. */
const MOST_MEMBERS = 10_000;

function optionsOf(signal: RequestOptions['signal'], progress?: RequestOptions['progress']): RequestOptions {
  return { ...(signal === undefined ? {} : { signal }), ...(progress === undefined ? {} : { progress }) };
}

function keyOfBaseline(baseline: Baseline): string {
  return keyOf(baseline.id, baseline.kind, baseline.kind === 'feeds' ? baseline.feeds.map(hashOfFeeds) : []);
}

/**
 * A person gives one list of parameters; method and baseline each get theirs (a `seed` may be both's), the
 * baseline's with defaults. What is neither's goes to the method, whose check names it.
 */
export function splitParameters(
  given: Parameters,
  method: MethodInfo,
  { baselines }: Pick<Prepared['encoder'], 'baselines'>,
  baseline: string | null,
): { readonly ofMethod: Parameters; readonly ofBaseline: Parameters } {
  const own = baselines.find(({ id }) => id === baseline)?.parameters ?? [];
  const isOf = (definitions: readonly ParameterDefinition[], name: string): boolean =>
    definitions.some((definition) => definition.name === name);
  const entries = Object.entries(given);
  return {
    ofMethod: Object.fromEntries(entries.filter(([name]) => isOf(method.parameters, name) || !isOf(own, name))),
    ofBaseline: Object.fromEntries(own.map(({ name, default: fallback }) => [name, given[name] ?? fallback])),
  };
}

export function baselineIdOf({ encoder }: Pick<Prepared, 'encoder'>, info: MethodInfo, asked: string | null): string {
  const ids = encoder.baselines.map(({ id }) => id);
  const first = ids[0];
  if (first === undefined)
    throw new UserError('no-baseline', `${info.name} needs a baseline, and this kind of input has none.`, {
      next: 'Choose a method without a baseline.',
    });
  if (asked === null) {
    const own = info.defaultBaseline;
    return own !== undefined && ids.includes(own) ? own : first;
  }
  if (ids.includes(asked)) return asked;
  throw new UserError('unknown-baseline', `There is no baseline "${asked}" for this input.`, {
    next: `Baselines: ${ids.join(', ')}.`,
  });
}

function baselineOf(baseline: Baseline | null, computed: ComputedAttribution): Explanation['baseline'] {
  if (baseline === null || computed.baselineScores === null) return null;
  return { id: baseline.id, label: baseline.label, scores: computed.baselineScores };
}

/** What crosses into the compute process: no features, no text. */
export function coreOf({
  encoded,
}: Pick<Prepared, 'encoded'>): Pick<Prepared['encoded'], 'feeds' | 'count' | 'featureOf' | 'fixed' | 'bounds'> {
  const { feeds, count, featureOf, fixed, bounds } = encoded;
  return { feeds, count, featureOf, fixed, ...(bounds === undefined ? {} : { bounds }) };
}

export function gridOf(features: Features): Grid | null {
  return features.kind === 'pixels' ? { width: features.width, height: features.height } : null;
}
