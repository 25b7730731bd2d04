/** The shortcut of each example is pinned: its check fails on the bad model and holds for the good one. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { run } from '../../../server/cli/main';
import { localCompute } from '../../../server/compute/local';
import { createServices } from '../../../server/services';
import type { Sink } from '../../../server/cli/io';

const root = resolve(import.meta.dirname, '../../..');

interface Report {
  readonly checks: readonly {
    readonly name: string;
    readonly outcome: string;
    readonly measured: { readonly value: number };
    readonly samples: readonly { readonly name: string; readonly file: string }[];
  }[];
}

/** The command line in this process. */
async function check(
  example: string,
  model: string | null,
): Promise<{ readonly code: number; readonly report: Report }> {
  const cwd = resolve(root, 'examples', example);
  const written = { out: '', err: '' };
  const sink = (key: keyof typeof written): Sink => ({
    isTerminal: false,
    columns: undefined,
    write: (data) => void (written[key] += String(data)),
    flush: () => Promise.resolve(),
  });
  const code = await run(['check', '--format', 'json', ...(model === null ? [] : ['--model', model])], {
    stdout: sink('out'),
    stderr: sink('err'),
    env: {},
    cwd,
    platform: process.platform,
    interrupted: () => new AbortController().signal,
    services: () => Promise.resolve(createServices({ folders: [cwd], compute: localCompute() })),
  });
  assert.ok(written.out.startsWith('{'), written.err);
  return { code, report: JSON.parse(written.out) as Report };
}

for (const [example, good] of [
  ['mail', 'mail-without-wrote'],
  ['digits', 'digits'],
  ['table', 'models/loans-without-reminders_sent.onnx'],
] as const)
  test(`${example}: exit code 1 for the model with the shortcut, 0 for the one without`, async () => {
    const bad = await check(example, null);
    assert.equal(bad.code, 1);
    const [shortcut] = bad.report.checks;
    assert.equal(shortcut?.outcome, 'failed');
    assert.ok(shortcut.measured.value > 0.4, `${shortcut.measured.value}`);
    assert.match(shortcut.samples[0]?.name ?? '', /^data\//);
    const right = await check(example, good);
    assert.equal(right.code, 0);
    assert.ok((right.report.checks[0]?.measured.value ?? 1) < 0.05);
  });
