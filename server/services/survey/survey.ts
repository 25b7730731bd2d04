/** One survey: its files, its predictions, where it stands, and the pass that is under way. */
import { Cancelled, UserError } from '../../errors';
import { predictedClass, state as known } from '../../survey/predictions';
import { keyIndex } from '../../survey/keys';
import { isScored } from '../../survey/metrics';
import { UNKNOWN } from '../../survey/select';
import { breathing } from '../../survey/slices';
import { modelRef } from '../load';
import { pace } from './pace';
import { emptySheet, ModelChanged, runSurvey } from './run';
import { filesFor, openParts } from './parts';
import { classesOf } from './silent';
import type { ModelRef, SurveyDiff, SurveyStartRequest, SurveyState, UserErrorData } from '../../protocol';
import type { Predictions } from '../../survey/predictions';
import type { Store, StoredVersion } from '../../survey/store';
import type { LoadedModel } from '../load';
import type { PredictContext } from '../predict';
import type { Part } from './parts';
import type { Sheet } from './run';

/** What queries look at: one state of the files and of the model. */
export interface Edition {
  readonly revision: number;
  readonly model: LoadedModel;
  readonly ref: ModelRef;
  readonly parts: readonly Part[];
  readonly sheet: Sheet;
  readonly columns: readonly string[];
  /** What other models said, by hash: class per sample, `UNKNOWN` where they said nothing. */
  readonly before: Map<string, Uint16Array>;
}

export interface Survey {
  readonly id: string;
  /** URIs it was asked for; empty: all datasets of the model. */
  readonly request: SurveyStartRequest;
  /** Names the model entry in the store. */
  readonly entry: string;
  edition(): Edition;
  phase(): SurveyState['phase'];
  state(): SurveyState;
  /** The model that is compared with by default; null for none. */
  against(): StoredVersion | null;
  /** Stops the pass that is under way. */
  cancel(): void;
  /** Says that the model or the data are others now; `null`: they are as they were. */
  mark(stale: SurveyState['stale']): void;
  /** Resolves when the pass has ended, however it did. */
  ended(): Promise<void>;
}

export interface SurveyOptions {
  readonly id: string;
  readonly entry: string;
  readonly request: SurveyStartRequest;
  readonly model: LoadedModel;
  /** Revision to begin with: surveys that are started again go on counting. */
  readonly revision: number;
  readonly store: Store;
  /** How the context is now: settings may change while a survey runs. */
  readonly context: () => PredictContext;
  /** Chooses and loads the model anew. */
  readonly reload: (signal: AbortSignal) => Promise<LoadedModel>;
  readonly onState: (state: SurveyState) => void;
  readonly log: (message: string) => void;
}

/** Milliseconds between two notices of a survey that runs. */
const INTERVAL = 500;
/** A model file that is rewritten again and again is given up. */
const MOST_RESTARTS = 5;

/** Opens the files and begins. @throws UserError about files, model and encoder. */
export async function startSurvey(options: SurveyOptions): Promise<Survey> {
  const { id, entry, request, store, onState } = options;
  const controller = new AbortController();
  const { signal } = controller;
  const began = performance.now();
  let revision = options.revision;
  let edition = await open(options, options.model, revision);
  const speed = pace();
  let cached = 0;
  let phase: SurveyState['phase'] = 'running';
  let stale: SurveyState['stale'] = null;
  let against: StoredVersion | null = null;
  let diff: SurveyDiff | null = null;
  let error: UserErrorData | null = null;
  let warning: UserErrorData | null = null;
  let milliseconds = 0;

  const state = (): SurveyState => {
    const { predictions, tally } = edition.sheet;
    const { done, unreadable, unlabelled, wrong } = tally;
    const total = predictions.length;
    const rate = phase === 'running' ? speed.rate() : null;
    return {
      survey: id,
      model: edition.ref,
      files: edition.parts.map(({ uri, first, count }) => ({ uri, first, count })),
      phase,
      revision,
      total,
      done,
      cached,
      unreadable,
      unlabelled,
      wrong,
      rate,
      secondsLeft: rate === null || rate <= 0 ? null : (total - done) / rate,
      stale,
      diff,
      error,
      warning,
      columns: edition.columns,
      milliseconds: phase === 'running' ? performance.now() - began : milliseconds,
    };
  };
  const tell = (): void => onState(state());

  const pass = async (): Promise<void> => {
    const context = options.context();
    const { model, parts, sheet } = edition;
    const classes = sheet.predictions.classes;
    const { hash } = model.summary;
    const earlier = request.fresh === true ? null : await store.load(entry, hash, classes);
    const origin = { scope: id, model: model.source.path };
    const recorder = store.record(entry, hash, classes, origin);
    const shared = request.fresh === true ? null : await store.pass(entry, hash, origin);
    const reload = async (): Promise<Predictions | null> =>
      (await shared?.news()) === true ? store.load(entry, hash, classes) : null;
    try {
      await runSurvey(context, {
        model,
        parts,
        sheet,
        known: earlier,
        recorder,
        ...(shared === null ? {} : { shared: { first: shared.first, reload } }),
        signal,
        went: (samples, before) => {
          cached += before;
          speed.went(samples - before);
        },
      });
    } finally {
      await recorder.close();
      await shared?.end();
      const problem = recorder.problem();
      warning = problem === null ? null : dataOf(problem);
    }
    await store.compact(entry, hash, origin, sheet.predictions).catch((error: unknown) => {
      options.log(`survey ${id}: ${error instanceof Error ? error.message : String(error)}`);
    });
  };
  /** The same once more with the model as it is now. */
  const again = async (): Promise<void> => {
    const model = await options.reload(signal);
    revision += 1;
    edition = await open(options, model, revision);
    cached = 0;
  };
  const work = async (): Promise<void> => {
    for (let restart = 0; ; restart += 1) {
      try {
        await pass();
        break;
      } catch (caught) {
        const rewritten =
          caught instanceof ModelChanged || (caught instanceof UserError && caught.code === 'file-changed');
        if (!rewritten || restart >= MOST_RESTARTS) throw caught;
        options.log(`survey ${id}: the model or a dataset was rewritten, beginning anew`);
        await again();
      }
    }
    const others = (await store.versions(entry)).filter(({ hash }) => hash !== edition.model.summary.hash);
    for (const other of others) {
      const before = await beforeOf(store, entry, other.hash, edition);
      const found = before === null ? null : diffOf(edition, before, other);
      if (found === null) continue;
      against = other;
      diff = found;
      break;
    }
  };

  const timer = setInterval(tell, INTERVAL);
  const done = work()
    .then(
      () => {
        phase = 'done';
      },
      (caught: unknown) => {
        phase = caught instanceof Cancelled || signal.aborted ? 'cancelled' : 'failed';
        if (phase === 'failed') error = dataOf(caught);
        if (phase === 'failed' && !(caught instanceof UserError))
          options.log(`survey ${id}: ${caught instanceof Error ? (caught.stack ?? caught.message) : String(caught)}`);
      },
    )
    .finally(() => {
      clearInterval(timer);
      milliseconds = performance.now() - began;
      tell();
    });

  return {
    id,
    request,
    entry,
    edition: () => edition,
    phase: () => phase,
    state,
    against: () => against,
    cancel() {
      if (phase !== 'running') return;
      controller.abort();
      phase = 'cancelled';
      milliseconds = performance.now() - began;
    },
    mark(next) {
      if (next === stale) return;
      stale = next;
      tell();
    },
    ended: () => done,
  };
}

async function open(options: SurveyOptions, model: LoadedModel, revision: number): Promise<Edition> {
  const paths = await filesFor(model, options.request.uris);
  const parts = await openParts(options.context(), model, paths, breathing());
  const [first] = parts;
  const last = parts.at(-1);
  if (first === undefined || last === undefined) throw new Error('a survey without files');
  const total = last.first + last.count;
  const classes = classesOf(model);
  const text = first.records === null ? [] : columnsOf(first);
  return {
    revision,
    model,
    ref: modelRef(model, first.encoder.kind),
    parts,
    sheet: emptySheet(total, classes),
    columns: text,
    before: new Map(),
  };
}

function columnsOf({ records, gold, dataset }: Part): readonly string[] {
  return (records?.columns ?? []).filter((name) => !gold.columns.includes(name) && name !== dataset?.text);
}

/** What another model said about the samples; null where it saw none of them. */
export async function beforeOf(
  store: Store,
  entry: string,
  hash: string,
  { before, sheet }: Edition,
): Promise<Uint16Array | null> {
  const kept = before.get(hash);
  if (kept !== undefined) return kept;
  const { predictions } = sheet;
  const other = await store.load(entry, hash, predictions.classes);
  if (other === null) return null;
  const breathe = breathing();
  const index = await keyIndex(other.keys, other.length, breathe);
  const said = new Uint16Array(predictions.length).fill(UNKNOWN);
  let found = 0;
  for (let at = 0; at < predictions.length; at += 1) {
    if (at % 1024 === 0) await breathe();
    const row = index.find(predictions.keys, at);
    if (row < 0 || predictions.state[at] !== known.predicted) continue;
    said[at] = predictedClass(other, row);
    found += 1;
  }
  if (found === 0) return null;
  before.set(hash, said);
  return said;
}

/** Null where the two have no labelled sample in common. */
export function diffOf({ sheet }: Edition, before: Uint16Array, version: StoredVersion): SurveyDiff | null {
  const { predictions } = sheet;
  let [compared, newlyRight, newlyWrong, stillWrong] = [0, 0, 0, 0];
  for (let at = 0; at < predictions.length; at += 1) {
    if (before[at] === UNKNOWN || !isScored(predictions, at)) continue;
    compared += 1;
    const was = before[at] === predictions.gold[at];
    const is = predictedClass(predictions, at) === predictions.gold[at];
    if (was && !is) newlyWrong += 1;
    else if (!was && is) newlyRight += 1;
    else if (!was) stillWrong += 1;
  }
  if (compared === 0) return null;
  return { against: { ...version, model: null }, compared, newlyRight, newlyWrong, stillWrong };
}

export function dataOf(error: unknown): UserErrorData {
  if (error instanceof UserError) {
    const { code, what, where, next, uri, range } = error;
    return {
      code,
      what,
      where: where ?? null,
      next: next ?? null,
      ...(uri === undefined ? {} : { uri }),
      ...(range === undefined ? {} : { range }),
    };
  }
  const what = error instanceof Error ? error.message : String(error);
  return { code: 'internal', what, where: null, next: 'The log has more; this is a defect of the program.' };
}
