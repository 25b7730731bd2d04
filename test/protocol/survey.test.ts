/** Surveys on the real server: progress, cancel, killed processes, an answer to a click meanwhile. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as protocol from '../../server/protocol';
import { toUri } from '../../server/workspace/uris';
import { HANG, hold, startServer, until } from './client';
import { makeWorkspace } from './models';
import type { Client } from './client';
import type {
  Prediction,
  SurveyAtResponse,
  SurveyProgressNotification,
  SurveyRowsResponse,
  SurveyState,
  SurveySummary,
} from '../../server/protocol';

const ROWS = 30_000;
/** The model's logit is 2a − b; every tenth label is the other one. */
const isYes = (i: number): boolean => 2 * (i % 7) - (i % 11) > 0;
const data = `a,b,c,label,part\n${Array.from({ length: ROWS }, (_, i) => `${i % 7},${i % 11},${i},${isYes(i) === (i % 10 !== 0) ? 'class 1' : 'class 0'},${i % 2 === 0 ? 'even' : 'odd'}`).join('\n')}\n`;
const wrong = Array.from({ length: ROWS }, (_, i) => i).filter((i) => i % 10 === 0).length;

interface Survey {
  readonly states: SurveyProgressNotification[];
  readonly start: () => Promise<SurveyState>;
  readonly ended: () => Promise<SurveyProgressNotification>;
}

function survey(client: Client, folder: string): Survey {
  const states: SurveyProgressNotification[] = [];
  client.connection.onNotification(
    protocol.surveyProgress,
    (state: SurveyProgressNotification) => void states.push(state),
  );
  return {
    states,
    start: () => client.ask(protocol.surveyStart, { uris: [toUri(join(folder, 'many.csv'))], model: 'loans' }),
    async ended() {
      await until(() => states.at(-1)?.phase !== 'running' && states.length > 0, 'the end of the survey');
      return states.at(-1) as SurveyProgressNotification;
    },
  };
}

async function withFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = makeWorkspace();
  writeFileSync(join(folder, 'many.csv'), data);
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Runs a body with a server and a folder of their own, until it came to the middle of a survey: it may look too late. */
async function untilCaught(body: (client: Client, folder: string) => Promise<boolean>): Promise<void> {
  const once = (folder: string): Promise<boolean> =>
    startServer(folder).then((client) => body(client, folder).finally(() => client.stop()));
  while (!(await withFolder(once)));
}

/** Holds the compute process once some samples are predicted, and says whether that was in the middle. */
async function held(
  client: Client,
  { survey: id }: SurveyState,
): Promise<{ readonly compute: number; readonly running: boolean }> {
  const done = async () => (await client.ask<SurveyState>(protocol.surveyState, { survey: id })).done;
  while ((await done()) < 500) await new Promise((resolve) => setTimeout(resolve, 5));
  const compute = client.computePids().at(-1) ?? -1;
  hold(compute);
  // What it has answered is still taken in.
  const running = (await done()) < ROWS / 2;
  if (!running) hold(compute, false);
  return { compute, running };
}

test('progress, an answer meanwhile, numbers and pages at the end', { timeout: HANG }, () =>
  withFolder(async (folder) => {
    const client = await startServer(folder);
    try {
      const { start, ended, states } = survey(client, folder);
      const started = await start();
      assert.deepEqual([started.phase, started.total], ['running', ROWS]);
      const address = { kind: 'record', uri: toUri(join(folder, 'many.csv')), record: 5 };
      const click = await client.ask<Prediction>(protocol.predict, { address, model: 'loans' });
      assert.equal(click.scores[0]?.label, isYes(4) ? 'class 1' : 'class 0');
      const end = await ended();
      assert.deepEqual([end.phase, end.done, end.wrong, end.unreadable], ['done', ROWS, wrong, 0]);
      for (const [index, state] of states.entries()) assert.ok(state.done >= (states[index - 1]?.done ?? 0));
      // The files of a survey may be many: they are told once.
      assert.deepEqual(
        states.map(({ files }) => files?.length ?? null),
        states.map((_, index) => (index === 0 ? 1 : null)),
      );
      const { rows, total } = await client.ask<SurveyRowsResponse>(protocol.surveyRows, {
        survey: end.survey,
        filter: { only: 'wrong', where: [{ column: 'part', value: 'even' }] },
        limit: 2,
        offset: 1,
      });
      assert.equal(total, wrong);
      assert.deepEqual(
        rows.map(({ position, line }) => [position, line]),
        [
          [10, 12],
          [20, 22],
        ],
      );
      const summary = await client.ask<SurveySummary>(protocol.surveySummary, { survey: end.survey, slice: 'part' });
      assert.equal(summary.accuracy.count, ROWS - wrong);
      assert.equal(
        summary.confusion.reduce((a, b) => a + b, 0),
        ROWS,
      );
      await assert.rejects(client.ask(protocol.surveyRows, { survey: end.survey, sort: 'colour' }));
      await assert.rejects(client.ask(protocol.surveyState, { survey: 'none' }), (error) => {
        assert.equal((error as { data?: { code?: string } }).data?.code, 'unknown-survey');
        return true;
      });
    } finally {
      await client.stop();
    }
  }),
);

test('the compute process is killed in the middle: the survey ends as if it had not been', { timeout: HANG }, () =>
  untilCaught(async (client, folder) => {
    const { start, ended } = survey(client, folder);
    const { compute, running } = await held(client, await start());
    if (!running) return false;
    process.kill(compute, 'SIGKILL');
    const end = await ended();
    assert.deepEqual([end.phase, end.done, end.wrong, end.unreadable], ['done', ROWS, wrong, 0]);
    assert.ok(client.computePids().length >= 2);
    return true;
  }),
);

test('the server is killed in the middle: the next one goes on', { timeout: HANG }, () =>
  withFolder(async (folder) => {
    const first = await startServer(folder);
    const started = await survey(first, folder).start();
    const state = () => first.ask<SurveyState>(protocol.surveyState, started);
    const kept = () =>
      existsSync(join(folder, '.cache')) &&
      readdirSync(join(folder, '.cache'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.arrows'))
        .some((name) => statSync(join(folder, '.cache', name)).size > 0);
    while ((await state()).done < 10_000 || !kept()) await new Promise((resolve) => setTimeout(resolve, 5));
    first.process.kill('SIGKILL');
    const second = await startServer(folder);
    try {
      const { start, ended } = survey(second, folder);
      await start();
      const end = await ended();
      assert.deepEqual([end.phase, end.done, end.wrong], ['done', ROWS, wrong]);
      assert.ok(end.cached > 0, 'what was predicted is not predicted again');
    } finally {
      await second.stop();
    }
  }),
);

test('cancel: answered at once, nothing moves on, and the next start goes on', { timeout: HANG }, () =>
  untilCaught(async (client, folder) => {
    const { start, ended, states } = survey(client, folder);
    const started = await start();
    const ask = (method: string) => client.ask<SurveyState>(method, { survey: started.survey });
    const { compute, running } = await held(client, started);
    if (!running) return false;
    // What is under way at the compute process is not waited for: it does not move.
    assert.equal((await ask(protocol.surveyCancel)).phase, 'cancelled');
    const { done } = await ended();
    hold(compute, false);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal((await ask(protocol.surveyState)).done, done);
    assert.ok(done < ROWS);
    states.length = 0;
    await start();
    const end = await ended();
    assert.deepEqual([end.phase, end.done, end.cached, end.wrong], ['done', ROWS, done, wrong]);
    return true;
  }),
);

test(
  'two servers on one workspace: both end right, one uses what the other has written, nothing is torn',
  { timeout: HANG },
  () =>
    withFolder(async (folder) => {
      const [one, other] = [await startServer(folder), await startServer(folder)];
      try {
        const [first, second] = [survey(one, folder), survey(other, folder)];
        const started = await first.start();
        while ((await one.ask<SurveyState>(protocol.surveyState, started)).done < 10_000)
          await new Promise((resolve) => setTimeout(resolve, 5));
        await second.start();
        const ends = await Promise.all([first.ended(), second.ended()]);
        for (const { phase, done, wrong: found, warning } of ends)
          assert.deepEqual([phase, done, found, warning], ['done', ROWS, wrong, null]);
        assert.ok(ends[1].cached > 0, 'the second one knows what the first had written');
        second.states.length = 0;
        await second.start();
        assert.equal((await second.ended()).cached, ROWS);
        assert.deepEqual(
          [...one.logs, ...other.logs].filter((line) => /not whole|is not used/.test(line)),
          [],
        );
      } finally {
        await Promise.all([one.stop(), other.stop()]);
      }
    }),
);

test('two servers that begin together share the work', { timeout: HANG }, () =>
  withFolder(async (folder) => {
    const servers = [await startServer(folder), await startServer(folder)];
    try {
      const surveys = servers.map((client) => survey(client, folder));
      await Promise.all(surveys.map(({ start }) => start()));
      const ends = await Promise.all(surveys.map(({ ended }) => ended()));
      for (const { phase, done, wrong: found } of ends) assert.deepEqual([phase, done, found], ['done', ROWS, wrong]);
      // What is not on disk in the middle is predicted twice; without knowing of each other, everything is.
      const predicted = ends.reduce((sum, { done, cached }) => sum + done - cached, 0);
      assert.ok(predicted < 1.8 * ROWS, `${predicted} predictions of ${ROWS} samples`);
    } finally {
      await Promise.all(servers.map((client) => client.stop()));
    }
  }),
);

test('hovers and pages while a survey runs: answers are of what is known', { timeout: HANG }, () =>
  withFolder(async (folder) => {
    const client = await startServer(folder);
    try {
      const { start, ended } = survey(client, folder);
      const uri = toUri(join(folder, 'many.csv'));
      const { survey: id } = await start();
      const at = (record: number) =>
        client.ask<SurveyAtResponse>(protocol.surveyAt, { address: { kind: 'record', uri, record } });
      const running = async () =>
        (await client.ask<SurveyState>(protocol.surveyState, { survey: id })).phase === 'running';
      let known = 0;
      for (let record = 1; await running(); record = (record * 7919) % ROWS) {
        const [{ found }, page] = await Promise.all([
          at(record),
          client.ask<SurveyRowsResponse>(protocol.surveyRows, { survey: id, filter: { only: 'wrong' }, sort: 'loss' }),
        ]);
        assert.ok(page.rows.every(({ position }) => position % 10 === 0));
        if (found.length > 0) assert.equal(found[0]?.row.wrong, (record - 1) % 10 === 0);
        known += found.length;
      }
      assert.equal((await ended()).wrong, wrong);
      assert.ok(known > 0);
    } finally {
      await client.stop();
    }
  }),
);
