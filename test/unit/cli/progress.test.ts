import { test } from 'node:test';
import assert from 'node:assert/strict';
import { progressOn } from '../../../server/cli/progress';

function recorded(isTerminal: boolean) {
  const written: string[] = [];
  let time = 0;
  const progress = progressOn(
    {
      isTerminal,
      columns: isTerminal ? 60 : undefined,
      write: (data) => void written.push(String(data)),
      flush: () => Promise.resolve(),
    },
    () => time,
  );
  return { written, progress, at: (value: number) => (time = value) };
}

test('what is quick shows nothing; a slow job rewrites one line and removes it', () => {
  const { written, progress, at } = recorded(true);
  progress.report(1, 10, 'occlusion');
  assert.deepEqual(written, []);
  at(100);
  progress.report(2, 10, 'occlusion\u001b[31m');
  at(110);
  progress.report(3, 10, 'occlusion');
  assert.deepEqual(written, ['\r\u001b[2Kocclusion⟨ESC⟩[31m 2/10 … Ctrl-C cancels']);
  progress.clear();
  progress.clear();
  assert.deepEqual(written.slice(1), ['\r\u001b[2K']);
});

test('elsewhere a line every few seconds, no escapes', () => {
  const { written, progress, at } = recorded(false);
  for (let time = 0; time <= 12_000; time += 500) {
    at(time);
    progress.report(time, 12_000, 'steps');
  }
  progress.clear();
  assert.equal(written.length, 2);
  assert.match(written[0]!, /^steps 5000\/12000 .*\n$/);
});
