/** One explanation, from a request to numbers: prediction, target, baseline, method, warnings. */
import type { Executable, Feeds } from '../engine/types';
import { UserError } from '../errors';
import { featureEntries } from '../explain/places';
import { methodById } from '../explain/methods';
import { resolveParameters } from '../explain/parameters';
import { classScores } from '../explain/scores';
import { defaultTarget, resolveTarget } from '../explain/targets';
import type { Member, Method, MethodContext } from '../explain/types';
import { baselineIsEvidence } from '../explain/warnings';
import { POSITION } from '../model/positions';
import type { Model } from '../model/types';
import type { ClassScore, Warning } from '../protocol';
import { comparesWithSamples } from '../protocol/catalogue';
import type { ProgramSpec } from '../program/types';
import { batchesAreTrue, rowsPerRun } from './batching';
import type { LoadedModel } from './models';
import { baselinePoints, entriesOf, predicted } from './points';
import type { Lease } from './sessions';
import type { AttributeRequest, ComputedAttribution, ComputeOptions } from './types';

/** Per model: whether a batch of two was seen to equal two singles. */
export type Trust = WeakMap<Model, Promise<boolean>>;

export async function attribute(
  { model, engine }: LoadedModel,
  lease: Lease,
  trust: Trust,
  request: AttributeRequest,
  options: ComputeOptions,
): Promise<ComputedAttribution> {
  const method = methodById(request.method);
  const parameters = resolveParameters(method.info, request.parameters);
  refuseUnfit(method, model);
  const signal = options.signal ?? new AbortController().signal;
  const watch = { milliseconds: 0 };
  const compile = async (spec: ProgramSpec) => timed(await lease.get(engine, model, spec), watch);
  const { feeds } = request.sample;

  const reads = method.reads?.({ model, parameters }) ?? [];
  const { logits, inner } = await predicted(model, compile, feeds, reads, signal);
  const wish = defaultTarget(method.info, request.target, logits, model.output);
  const { target, resolved } =
    method.aim?.({
      ...(request.blame === undefined ? {} : { blame: request.blame }),
      parameters,
      logits,
      output: model.output,
      labels: request.labels,
    }) ?? resolveTarget(wish, logits, model.output, request.labels);
  const entries = featureEntries(model.entries, request.sample.featureOf);
  // A relevance of 0 everywhere would be no answer.
  if (entries.length === 0) refuseUnfit(method, { ...model, entries });
  const scores = classScores(logits, model.output, request.labels);
  const sample = { ...request.sample, logits, entries: await entriesOf(entries, compile, feeds) };
  const chunk =
    method.batches && (await trusted(trust, model, compile, request, logits)) ? rowsPerRun(model, feeds, engine) : 1;
  const base: MethodContext = {
    model,
    entries,
    executable: compile,
    sample,
    inner,
    baselines: [],
    population: atSamePosition(request.population ?? [], feeds),
    conservation: request.conservation ?? false,
    ...(request.blame === undefined ? {} : { blame: request.blame }),
    target: resolved,
    parameters: method.settle?.({ target: resolved, parameters, sample, model }) ?? parameters,
    chunk,
    signal,
    progress: (done, total, message) => options.progress?.(done, total, message),
  };
  // What compares with samples of a dataset has no baseline beside them.
  const withSamples = base.population.length > 0 && comparesWithSamples(method.info, base.parameters);
  const baselines = method.info.usesBaseline && !withSamples ? await baselinePoints(base, request.baseline) : [];
  const result = await method.run({ ...base, baselines });
  const baselineScores = meanScores(baselines.map((point) => classScores(point.logits, model.output, request.labels)));
  return {
    ...result,
    // Prediction and baseline included, not only the method's own runs.
    modelMilliseconds: watch.milliseconds,
    warnings: [
      ...modelWarnings(model),
      ...(baselineScores === null || method.info.family === 'blame'
        ? []
        : baselineIsEvidence(resolved.class, scores, baselineScores)),
      ...result.warnings,
    ],
    target,
    scores,
    baselineScores,
    parameters: base.parameters,
    engine: engine.name,
  };
}

/** Samples to compare with are read at the sample's own position. */
function atSamePosition(population: readonly Member[], feeds: Feeds): readonly Member[] {
  const position = feeds[POSITION];
  if (position === undefined) return population;
  return population.map((member) => ({ ...member, feeds: { ...member.feeds, [POSITION]: position } }));
}

/** Adds the time of every run to `watch`. */
function timed(executable: Executable, watch: { milliseconds: number }): Executable {
  return {
    ...executable,
    async run(feeds, signal) {
      const began = performance.now();
      try {
        return await executable.run(feeds, signal);
      } finally {
        watch.milliseconds += performance.now() - began;
      }
    },
  };
}

function refuseUnfit(method: Method, model: Model): void {
  refuseMaps(model);
  const reason = method.unfit(model);
  if (reason !== null)
    throw new UserError('method-unfit', `${method.info.name} cannot explain this model`, {
      where: reason,
      next: 'use occlusion or Kernel SHAP, which need the forward pass only',
    });
}

/** Work over whole datasets reads one prediction from each sample. */
export function refusePositions(model: Model): void {
  refuseMaps(model);
  if (model.output.positions)
    throw new UserError('positions-unsupported', 'The model gives one prediction for every position', {
      where: `output ${model.output.output}`,
      next: 'explain single samples, each at a position; or choose an output with one prediction for the whole sample (“output” in model-blame.json)',
    });
}

/** A sample has one prediction, or one at every position of a sequence; pictures of scores are neither. */
export function refuseMaps({ output }: Model): void {
  const inner = (output.type.shape ?? []).slice(1).filter((dim) => dim !== 1);
  if (inner.length < 2) return;
  throw new UserError(
    'output-is-a-map',
    `The model’s output is a map of ${(output.type.shape ?? []).join(' × ')} scores`,
    {
      where: `output ${output.output}`,
      next: 'choose an output with one prediction for the sample or for each position (“output” in model-blame.json), or export the model with its scores averaged over the map',
    },
  );
}

function trusted(
  trust: Trust,
  model: Model,
  compile: MethodContext['executable'],
  request: AttributeRequest,
  logits: Float32Array,
): Promise<boolean> {
  if (!model.batchable) return Promise.resolve(false);
  const inputs = new Set(Object.keys(request.sample.featureOf));
  const known = trust.get(model) ?? batchesAreTrue(model, compile, request.sample.feeds, inputs, logits);
  trust.set(model, known);
  return known;
}

function modelWarnings(model: Model): Warning[] {
  return model.output.onlyProbabilities
    ? [
        {
          code: 'only-probabilities',
          message: 'No logit was found before the model’s last activation: the probability itself is explained.',
        },
      ]
    : [];
}

/** Mean probability and logit per class over several baselines, most likely first. */
function meanScores(all: readonly (readonly ClassScore[])[]): readonly ClassScore[] | null {
  const first = all[0];
  if (first === undefined || all.length === 1) return first ?? null;
  const mean = (index: number, read: (score: ClassScore) => number | null): number | null => {
    const values = all.map((scores) => scores.find((score) => score.class === index)).map((s) => (s ? read(s) : null));
    return values.includes(null) ? null : values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / all.length;
  };
  return first
    .map(({ class: index, label, value }) => ({
      class: index,
      label,
      ...(value === undefined ? {} : { value: mean(index, (score) => score.value ?? null) ?? value }),
      logit: mean(index, (score) => score.logit),
      probability: mean(index, (score) => score.probability),
    }))
    .sort((a, b) => (b.probability ?? 0) - (a.probability ?? 0) || a.class - b.class);
}
