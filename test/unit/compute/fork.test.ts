import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { forkedCompute } from '../../../server/compute/fork';
import type { ForkOptions } from '../../../server/compute/fork';
import type { AttributeRequest, ComputeOptions } from '../../../server/compute/types';
import { Cancelled, UserError } from '../../../server/errors';

const entry = fileURLToPath(new URL('./fakeCompute.ts', import.meta.url));

function request(method: string): AttributeRequest {
  return {
    model: { path: 'm', engine: null },
    labels: ['a'],
    method,
    target: { kind: 'predicted' },
    sample: {
      feeds: {
        ids: { dtype: 'int64', dims: [1, 2], data: BigInt64Array.of(3n, -4n) },
        x: { dtype: 'float32', dims: [2], data: new Float32Array([1, 2, 3, 4]).subarray(1, 3) },
      },
      count: 2,
      featureOf: { ids: Int32Array.of(0, 1) },
      fixed: new Set([1]),
      grid: null,
    },
    baseline: null,
    parameters: {},
  };
}

function open(t: TestContext, options: Partial<ForkOptions> = {}) {
  const pids: (number | undefined)[] = [];
  const states: string[] = [];
  const compute = forkedCompute({
    entry,
    ...options,
    onStart: (pid) => pids.push(pid),
    onState: (state, message) => states.push(message === null ? state : `${state}: ${message}`),
  });
  t.after(() => compute.dispose());
  const ask = (method: string, more?: ComputeOptions) =>
    compute.attribute(request(method), more) as unknown as Promise<{ pid: number; request: AttributeRequest }>;
  return { compute, ask, pids, states };
}

test('a request crosses with its typed arrays, 64-bit integers and sets', async (t) => {
  const { ask, pids } = open(t);
  const { request: echoed, pid } = await ask('echo');
  assert.deepEqual(echoed, request('echo'));
  assert.equal(pid, pids[0]);
  assert.notEqual(pid, process.pid);
});

test('errors for people keep their parts, defects their message', async (t) => {
  const { ask } = open(t);
  await assert.rejects(ask('complain'), (error) => {
    assert.ok(error instanceof UserError);
    assert.deepEqual(
      [error.code, error.what, error.where, error.next],
      ['test', 'something is wrong', 'here', 'do that'],
    );
    return true;
  });
  await assert.rejects(ask('nonsense'), { message: 'a defect' });
});

test('a prediction does not wait for a long attribution, which reports its progress', async (t) => {
  const { compute, ask } = open(t);
  const seen: number[] = [];
  const long = ask('chunks:20', { progress: (done) => seen.push(done) });
  await compute.engines();
  const before = seen.length;
  await compute.predict({ model: { path: '', engine: null }, feeds: {}, labels: [] });
  assert.ok(seen.length < 20, `answered only after ${seen.length} chunks`);
  assert.ok(seen.length >= before);
  await long;
  assert.deepEqual(
    seen,
    Array.from({ length: 20 }, (_, i) => i),
  );
});

test('cancel stops at the next chunk, in the same process', async (t) => {
  // A process that does not stop at a chunk would be killed after a minute, long before its last one.
  const { ask, pids } = open(t, { patience: 60_000 });
  const abort = new AbortController();
  let chunks = 0;
  const long = ask('chunks:100000', {
    signal: abort.signal,
    progress: () => {
      chunks += 1;
      if (chunks === 3) abort.abort();
    },
  });
  await assert.rejects(long, Cancelled);
  // Served by the same process: the cancelled request has stopped.
  const { pid } = await ask('echo');
  assert.equal(pid, pids[0]);
  assert.equal(pids.length, 1);
  assert.ok(chunks <= 5, `${chunks} chunks`);
});

test('cancel in the middle of a run kills the process after a while; a waiting request is served by the next', async (t) => {
  const { ask, pids } = open(t, { patience: 200 });
  await ask('echo');
  const abort = new AbortController();
  const stuck = ask('block:20000', { signal: abort.signal, progress: () => abort.abort() });
  const waiting = ask('echo');
  await assert.rejects(stuck, Cancelled);
  assert.ok(isAlive(pids[0]), 'the caller does not wait for the process');
  const { pid } = await waiting;
  assert.equal(pid, pids[1]);
  assert.equal(pids.length, 2);
});

test('kill -9 in the middle: the request is answered by the next process', async (t) => {
  const { ask, pids, states } = open(t);
  let killed = false;
  const answer = ask('chunks:10', {
    progress: (done) => {
      if (done < 3 || killed) return;
      killed = true;
      process.kill(pids[0] as number, 'SIGKILL');
    },
  });
  const { pid } = await answer;
  assert.equal(pid, pids[1]);
  assert.equal(states[0], 'ready');
  assert.match(states[1] ?? '', /^restarting: .*memory/);
});

test('a request that kills the process twice is given up, naming memory; the next is served', async (t) => {
  const { ask } = open(t, { backOff: [0, 10, 10, 10] });
  await assert.rejects(ask('die'), (error) => {
    assert.ok(error instanceof UserError);
    assert.equal(error.code, 'compute-died');
    assert.match(error.what, /SIGKILL.*memory/);
    assert.match(error.next ?? '', /smaller/);
    return true;
  });
  await ask('echo');
  await assert.rejects(ask('exit:7'), /exit code 7/);
});

test('a process that ends at once, or never says it is ready, is an error, not a wait', async (t) => {
  for (const [how, readyTimeout, expected] of [
    ['stillborn', 20_000, /exit code 3/],
    ['silent', 300, /not ready after 300 ms/],
  ] as const) {
    process.env['FAKE_COMPUTE'] = how;
    try {
      const { compute } = open(t, { readyTimeout, backOff: [0, 10] });
      await assert.rejects(compute.engines(), expected);
    } finally {
      delete process.env['FAKE_COMPUTE'];
    }
  }
});

test('after dispose everything is cancelled', async () => {
  const compute = forkedCompute({ entry });
  const asked = compute.engines();
  await compute.dispose();
  await assert.rejects(asked, Cancelled);
  await assert.rejects(compute.engines(), Cancelled);
});

test('the compute process ends when its server is killed', async () => {
  const server = fork(fileURLToPath(new URL('./fakeServer.ts', import.meta.url)), [entry], {
    execArgv: ['--import', 'tsx'],
  });
  const pid = await new Promise<number>((resolve) => server.once('message', (message) => resolve(Number(message))));
  server.kill('SIGKILL');
  for (let tries = 0; tries < 600 && isAlive(pid); tries += 1) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(!isAlive(pid), `process ${pid} is still there`);
});

function isAlive(pid: number | undefined): boolean {
  assert.ok(pid !== undefined);
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
