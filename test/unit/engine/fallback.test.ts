/** A device that is lost in the middle of a request. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withProcessor } from '../../../server/engine/fallback';
import type { Engine } from '../../../server/engine/types';
import { f32 } from '../../../server/graph/tensor';
import type { Program } from '../../../server/program/types';

const program = { key: 'p', trace: [], twins: [] } as unknown as Program;

/** An engine whose runs give its name's length, or fail as `fails` says. */
function engine(name: string, fails: (run: number) => Error | null = () => null): Engine {
  let runs = 0;
  return {
    name,
    compile: () =>
      Promise.resolve({
        key: 'p',
        trace: [],
        twins: [],
        bytes: 0,
        run: () => {
          const error = fails((runs += 1));
          return error === null ? Promise.resolve({ y: f32(name.length) }) : Promise.reject(error);
        },
        dispose: () => undefined,
      }),
  };
}

test('the run is repeated on the processor, later ones go there, and it is said once', async () => {
  const said: string[] = [];
  const gpu = engine('gpu', (run) => (run === 2 ? new Error('The GPU device was lost. Reason: reset') : null));
  const own = withProcessor(
    gpu,
    () => Promise.resolve(engine('processor')),
    (line) => said.push(line),
  );
  const executable = await own.compile(program);
  const values = [];
  for (let run = 0; run < 3; run += 1) values.push((await executable.run({}))['y']?.data[0]);
  assert.deepEqual(values, [3, 9, 9]);
  assert.equal(said.length, 1);
  assert.match(said[0]!, /gpu was lost/);
  assert.equal(own.name, 'onnxruntime/cpu');
});

test('another error is not taken for a lost device', async () => {
  const own = withProcessor(
    engine('gpu', () => new Error('Input x has 3 where the model expects 4')),
    () => Promise.reject(new Error('not asked for')),
  );
  await assert.rejects(async () => (await own.compile(program)).run({}), /where the model expects/);
});
