/** `Compute` in this process: the quickest start, for the command line and inside the compute process. */
import { census } from './census';
import { engines, openEngine } from '../engine';
import { throwIfCancelled } from '../errors';
import { layersOf } from '../explain/layers';
import { METHODS } from '../explain/methods';
import { rulesOf } from '../explain/rules-preview';
import { classScores } from '../explain/scores';
import { POSITION } from '../model/positions';
import type { ProgramSpec } from '../program/types';
import { attribute, refuseMaps } from './attribute';
import type { Trust } from './attribute';
import { exportMethod } from './export';
import { forward } from './forward';
import { probabilitiesOf } from './blame-probabilities';
import { removeFeatures } from './blame-removal';
import { searchCounterfactual } from './blame-search';
import { availableBytes } from './memory';
import { modelCache } from './models';
import { predictAt } from './everywhere';
import { activationsOf, relevancesOf } from './relevances';
import { sessionCache } from './sessions';
import type { Lease } from './sessions';
import type { Compute, ModelSource, ModelSummary } from './types';
import { classUnits } from './units';

export interface LocalOptions {
  /** Threads of one run; 0 or left out: the engine's own choice. */
  readonly threads?: number;
  /** Largest model, bytes; left out: what is free at the moment of loading. */
  readonly memoryLimit?: number;
  /** Bytes that idle sessions may hold; left out: a quarter of what is free at the start, at most 2 GiB. */
  readonly sessionBytes?: number;
}

const MOST_SESSION_BYTES = 2 * 2 ** 30;

export function localCompute(options: LocalOptions = {}): Compute {
  const engineOptions = { threads: options.threads ?? 0 };
  const sessions = sessionCache(options.sessionBytes ?? Math.min(MOST_SESSION_BYTES, availableBytes() / 4));
  const models = modelCache({ ...engineOptions, memoryLimit: options.memoryLimit }, sessions);
  const trust: Trust = new WeakMap();
  /** Attributions run one after another: two would only share the same cores and twice the memory. */
  let queue: Promise<unknown> = Promise.resolve();

  const leased = async <T>(work: (lease: Lease) => Promise<T>): Promise<T> => {
    const lease = sessions.lease();
    try {
      return await work(lease);
    } finally {
      lease.end();
    }
  };
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = queue.then(work);
    queue = turn.catch(() => undefined);
    return turn;
  };
  const summary = async (source: ModelSource): Promise<ModelSummary> => {
    const { model, engine } = await models.load(source);
    const { output, outputs, entries, hash, dataFiles = [], bytes, notes, batchable } = model;
    const layers = layersOf(model);
    const inputs = model.inputs.filter(({ name }) => name !== POSITION);
    const text = {
      ...(model.texts === undefined ? {} : { texts: model.texts }),
      ...(model.readsMissing === undefined ? {} : { readsMissing: model.readsMissing }),
    };
    const facts = { inputs, output, outputs, entries, layers, hash, dataFiles, bytes, notes, batchable };
    return { ...facts, ...text, ...census(model.graph), engine: engine.name };
  };

  return {
    engines: async (measure = false) => ({
      engines: await engines(measure),
      chosen: await openEngine(null, engineOptions).then(
        (engine) => engine.name,
        () => 'none',
      ),
    }),
    load: (source) => summary(source),
    predict: (request, { signal } = {}) =>
      leased(async (lease) => {
        const { model, engine } = await models.load(request.model);
        refuseMaps(model);
        const compile = (spec: ProgramSpec) => lease.get(engine, model, spec);
        const began = performance.now();
        const { logits, everywhere } = await predictAt(model, compile, request, signal);
        return {
          scores: classScores(logits, model.output, request.labels),
          ...(everywhere === undefined ? {} : { everywhere }),
          engine: engine.name,
          modelMilliseconds: performance.now() - began,
        };
      }),
    forward: (request, requestOptions = {}) =>
      leased(async (lease) => forward(await models.load(request.model), lease, trust, request, requestOptions)),
    attribute: (request, requestOptions = {}) =>
      inTurn(() =>
        leased(async (lease) => {
          throwIfCancelled(requestOptions.signal);
          return attribute(await models.load(request.model), lease, trust, request, requestOptions);
        }),
      ),
    relevances: (request, requestOptions = {}) =>
      inTurn(() =>
        leased(async (lease) => relevancesOf(await models.load(request.model), lease, trust, request, requestOptions)),
      ),
    activations: (request, requestOptions = {}) =>
      inTurn(() =>
        leased(async (lease) => activationsOf(await models.load(request.model), lease, trust, request, requestOptions)),
      ),
    probabilities: (request, requestOptions = {}) =>
      inTurn(() =>
        leased(async (lease) =>
          probabilitiesOf(await models.load(request.model), lease, trust, request, requestOptions),
        ),
      ),
    remove: (request, requestOptions = {}) =>
      inTurn(() =>
        leased(async (lease) =>
          removeFeatures(await models.load(request.model), lease, trust, request, requestOptions),
        ),
      ),
    search: (request, requestOptions = {}) =>
      inTurn(() =>
        leased(async (lease) =>
          searchCounterfactual(await models.load(request.model), lease, trust, request, requestOptions),
        ),
      ),
    units: (request, requestOptions = {}) =>
      inTurn(() =>
        leased(async (lease) => classUnits(await models.load(request.model), lease, request, requestOptions)),
      ),
    async methods(source) {
      const { model } = await models.load(source);
      return METHODS.map((method) => ({ info: method.info, unfit: method.unfit(model) }));
    },
    rules: async (source, parameters) => rulesOf((await models.load(source)).model, parameters),
    async exportProgram(source, method, parameters, target, labels, path) {
      const { model } = await models.load(source);
      return exportMethod(model, method, parameters, target, labels, path);
    },
    dispose: () => {
      sessions.dispose();
      return Promise.resolve();
    },
  };
}
