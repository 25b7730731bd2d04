/** The real compute process on a real model file. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forkedCompute } from '../../../server/compute/fork';
import { localCompute } from '../../../server/compute/local';
import type { AttributeRequest } from '../../../server/compute/types';
import { Cancelled, UserError } from '../../../server/errors';
import { ids, scratch, textModel, write } from './files';

const TOKENS = [1, 17, 23, 5, 2];

function request(path: string, steps: number): AttributeRequest {
  return {
    model: { path, engine: null },
    labels: ['bad', 'fair', 'good'],
    method: 'integrated-gradients',
    target: { kind: 'predicted' },
    sample: {
      feeds: { ids: ids(TOKENS), mask: ids(TOKENS.map(() => 1)) },
      count: 5,
      featureOf: { ids: Int32Array.from(TOKENS, (_, i) => i) },
      fixed: new Set([0, 4]),
      grid: null,
    },
    baseline: { id: 'zero', label: 'zero', kind: 'zero-entries' },
    parameters: { steps },
  };
}

test('the process gives what this process gives; killed in the middle it gives it still', async (t) => {
  const path = write(scratch(t), 'text.onnx', textModel());
  const here = localCompute({ threads: 1 });
  const pids: (number | undefined)[] = [];
  const there = forkedCompute({ threads: 1, onStart: (pid) => pids.push(pid) });
  t.after(() => Promise.all([here.dispose(), there.dispose()]));
  const expected = await here.attribute(request(path, 32));
  const { modelMilliseconds: _, ...rest } = await there.attribute(request(path, 32));
  const { modelMilliseconds: __, ...wanted } = expected;
  assert.deepEqual(rest, wanted);

  let killed = false;
  const long = await there.attribute(request(path, 4000), {
    progress: (done) => {
      if (done < 500 || killed) return;
      killed = true;
      process.kill(pids[0] as number, 'SIGKILL');
    },
  });
  assert.ok(killed);
  assert.equal(pids.length, 2);
  assert.deepEqual(long.relevance, (await here.attribute(request(path, 4000))).relevance);
});

test('cancelling stops within one chunk and keeps the process; errors keep their words', async (t) => {
  const path = write(scratch(t), 'text.onnx', textModel());
  const pids: (number | undefined)[] = [];
  const there = forkedCompute({ threads: 1, onStart: (pid) => pids.push(pid) });
  t.after(() => there.dispose());
  const abort = new AbortController();
  let after = 0;
  const long = there.attribute(request(path, 10_000), {
    signal: abort.signal,
    progress: (done) => {
      if (done === 320) abort.abort();
      if (done > 320) after += 1;
    },
  });
  await assert.rejects(long, Cancelled);
  const next = await there.attribute(request(path, 8));
  assert.equal(next.accounting.evaluations, 8);
  assert.equal(pids.length, 1);
  assert.equal(after, 0);
  await assert.rejects(
    there.load({ path: `${path}.no`, engine: null }),
    (error) => error instanceof UserError && error.code === 'model-not-found',
  );
});
