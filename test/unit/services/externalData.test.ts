/** Weights beside the model, in a file of any name, rewritten alone: nothing old is answered. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { localCompute } from '../../../server/compute/local';
import { GraphBuilder } from '../../../server/graph/builder';
import { writeOnnx } from '../../../server/graph/onnx/write';
import { f32 } from '../../../server/graph/tensor';
import { toUri } from '../../../server/workspace/uris';
import { scratch, servicesFor } from './fakes';

const files = scratch();
after(files.remove);

/** x [batch, 2] times a matrix that lies in `weights of mine`. */
function model(): Uint8Array {
  const b = new GraphBuilder('linear');
  const x = b.input('x', 'float32', ['batch', 2]);
  const w = b.constant(f32(Float32Array.of(0, 0, 0, 0), [2, 2]));
  const y = b.op('MatMul', [x, w]);
  b.declare(b.rename(y, 'logits'), { dtype: 'float32', shape: ['batch', 2] });
  return writeOnnx(b.build(['logits']), {
    external: (name) => (name === w ? { location: 'weights of mine', offset: 0, length: 16 } : undefined),
  });
}

test('the prediction follows the weights', async () => {
  const folder = files.folder('external', {
    'model-blame.json': JSON.stringify({
      models: {
        m: { path: 'm.onnx', input: { kind: 'table', columns: ['a', 'b'].map((name) => ({ name, type: 'number' })) } },
      },
      datasets: [{ files: '*.csv', model: 'm' }],
    }),
    'd.csv': 'a,b\n1,2\n',
  });
  const weights = join(folder, 'weights of mine');
  writeFileSync(join(folder, 'm.onnx'), model());
  writeFileSync(weights, new Uint8Array(Float32Array.of(1, 0, 0, 1).buffer));
  const compute = localCompute({ threads: 1 });
  const services = servicesFor(folder, compute);
  const ask = async (): Promise<unknown> => {
    const address = { kind: 'line', uri: toUri(join(folder, 'd.csv')), line: 2 } as const;
    const { scores, model: ref } = await services.predict({ address, model: null });
    return { best: scores[0]?.class, logit: scores[0]?.logit, hash: ref.hash };
  };
  const before = (await ask()) as { hash: string };
  assert.deepEqual(before, { best: 1, logit: 2, hash: before.hash });
  assert.ok(services.used().includes(toUri(weights)));
  writeFileSync(weights, new Uint8Array(Float32Array.of(5, 0, 0, 1).buffer));
  const now = (await ask()) as { hash: string };
  assert.deepEqual(now, { best: 0, logit: 5, hash: now.hash });
  assert.notEqual(now.hash, before.hash);
  await services.dispose();
});
