/** Nothing of an explanation stays behind: on every engine present, and in the services, in a process of its own. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Alive } from '../../support/alive';
import { presentEngines, REFERENCE } from './present';

const RUNS = 120;
const LOOKS = 4;
const program = fileURLToPath(new URL('../../bench/growth.ts', import.meta.url));
const { present } = await presentEngines();

for (const what of ['services', REFERENCE, ...present.map(({ name }) => name)])
  test(`${what}: ${RUNS} explanations leave nothing behind`, async () => {
    const counts = await counted(what);
    const [early, late] = [counts.slice(0, 2), counts.slice(-2)];
    const growth = (read: (alive: Alive) => number): number =>
      Math.min(...late.map(read)) - Math.min(...early.map(read));
    // One object a run would be 90 of them; a few come and go with timers and caches of V8.
    assert.ok(growth(({ objects }) => objects) < 30, table(counts));
    assert.equal(
      growth(({ tensors }) => tensors),
      0,
      table(counts),
    );
    assert.ok(growth(({ buffers }) => buffers) < 2 ** 16, table(counts));
    assert.ok(growth(({ resident }) => resident) < 6 * 2 ** 20, table(counts));
  });

async function counted(what: string): Promise<Alive[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', '--import', 'tsx', program, what, String(RUNS), String(LOOKS)],
    { maxBuffer: 2 ** 20 },
  );
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Alive);
}

const table = (counts: readonly Alive[]): string => counts.map((alive) => JSON.stringify(alive)).join('\n');
