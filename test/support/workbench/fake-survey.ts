/** Surveys of the stand-in server: every line of a file is a sample, predicted `spam`; its last cell is the gold label. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Connection } from 'vscode-languageserver/node';
import * as survey from '../../../server/protocol/survey';
import type {
  ModelRef,
  SurveyFilter,
  SurveyNextRequest,
  SurveyRow,
  SurveyRowsRequest,
  SurveyStartRequest,
  SurveyState,
  SurveySummaryRequest,
} from '../../../server/protocol';

/** A file with this many made-up rows, all wrong, whatever is in it: for tests of large lists. */
const many = /many-(\d+)\.csv$/;

export function fakeSurveys(connection: Connection, model: ModelRef, read: (uri: string) => string | undefined): void {
  let state: SurveyState | null = null;
  let rows: readonly SurveyRow[] = [];

  const tell = (change: Partial<SurveyState>): SurveyState => {
    if (state === null) throw new Error('no survey');
    state = { ...state, ...change };
    void connection.sendNotification(survey.surveyProgress, state);
    return state;
  };

  connection.onRequest(survey.surveyStart, ({ uris }: SurveyStartRequest) => {
    const [uri = ''] = uris;
    const lines = linesOf(uri, read(uri) ?? (many.test(uri) ? '' : readFileSync(fileURLToPath(uri), 'utf8')));
    const before = state !== null && state.stale === 'model';
    rows = lines.map((cells, position) => rowOf(uri, position, cells, before));
    state = {
      survey: `survey of ${uri}`,
      model,
      files: [{ uri, first: 0, count: rows.length }],
      phase: 'running',
      revision: 1,
      total: rows.length,
      done: 0,
      cached: 0,
      unreadable: 0,
      unlabelled: 0,
      wrong: 0,
      rate: 10,
      secondsLeft: 1,
      stale: null,
      diff: before
        ? {
            against: { hash: '1'.repeat(64), at: 0, model: 'fake@1111' },
            compared: rows.length,
            newlyRight: 0,
            newlyWrong: 1,
            stillWrong: 0,
          }
        : null,
      error: null,
      warning: null,
      columns: ['text'],
      milliseconds: 1,
    };
    setTimeout(() => {
      if (state?.phase === 'running')
        tell({ phase: 'done', done: rows.length, wrong: rows.filter(({ wrong }) => wrong).length, revision: 2 });
    }, 300);
    return state;
  });
  connection.onRequest(survey.surveyCancel, () => tell({ phase: 'cancelled', done: 1 }));
  connection.onRequest(survey.surveyState, () => state);
  connection.onRequest(survey.surveys, () => ({ surveys: state === null ? [] : [state] }));
  connection.onRequest(survey.surveyRows, ({ filter = {}, offset = 0, limit = 100 }: SurveyRowsRequest) => {
    const found = rows.filter(fits(filter));
    return { rows: found.slice(offset, offset + limit), total: found.length, revision: state?.revision ?? 0 };
  });
  connection.onRequest(survey.surveyNext, ({ filter = {}, from, direction }: SurveyNextRequest) => {
    const found = rows.filter(fits(filter));
    const line = from?.kind === 'line' ? from.line : from?.kind === 'record' ? from.record + 1 : 0;
    const step = direction === 'next' ? 1 : -1;
    const ordered = direction === 'next' ? found : [...found].reverse();
    const row = ordered.find((item) => ((item.line ?? 0) - line) * step > 0) ?? ordered[0] ?? null;
    return { row, index: row === null ? 0 : found.indexOf(row), total: found.length };
  });
  connection.onRequest(survey.surveyAt, ({ address }: { address: { line?: number; record?: number } }) => {
    const line = address.line ?? (address.record ?? 0) + 1;
    const row = rows.find((item) => item.line === line);
    return {
      found: row === undefined || state === null ? [] : [{ survey: state.survey, stale: state.stale, row }],
    };
  });
  connection.onRequest(survey.surveySummary, ({ filter = {} }: SurveySummaryRequest) => {
    const found = rows.filter(fits(filter));
    const wrong = found.filter((row) => row.wrong).length;
    const share = { value: 0, count: 0, of: 0, low: 0, high: 1 };
    return {
      survey: state?.survey ?? '',
      revision: state?.revision ?? 0,
      predicted: found.length,
      labelled: found.length,
      labels: model.labels,
      confusion: [0, wrong, 0, found.length - wrong],
      accuracy: share,
      topK: share,
      classes: [],
      macro: { precision: 0, recall: 0, f1: 0 },
      loss: 0,
      reliability: [],
      calibrationError: 0,
      slices: [],
      slicesLeftOut: 0,
      prior: [0.5, 0.5],
      labelErrors: 0,
    };
  });
  connection.onRequest(survey.surveyVersions, () => ({
    versions: [
      { hash: model.hash, at: 2, model: 'fake' },
      { hash: '1'.repeat(64), at: 1, model: 'fake@1111' },
    ],
  }));
  connection.onRequest(
    survey.surveyLabel,
    ({ address, label }: { address: { uri: string; record: number }; label: string }) => {
      const text = read(address.uri) ?? readFileSync(fileURLToPath(address.uri), 'utf8');
      const line = text.split('\n')[address.record] ?? '';
      const at = line.lastIndexOf(',') + 1;
      const range = {
        start: { line: address.record, character: at },
        end: { line: address.record, character: line.length },
      };
      return { kind: 'edit', uri: address.uri, range, newText: label };
    },
  );
  // The model's file was written anew: tests say so by a request of their own.
  connection.onRequest('test/modelRewritten', () => tell({ stale: 'model', revision: 3 }));
}

function linesOf(uri: string, text: string): readonly string[] {
  const made = many.exec(uri);
  if (made !== null) return Array.from({ length: Number(made[1]) }, (_, index) => `row ${index},ham`);
  return text
    .split('\n')
    .slice(1)
    .filter((line) => line !== '');
}

function rowOf(uri: string, position: number, line: string, before: boolean): SurveyRow {
  const gold = line.slice(line.lastIndexOf(',') + 1);
  const wrong = gold !== 'spam';
  const confidence = 0.73;
  const predicted = { class: 1, label: 'spam', probability: confidence };
  return {
    position,
    address: { kind: 'record', uri, record: position + 1 },
    title: `${uri.split('/').pop() ?? uri}:${position + 2}`,
    line: position + 2,
    gold: { label: gold, class: wrong ? 0 : 1 },
    predicted,
    top: [predicted, { class: 0, label: 'ham', probability: 1 - confidence }],
    goldProbability: wrong ? 1 - confidence : confidence,
    goldRank: wrong ? 2 : 1,
    wrong,
    loss: -Math.log(wrong ? 1 - confidence : confidence),
    surprise: 0,
    entropy: 0.58,
    margin: 2 * confidence - 1,
    suspected: null,
    before: before ? { class: 0, label: 'ham' } : null,
    change: before && wrong ? 'newly-wrong' : null,
    text: line.slice(0, line.lastIndexOf(',')),
    cells: null,
    problem: null,
  };
}

function fits({ only, gold, predicted, text, positions }: SurveyFilter): (row: SurveyRow) => boolean {
  return (row) =>
    (positions === undefined || positions.includes(row.position)) &&
    (only !== 'wrong' || row.wrong) &&
    (only !== 'right' || !row.wrong) &&
    (only !== 'newly-wrong' || row.change === 'newly-wrong') &&
    only !== 'newly-right' &&
    only !== 'label-errors' &&
    (gold === undefined || row.gold?.class === gold) &&
    (predicted === undefined || row.predicted?.class === predicted) &&
    (text === undefined || row.text?.includes(text) === true);
}
