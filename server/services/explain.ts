/** The service behind `explain`. */
import { throwIfCancelled, UserError } from '../errors';
import { keyOf } from './cache';
import { resolveTarget } from './classes';
import { methodOf } from './load';
import { predictionKey } from './predict';
import { prepare } from './prepare';
import type { ComputedAttribution } from '../compute/types';
import type { Baseline } from '../input/types';
import type { Grid } from '../explain/types';
import type {
  BaselineInfo,
  Explanation,
  ExplainRequest,
  Features,
  MethodInfo,
  ParameterDefinition,
  Parameters,
} from '../protocol';
import type { ResultCache } from './cache';
import type { PredictContext } from './predict';
import type { Prepared } from './prepare';
import type { RequestOptions } from './types';

export interface ExplainContext extends PredictContext {
  readonly explanations: ResultCache<ComputedAttribution>;
}

export async function explain(
  context: ExplainContext,
  request: ExplainRequest,
  { signal, progress }: RequestOptions = {},
): Promise<Explanation> {
  const began = performance.now();
  throwIfCancelled(signal);
  const prepared = await prepare(context, request, signal);
  const { model, encoder, encoded } = prepared;
  const { info } = methodOf(model, request.method);
  const target = resolveTarget(request.target, model.labels);
  const baselineId = info.usesBaseline ? baselineIdOf(prepared, info, request.baseline) : null;

  const { ofMethod, ofBaseline } = split(request.parameters, info, baselineInfo(prepared, baselineId));

  const key = keyOf(
    'explain',
    predictionKey(prepared),
    info.id,
    target,
    baselineId,
    request.parameters,
    encoder.key,
    request.conservation ?? false,
  );
  const before = context.explanations.get(key);
  const baseline = baselineId === null ? null : await encoder.baseline(encoded, baselineId, ofBaseline);
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
        parameters: ofMethod,
        conservation: request.conservation ?? false,
      },
      { ...(signal === undefined ? {} : { signal }), ...(progress === undefined ? {} : { progress }) },
    ));
  context.explanations.set(key, computed);
  const { scores, engine, modelMilliseconds } = computed;
  context.predictions.set(predictionKey(prepared), { scores, engine, modelMilliseconds });
  return {
    sample: prepared.sample.ref,
    model: prepared.ref,
    prediction: scores,
    gold: prepared.gold,
    target: computed.target,
    method: info.id,
    parameters: { ...ofBaseline, ...computed.parameters },
    baseline: baselineOf(baseline, computed),
    features: encoded.features,
    relevance: computed.relevance,
    ...(computed.magnitude === undefined ? {} : { magnitude: computed.magnitude }),
    accounting: computed.accounting,
    path: computed.path,
    ...(computed.conservation === undefined ? {} : { conservation: computed.conservation }),
    ...(computed.layer === undefined ? {} : { layer: computed.layer }),
    warnings: [...prepared.warnings, ...computed.warnings],
    engine,
    milliseconds: performance.now() - began,
    modelMilliseconds: before === undefined ? modelMilliseconds : 0,
    programKey: computed.programKey,
  };
}

function baselineInfo({ encoder }: Prepared, id: string | null): BaselineInfo | undefined {
  return encoder.baselines.find((candidate) => candidate.id === id);
}

/**
 * A person gives one list of parameters; method and baseline each get theirs (a `seed` may be both's), the
 * baseline's with defaults. What is neither's goes to the method, whose check names it.
 */
function split(
  given: Parameters,
  method: MethodInfo,
  baseline: BaselineInfo | undefined,
): { readonly ofMethod: Parameters; readonly ofBaseline: Parameters } {
  const own = baseline?.parameters ?? [];
  const isOf = (definitions: readonly ParameterDefinition[], name: string): boolean =>
    definitions.some((definition) => definition.name === name);
  const entries = Object.entries(given);
  return {
    ofMethod: Object.fromEntries(entries.filter(([name]) => isOf(method.parameters, name) || !isOf(own, name))),
    ofBaseline: Object.fromEntries(own.map(({ name, default: fallback }) => [name, given[name] ?? fallback])),
  };
}

function baselineIdOf({ encoder }: Prepared, info: MethodInfo, asked: string | null): string {
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
  if (baseline === null) return null;
  return { id: baseline.id, label: baseline.label, scores: computed.baselineScores ?? [] };
}

/** What crosses into the compute process: no features, no text. */
function coreOf({
  encoded,
}: Prepared): Pick<Prepared['encoded'], 'feeds' | 'count' | 'featureOf' | 'fixed' | 'bounds'> {
  const { feeds, count, featureOf, fixed, bounds } = encoded;
  return { feeds, count, featureOf, fixed, ...(bounds === undefined ? {} : { bounds }) };
}

function gridOf(features: Features): Grid | null {
  return features.kind === 'pixels' ? { width: features.width, height: features.height } : null;
}
