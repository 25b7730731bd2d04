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

/** One-hot as JAX spells it: ids along a new axis, compared with 0 … 3. */
function comparedEntries(codes: readonly number[], shape: readonly number[]) {
  const b = new GraphBuilder('model');
  b.input('ids', 'int32', [BATCH, 5]);
  const spread = b.op('Expand', [b.op('Reshape', ['ids', b.indices([-1, 5, 1])]), b.indices([1, 1, 4])]);
  const known = b.constant({ dtype: 'int32', dims: shape, data: Int32Array.from(codes) }, 'codes');
  const rows = b.op('Cast', [b.op('Equal', [spread, known])], { to: { type: 'int', value: 1 } }, 'rows');
  return findEntries(b.build([rows])).map(({ value, kind }) => `${kind} ${value}`);
}

test('ids compared with every code are rows of an embedding', () => {
  assert.deepEqual(comparedEntries([0, 1, 2, 3], [1, 1, 4]), ['embedding rows']);
});

test('ids compared with codes that differ by position are not', () => {
  assert.deepEqual(
    comparedEntries(
      Array.from({ length: 20 }, (_, at) => at % 4),
      [1, 5, 4],
    ),
    [],
  );
});
