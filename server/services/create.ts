/** The services with everything behind them; one instance for each front door. */
import { join } from 'node:path';
import { canonicalUri } from '../dataset';
import { blame } from './blame/blame';
import { counterfactual } from './blame/counterfactual';
import { flips } from './blame/flips';
import { createCache } from './cache';
import { card } from './card';
import { choices, exportProgram, resolve } from './catalogue';
import { listChecks, runCheck } from './check';
import { allModels } from './choose';
import { evaluate } from './evaluate/evaluate';
import { explain } from './explain';
import { createKeptModels } from './kept-models';
import { createModelLoader } from './load';
import { patterns } from './patterns/patterns';
import { forgetfulStore, relevanceStore } from './patterns/relevance-store';
import { labelsProblems } from './labelsProblems';
import { locate } from './locate';
import { predict } from './predict';
import { rules } from './rules';
import { shortcuts } from './shortcuts';
import { suggest } from './suggest';
import { createSurveys } from './survey/surveys';
import { units } from './units';
import { diskStore } from '../survey/disk-store';
import { memoryStore } from '../survey/store';
import type { ComputedAttribution, ComputedPrediction } from '../compute/types';
import type { ReadText } from '../workspace/locate';
import type { ExplainContext } from './explain';
import type { Predicted } from './patterns/dataset';
import type { PatternsContext } from './patterns/patterns';
import type { Prior } from './blame/prior';
import type { Population } from './population';
import type { EncoderSource, SampleSource } from './prepare';
import type { ServicesOptions } from './state';
import type { Services } from './types';

/** What the language server needs besides. */
export interface ServerServices extends Services {
  /** New settings count from the next request on. */
  configure(settings: {
    readonly folders?: readonly string[];
    readonly trusted?: boolean;
    readonly engine?: string | null;
  }): void;
  /** Files changed on disk: what was kept about models is looked at again. */
  invalidate(): void;
  /** True for files that some answer was made from. */
  uses(uri: string): boolean;
  /** URIs of all of them. */
  used(): readonly string[];
}

/** Readers of samples and files, for tests to replace. */
export interface Parts {
  readonly samples: SampleSource;
  readonly encoders: EncoderSource;
  readonly read: ReadText;
  document(uri: string, text: string | null, version?: number): void;
}

const DEFAULT_CACHE = 256 * 2 ** 20;

export function assemble(options: ServicesOptions, parts: Parts): ServerServices {
  const { compute } = options;
  const bytes = options.cacheBytes ?? DEFAULT_CACHE;
  const loader = createModelLoader(compute);
  /** Canonical URI → URI as it was named. */
  const used = new Map<string, string>();
  const fixed = {
    ...(typeof options.task === 'string' ? { task: options.task } : {}),
    uses: (uri: string) => void used.set(canonicalUri(uri), uri),
    compute,
    loader,
    samples: parts.samples,
    encoders: parts.encoders,
    read: parts.read,
    predictions: createCache<ComputedPrediction>(bytes / 4),
    explanations: createCache<ComputedAttribution>(bytes / 2),
    populations: createCache<Population>(bytes / 4),
    priors: createCache<Prior>(2 ** 20),
    surveyed: createCache<Predicted>(bytes / 8),
    relevances: createCache<{ readonly relevance: Float32Array }>(bytes / 4),
  };
  let settings = { folders: options.folders, trusted: options.trusted ?? true, engine: options.engine ?? null };
  const log = (message: string): void => options.log?.('info', message);
  const folder = options.cacheFolder ?? null;
  const kept = folder === null ? null : createKeptModels({ folder: join(folder, 'models'), log });
  const store = folder === null ? memoryStore() : diskStore({ folder: join(folder, 'surveys'), log });
  const relevances = folder === null ? forgetfulStore : relevanceStore(join(folder, 'relevance'), log);
  const context = (): ExplainContext & PatternsContext => ({
    ...fixed,
    ...settings,
    store,
    relevanceStore: relevances,
    ...(kept === null ? {} : { kept: (hash: string) => kept.find(hash) }),
  });
  const surveys = createSurveys(context, store, log, kept);

  return {
    resolve: (request) => resolve(context(), request),
    predict: (request, requestOptions) => predict(context(), request, requestOptions),
    explain: (request, requestOptions) => explain(context(), request, requestOptions),
    units: (request, requestOptions) => units(context(), request, requestOptions),
    blame: (request, requestOptions) => blame(context(), request, requestOptions),
    counterfactual: (request, requestOptions) => counterfactual(context(), request, requestOptions),
    flips: (request, requestOptions) => flips(context(), request, requestOptions),
    evaluate: (request, requestOptions) => evaluate(context(), request, requestOptions),
    checks: (request) => listChecks(context(), request),
    check: (request, requestOptions) => runCheck(context(), request, requestOptions),
    surveys,
    patterns: (request, requestOptions) => patterns(context(), request, requestOptions),
    shortcuts: (request) => shortcuts(context(), request),
    locate: (request) => locate(context(), request),
    choices: (request) => choices(context(), request),
    rules: (request) => rules(context(), request),
    models: async () => ({ models: await allModels(context()) }),
    card: (request) => card(context(), request),
    engines: (measure) => compute.engines(measure),
    exportProgram: (request) => exportProgram(context(), request),
    suggest: (request) => suggest(context(), request),
    problems: (uri, text) => labelsProblems(context(), uri, text),
    document: (uri, text, version) => parts.document(uri, text, version),
    configure: (change) => {
      settings = { ...settings, ...change };
    },
    invalidate: () => loader.clear(),
    uses: (uri) => used.has(canonicalUri(uri)),
    used: () => [...used.values()],
    async dispose() {
      await surveys.dispose();
      await compute.dispose();
    },
  };
}
