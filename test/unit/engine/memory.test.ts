/** Memory of graphics devices, and the rows of a run that follow from it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsPerRun } from '../../../server/compute/batching';
import { deviceMemory, memoryOf } from '../../../server/engine/memory';
import { denseModel, row } from '../explain/networks';

test('NVIDIA’s tool names MiB by line; anything else says nothing', () => {
  assert.equal(memoryOf('143771\n143771\n'), 143771 * 2 ** 20);
  for (const answer of ['', '[N/A]\n', 'No devices were found\n', '0\n']) assert.equal(memoryOf(answer), null);
});

test('where the tool is not, a device has at least its largest buffer', async () => {
  const absent = (): Promise<string> => Promise.reject(new Error('ENOENT'));
  assert.equal(await deviceMemory(256 * 2 ** 20, absent), 256 * 2 ** 20);
  assert.equal(await deviceMemory(null, absent), null);
  assert.equal(await deviceMemory(256 * 2 ** 20, () => Promise.resolve('8192\n')), 8192 * 2 ** 20);
});

test('rows of a run follow the device’s memory, and never less than one', () => {
  // One value of 2 MiB, the logits' 8 bytes beside it.
  const model = denseModel('wide', 2, 2, (b, x) => {
    const wide = b.op('Expand', [b.op('ReduceMax', [x, b.indices([1])]), b.indices([1, 2 ** 19])]);
    return b.op('Add', [x, b.op('ReduceMax', [wide, b.indices([1])])]);
  });
  const feeds = { x: row([1, 2]) };
  const rows = [undefined, 2 ** 20, 2 ** 27, 2 ** 29, 2 ** 40].map((memory) =>
    rowsPerRun(model, feeds, memory === undefined ? {} : { memory }),
  );
  assert.deepEqual(rows, [16, 1, 3, 15, 64]);
});
