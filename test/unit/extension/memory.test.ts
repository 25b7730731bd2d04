import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PanelMemory } from '../../../extension/panel/memory';
import type { Shown } from '../../../extension/panel/memory';

function storage(): ConstructorParameters<typeof PanelMemory>[0] {
  const kept = new Map<string, unknown>();
  return {
    keys: () => [...kept.keys()],
    get: (key: string, fallback?: unknown) => kept.get(key) ?? fallback,
    update: (key: string, value: unknown) => Promise.resolve(void kept.set(key, value)),
  } as ConstructorParameters<typeof PanelMemory>[0];
}

const shown = (title: string, line: number): Shown => ({
  title,
  address: { kind: 'line', uri: 'file:///a.csv', line },
  model: 'mail',
  choice: { method: null, target: { kind: 'predicted' }, baseline: null, parameters: {} },
  pinned: line === 2,
  view: { tab: line === 2 ? 'explain' : 'auto' },
});

test('panels come back by their titles, also when the first that does overwrites what is kept', () => {
  const disk = storage();
  new PanelMemory(disk).remember([shown('a.csv:2', 2), shown('a.csv:3', 3)]);
  const memory = new PanelMemory(disk);
  assert.equal(memory.recall('a.csv:2')?.pinned, true);
  assert.deepEqual(memory.recall('a.csv:2')?.view, { tab: 'explain' });
  memory.remember([shown('a.csv:2', 2)]);
  assert.deepEqual(memory.recall('a.csv:3')?.address, { kind: 'line', uri: 'file:///a.csv', line: 3 });
  assert.equal(memory.recall('b.csv:1'), undefined);
});
