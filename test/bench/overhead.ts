/**
 * What a warm request adds to the model's own time, in the server with its compute process: median, best and worst of
 * several different samples of each example, after one warm-up.
 *
 *     node --import tsx test/bench/overhead.ts [method …]
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { forkedCompute } from '../../server/compute/fork';
import { createServices } from '../../server/services';

const ROOT = join(import.meta.dirname, '../..');
const methods = process.argv.slice(2);
const digits = join(ROOT, 'examples/digits/data');

function pictures(): string[] {
  const names = readdirSync(digits, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.png'));
  return names.slice(0, 12).map((name) => join(digits, name));
}

const models: Record<string, string> = { digits: 'watermarked' };
const samples: Record<string, readonly string[]> = {
  mail: Array.from({ length: 12 }, (_, i) => `${join(ROOT, 'examples/mail/data/test.csv')}#${i + 1}`),
  digits: pictures(),
  table: Array.from({ length: 12 }, (_, i) => `${join(ROOT, 'examples/table/data/test.csv')}#${i + 1}`),
};

for (const [example, addresses] of Object.entries(samples)) {
  for (const method of methods.length > 0 ? methods : ['integrated-gradients', 'gradient-x-input']) {
    const services = createServices({
      folders: [join(ROOT, 'examples', example)],
      compute: forkedCompute({ threads: 1 }),
    });
    const added: number[] = [];
    for (const address of addresses) {
      const [path = '', record] = address.split('#');
      const uri = pathToFileURL(path).href;
      const { milliseconds, modelMilliseconds } = await services.explain({
        address: record === undefined ? { kind: 'file', uri } : { kind: 'record', uri, record: Number(record) },
        model: models[example] ?? null,
        method,
        target: { kind: 'predicted' },
        baseline: null,
        parameters: {},
      });
      added.push(milliseconds - modelMilliseconds);
    }
    await services.dispose();
    const [, ...warm] = added;
    warm.sort((a, b) => a - b);
    const show = (value = NaN): string => value.toFixed(1).padStart(6);
    console.log(
      `${example.padEnd(7)} ${method.padEnd(21)} median ${show(warm[warm.length >> 1])} ms, best ${show(warm[0])}, worst ${show(warm.at(-1))}`,
    );
  }
}
