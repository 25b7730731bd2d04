/** The surveys of one server: started, looked up, watched for changes of what they were made from. */
import { UserError } from '../../errors';
import { canonicalUri } from '../../dataset';
import { toPath } from '../../workspace/uris';
import { firstSample } from '../addresses';
import { keyOf } from '../cache';
import { allModels, chooseModel } from '../choose';
import { shortHash } from '../kept-models';
import { needsClasses } from '../quantities';
import { inFront } from '../../survey/slices';
import { fingerprint } from '../state';
import { exported, writeExport } from './export';
import { labelSample } from './label';
import { ask, isPending, positionOf } from './query';
import { rowAt } from './rows';
import { storeEntry } from './silent';
import { startSurvey, beforeOf, diffOf } from './survey';
import { summaryOf } from './summary';
import type {
  SampleAddress,
  SurveyExportRequest,
  SurveyReference,
  SurveyRequests,
  SurveyStartRequest,
  SurveyState,
} from '../../protocol';
import type { Bytes } from '../../dataset/types';
import type { Store } from '../../survey/store';
import type { KeptModels } from '../kept-models';
import type { LoadedModel } from '../load';
import type { PredictContext } from '../predict';
import type { RequestOptions } from '../types';
import type { Survey } from './survey';

/** Requests that are answered from memory, at once. */
type Prompt = 'cancel' | 'state' | 'list' | 'at';

type Answers = { readonly [Name in Prompt]: SurveyRequests[Name] } & {
  readonly [Name in Exclude<keyof SurveyRequests, Prompt>]: (
    request: Parameters<SurveyRequests[Name]>[0],
    options?: RequestOptions,
  ) => Promise<ReturnType<SurveyRequests[Name]>>;
};

export interface Surveys extends Answers {
  /** What `export` would write. */
  exported(
    request: Omit<SurveyExportRequest, 'path' | 'overwrite'>,
    options?: RequestOptions,
  ): Promise<{ readonly bytes: Uint8Array; readonly rows: number }>;
  /** Resolves when a survey has ended, however it did. */
  ended(request: SurveyReference): Promise<SurveyState>;
  /** The survey itself, for services that look at all of its samples. @throws UserError `unknown-survey`. */
  find(request: SurveyReference): Survey;
  /** Hears of every state that clients are told. */
  listen(listener: (state: SurveyState) => void): void;
  /** Files or documents changed: surveys made from them become stale, or are begun anew where that was asked for. */
  refresh(): Promise<void>;
  dispose(): Promise<void>;
}

/** Surveys kept in memory, the latest. */
const MOST_SURVEYS = 8;
const MOST_ROWS = 10_000;

/** @param kept Where the files of surveyed models are kept; null: nowhere. */
export function createSurveys(
  context: () => PredictContext,
  store: Store,
  log: (message: string) => void,
  kept: KeptModels | null = null,
): Surveys {
  /** The latest last. */
  const surveys = new Map<string, Survey>();
  const listeners: ((state: SurveyState) => void)[] = [];
  const tell = (state: SurveyState): void => listeners.forEach((listener) => listener(state));

  const modelFor = async (request: SurveyStartRequest, signal?: AbortSignal): Promise<LoadedModel> => {
    const now = context();
    const chosen = await chooseModel(now, addressFor(request.uris), request.model ?? (await onlyModel(now, request)));
    return now.loader.load(chosen, request.engine ?? now.engine, signal);
  };
  const nameOf = (name: string, hash: string): string | null =>
    (kept?.find(hash) ?? null) === null ? null : `${name}@${hash.slice(0, shortHash)}`;
  const find = ({ survey }: SurveyReference): Survey => {
    const found = surveys.get(survey);
    if (found !== undefined) return found;
    throw new UserError('unknown-survey', 'There is no such survey in this session.', {
      where: survey,
      next: 'Start it: what is known is not predicted again.',
    });
  };
  const start = async (request: SurveyStartRequest, signal?: AbortSignal): Promise<Survey> => {
    const model = await modelFor(request, signal);
    needsClasses(model, 'A survey');
    void kept?.keep(model);
    const entry = storeEntry(model);
    const id = keyOf(entry, [...request.uris].map(canonicalUri).sort()).slice(0, 16);
    const before = surveys.get(id);
    if (before?.state().phase === 'running' && request.fresh !== true && before.state().stale === null) return before;
    before?.cancel();
    await before?.ended();
    const survey = await startSurvey({
      id,
      entry,
      request,
      model,
      revision: (before?.state().revision ?? 0) + 1,
      store,
      context,
      reload: (stop) => modelFor(request, stop),
      onState: tell,
      log,
    });
    surveys.delete(id);
    surveys.set(id, survey);
    for (const [old, one] of surveys)
      if (surveys.size > MOST_SURVEYS && one.state().phase !== 'running') surveys.delete(old);
    return survey;
  };

  const asExport: Surveys['exported'] = async ({ filter, kind, format, ...request }, { signal } = {}) => {
    const { edition, rows } = await ask(find(request), store, filter, 'position', false, signal);
    return { bytes: await exported(edition, rows, { kind, format }, signal), rows: rows.length };
  };

  return {
    start: async (request, { signal } = {}) => (await start(request, signal)).state(),
    cancel(request) {
      const survey = find(request);
      survey.cancel();
      return survey.state();
    },
    state: (request) => find(request).state(),
    list: () => ({ surveys: [...surveys.values()].reverse().map((survey) => survey.state()) }),
    async rows({ filter, sort, descending, offset = 0, limit = 100, content = true, ...request }, { signal } = {}) {
      const asked = await inFront(() => ask(find(request), store, filter, sort, descending, signal));
      const page = asked.rows.subarray(offset, offset + Math.min(MOST_ROWS, limit));
      return {
        rows: Array.from(page, (at) => rowAt(asked, at, content)),
        total: asked.rows.length,
        revision: asked.edition.revision,
      };
    },
    async next({ filter, sort, descending, from, direction, ...request }, { signal } = {}) {
      const asked = await inFront(() => ask(find(request), store, filter, sort, descending, signal));
      const total = asked.rows.length;
      if (total === 0) return { row: null, index: 0, total };
      const index = nextIndex(asked.rows, from === null ? null : positionOf(asked.edition, from), direction);
      return { row: rowAt(asked, asked.rows[index] as number, true), index, total };
    },
    at({ address }) {
      const found = [...surveys.values()].reverse().flatMap((survey) => {
        const edition = survey.edition();
        const at = positionOf(edition, address);
        if (at === null || isPending(edition, at)) return [];
        const derived = { prior: edition.sheet.tally.prior() };
        const beside = { line: edition.sheet.line, thresholds: edition.sheet.tally.selfConfidence(), before: null };
        return [{ survey: survey.id, stale: survey.state().stale, row: rowAt({ edition, derived, beside }, at, true) }];
      });
      return { found };
    },
    summary: (request, { signal } = {}) => inFront(() => summaryOf(find(request), store, request, signal)),
    async versions(request) {
      const survey = find(request);
      const { model } = survey.edition();
      const stored = await store.versions(survey.entry);
      const own = stored.find(({ hash }) => hash === model.summary.hash);
      const present = { hash: model.summary.hash, at: own?.at ?? Date.now(), model: model.chosen.name };
      const others = stored.filter(({ hash }) => hash !== present.hash);
      return { versions: [present, ...others.map((one) => ({ ...one, model: nameOf(model.chosen.name, one.hash) }))] };
    },
    async diff({ against, ...request }) {
      const survey = find(request);
      if (against === undefined) return { diff: survey.state().diff };
      const edition = survey.edition();
      const version = (await store.versions(survey.entry)).find(({ hash }) => hash === against);
      const before = version === undefined ? null : await beforeOf(store, survey.entry, against, edition);
      return { diff: before === null || version === undefined ? null : diffOf(edition, before, version) };
    },
    async export(request, requestOptions) {
      const { bytes, rows } = await asExport(request, requestOptions);
      return writeExport(bytes, rows, request);
    },
    exported: asExport,
    label: (request) => labelSample(context(), request),
    async ended(request) {
      const survey = find(request);
      await survey.ended();
      return survey.state();
    },
    find,
    listen: (listener) => void listeners.push(listener),
    async refresh() {
      for (const survey of surveys.values()) {
        try {
          const stale = await staleness(survey, context, modelFor);
          const { phase, stale: before } = survey.state();
          // A run finds a new model by itself; data are looked at again when it has ended.
          if (phase === 'running' && stale === 'model') continue;
          if (stale === 'model' && survey.request.recompute === 'save' && before !== 'model') {
            await start({ ...survey.request, fresh: false });
            continue;
          }
          survey.mark(stale);
        } catch (error) {
          // A model that is being written cannot be read yet: the next change tells.
          if (!(error instanceof UserError)) throw error;
          survey.mark('model');
        }
      }
    },
    async dispose() {
      for (const survey of surveys.values()) survey.cancel();
      await Promise.all([...surveys.values()].map((survey) => survey.ended()));
    },
  };
}

/** What changed since a survey read it. */
async function staleness(
  survey: Survey,
  context: () => PredictContext,
  modelFor: (request: SurveyStartRequest) => Promise<LoadedModel>,
): Promise<SurveyState['stale']> {
  const { model, parts } = survey.edition();
  const now = await modelFor(survey.request);
  if (now.summary.hash !== model.summary.hash) return 'model';
  const labels = new Map(parts.flatMap(({ gold: { file } }) => (file === null ? [] : [[file.uri, file]])));
  for (const { uri, records, settings } of labels.values()) {
    const present = await context()
      .samples.records(uri, settings)
      .catch(() => null);
    if (present === null || !same(present.content.bytes, records.content.bytes)) return 'data';
  }
  for (const { uri, records, dataset, stamp } of parts) {
    if (records === null) {
      if ((await fingerprint(toPath(uri))) !== stamp) return 'data';
      continue;
    }
    const present = await context()
      .samples.records(uri, dataset)
      .catch(() => null);
    if (present === null || !same(present.content.bytes, records.content.bytes)) return 'data';
  }
  return null;
}

/** Bytes on disk are the same object while the file does not change. */
function same(a: Bytes, b: Bytes): boolean {
  if (!(a instanceof Uint8Array && b instanceof Uint8Array)) return a === b;
  return a === b || (a.length === b.length && Buffer.compare(a, b) === 0);
}

function addressFor(uris: readonly string[]): SampleAddress {
  const [first] = uris;
  if (first === undefined) return { kind: 'text', text: '' };
  return firstSample(first);
}

/** With neither a file nor a model named there has to be one model. */
async function onlyModel(context: PredictContext, { uris }: SurveyStartRequest): Promise<string | null> {
  if (uris.length > 0) return null;
  const models = (await allModels(context)).filter(({ origin }) => origin === 'workspace-file');
  const [only] = models;
  if (only === undefined)
    throw new UserError('no-model', 'The workspace file names no model.', { next: 'Name a dataset file or a model.' });
  if (models.length === 1) return only.name;
  throw new UserError('model-ambiguous', `The workspace has ${models.length} models.`, {
    next: `Choose one: ${models.map(({ name }) => name).join(', ')}.`,
  });
}

/** Place of the next row in an order, going around at the end. */
function nextIndex(rows: Uint32Array, from: number | null, direction: 'next' | 'previous'): number {
  const step = direction === 'next' ? 1 : -1;
  const total = rows.length;
  if (from === null) return direction === 'next' ? 0 : total - 1;
  const here = rows.indexOf(from);
  if (here >= 0) return (here + step + total) % total;
  // Not in the list itself: the nearest behind (before) it in the order of files.
  let best = -1;
  rows.forEach((at, index) => {
    const beyond = direction === 'next' ? at > from : at < from;
    const nearer = best < 0 || (direction === 'next' ? at < (rows[best] as number) : at > (rows[best] as number));
    if (beyond && nearer) best = index;
  });
  if (best >= 0) return best;
  return direction === 'next' ? 0 : total - 1;
}
