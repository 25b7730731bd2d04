/**
 * What a check of the kind `relevance` costs: its samples explained one by one, in pieces as the check does, and known
 * from the disk. The first is counted as what is known, and 50 times an explanation. Three rounds in turn in one
 * process, after one warm-up; medians, and their ratio to one by one.
 *
 *     node --import tsx test/bench/checks.ts [method …]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localCompute } from '../../server/compute/local';
import { createServices } from '../../server/services';
import type { CheckResult } from '../../server/protocol';
import type { ServerServices } from '../../server/services';

const ROUNDS = 3;
const SAMPLES = 50;
const root = (example: string): string => join(import.meta.dirname, '../../examples', example);
const examples = {
  digits: {
    model: 'watermarked',
    dataset: 'data/watermark/**/*.png',
    predicted: '8',
    on: { region: { x: 0, y: 0, width: 6, height: 6 } },
  },
  mail: { model: 'mail', dataset: 'data/test.csv', predicted: 'ham', on: { words: ['wrote'] } },
  table: { model: 'loans', dataset: 'data/test.csv', predicted: 'yes', on: { columns: ['reminders_sent'] } },
} as const;
const methods = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'checks-'));

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

for (const [example, place] of Object.entries(examples))
  for (const method of methods.length > 0 ? methods : ['integrated-gradients', 'gradient-x-input', 'occlusion']) {
    const cacheFolder = join(folder, `${example}-${method}`);
    const compute = localCompute();
    const uri = pathToFileURL(join(root(example), 'bench.modelcheck.json')).href;
    const check = { name: 'bench', kind: 'relevance', ...place, method, samples: SAMPLES, atMost: 0 };
    const services = (): ServerServices => {
      const made = createServices({ folders: [root(example)], compute, cacheFolder });
      // Open in an editor as far as the services know; nothing is written into the example.
      made.document(uri, JSON.stringify({ checks: [check] }));
      return made;
    };
    const run = (one: ServerServices): Promise<CheckResult> => one.check({ uri, name: 'bench' });
    const { samples, message } = await run(services());
    if (samples.length === 0) throw new Error(message);
    const alone = async (one: ServerServices): Promise<void> => {
      for (const { address } of samples)
        await one.explain({
          address,
          model: place.model,
          method,
          target: { kind: 'predicted' },
          baseline: null,
          parameters: {},
        });
    };
    const times = { alone: [] as number[], pieces: [] as number[], known: [] as number[] };
    for (let round = 0; round <= ROUNDS; round += 1) {
      // Predictions are known to all three, explanations to the last alone.
      rmSync(join(cacheFolder, 'relevance'), { recursive: true, force: true });
      const pieces = await timed(() => run(services()));
      const known = await timed(() => run(services()));
      const each = (await timed(() => alone(services()))) / samples.length;
      if (round === 0) continue;
      times.alone.push(known + SAMPLES * each);
      times.pieces.push(pieces);
      times.known.push(known);
    }
    await compute.dispose();
    const median = (all: number[]): number => all.sort((a, b) => a - b)[all.length >> 1] ?? Number.NaN;
    const base = median(times.alone);
    const show = (all: number[]): string =>
      `${median(all).toFixed(0).padStart(5)} ms (${(median(all) / base).toFixed(2)})`;
    console.log(
      `${example.padEnd(7)} ${method.padEnd(21)} one by one ${show(times.alone)}, in pieces ${show(times.pieces)}, known ${show(times.known)}`,
    );
  }
rmSync(folder, { recursive: true });
