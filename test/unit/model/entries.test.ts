/** Entries behind a Reshape of token ids. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder } from '../../../server/graph/builder';
import { f32 } from '../../../server/graph/tensor';
import { BATCH } from '../../../server/graph/types';
import { findEntries } from '../../../server/model/entries';

/** Ids [batch, 5] reshaped, looked up in a table of four rows, and cast beside that (a padding mask). */
function entriesAfter(sizes: readonly number[]) {
  const b = new GraphBuilder('model');
  b.input('ids', 'int64', [BATCH, 5]);
  const view = b.op('Reshape', ['ids', b.indices(sizes)]);
  const table = b.constant(f32(new Float32Array(8), [4, 2]), 'table');
  const words = b.op('Gather', [table, view], {}, 'words');
  const mask = b.op('Cast', ['ids'], { to: { type: 'int', value: 1 } }, 'mask');
  return findEntries(b.build([words, mask])).map(({ value, kind }) => `${kind} ${value}`);
}

test('a Reshape that changes nothing is seen through: the embedding is the entry', () => {
  assert.deepEqual(entriesAfter([0, 5]), ['embedding words']);
});

test('one that mixes rows ends the way', () => {
  assert.deepEqual(entriesAfter([-1]), ['identity mask']);
});
