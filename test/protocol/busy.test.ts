/**
 * The server answers while a large file is surveyed: the longest stretch of work in which its thread hears nobody.
 * Processor time is looked at, not the clock: what other programs take of a busy machine is not the server's doing.
 */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as protocol from '../../server/protocol';
import { toUri } from '../../server/workspace/uris';
import { HANG, startServer } from './client';
import { makeWorkspace } from './models';
import type { SurveyState } from '../../server/protocol';

const ROWS = 200_000;
/** Milliseconds: what a click may wait. */
const MOST = 100;
/** A loop that is too long is so every time; a large garbage collection is not. */
const TRIES = 3;

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly busy: number;
}

test('200,000 rows: the server is never busy for long without a pause', { timeout: HANG }, async (t) => {
  const folder = makeWorkspace();
  const line = (i: number): string => `${i % 7},${i % 11},${i},class ${i % 2},${i % 3 ? 'even' : 'odd'}\n`;
  const file = join(folder, 'many.csv');
  writeFileSync(file, `a,b,c,label,part\n${Array.from({ length: ROWS }, (_, i) => line(i)).join('')}`);
  const report = join(folder, 'busy.jsonl');
  writeFileSync(report, '');
  const client = await startServer(
    folder,
    'ipc',
    { trusted: true },
    {
      MODEL_BLAME_BUSY: report,
      NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, 'busy.mjs')).href}`,
    },
  );
  try {
    // What the server makes once, for its first question, is no part of a survey.
    const address = { kind: 'record', uri: toUri(file), record: 5 };
    await client.ask(protocol.predict, { address, model: 'loans' });
    const longest: number[] = [];
    const hovers: number[] = [];
    while (longest.length < TRIES && Math.min(...longest) >= MOST) {
      const began = Date.now();
      const request = { uris: [toUri(file)], model: 'loans', fresh: true };
      let state = await client.ask<SurveyState>(protocol.surveyStart, request);
      const { survey } = state;
      while (state.phase === 'running') {
        const asked = performance.now();
        await client.ask(protocol.surveyAt, { address });
        hovers.push(performance.now() - asked);
        await client.ask(protocol.surveyRows, { survey, filter: { only: 'wrong' }, sort: 'loss', limit: 100 });
        await client.ask(protocol.surveySummary, { survey, slice: 'part' });
        await new Promise((resolve) => setTimeout(resolve, 500));
        state = await client.ask<SurveyState>(protocol.surveyState, { survey });
      }
      assert.deepEqual([state.phase, state.done, state.unreadable], ['done', ROWS, 0]);
      const stretches = readFileSync(report, 'utf8')
        .split('\n')
        .filter((one) => one !== '')
        .map((one) => JSON.parse(one) as Stretch);
      longest.push(Math.max(0, ...stretches.filter(({ to }) => to >= began).map(({ busy }) => busy)));
    }
    t.diagnostic(`longest stretches: ${longest.map((busy) => busy.toFixed(0)).join(', ')} ms of processor time`);
    t.diagnostic(`hovers: ${hovers.map((time) => time.toFixed(0)).join(', ')} ms`);
    assert.ok(Math.min(...longest) < MOST, `busy for ${longest.join(', ')} ms`);
  } finally {
    await client.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
