/**
 * A survey of many synthetic rows of a table, run to its end: how long the server's thread is busy at most, how soon a
 * page of mistakes is there, how much memory both processes take, how soon it stops.
 *
 *     node --import tsx test/bench/million.ts FOLDER [--rows 1000000] [--cancel-at 500000]
 *
 * FOLDER is made and holds model, rows and what the survey keeps: a second run shows how long known rows take.
 */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { forkedCompute } from '../../server/compute/fork';
import { writeOnnx } from '../../server/graph/onnx/write';
import { createServices } from '../../server/services';
import { toUri } from '../../server/workspace/uris';
import { tableModel } from '../protocol/models';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rows: { type: 'string', default: '1000000' }, 'cancel-at': { type: 'string' } },
});
const [given] = positionals;
if (given === undefined) throw new Error('name a folder');
const folder = resolve(given);
const count = Number(values.rows);
const cancelAt = Number(values['cancel-at'] ?? Infinity);

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'loans.onnx'), writeOnnx(tableModel()));
const datasets = [{ files: '*.csv', model: 'loans', label: 'label' }];
writeFileSync(
  join(folder, 'model-blame.json'),
  JSON.stringify({ models: { loans: { path: 'loans.onnx' } }, datasets }),
);
const file = join(folder, `rows-${count}.csv`);
const line = (i: number): string => `${i % 7},${i % 11},${i},class ${i % 2},${i % 3 ? 'even' : 'odd'}\n`;
writeFileSync(file, 'a,b,c,label,part\n');
for (let at = 0; at < count; at += 10_000)
  appendFileSync(file, Array.from({ length: Math.min(10_000, count - at) }, (_, i) => line(at + i)).join(''));

/** Peak of the resident memory, MiB; Linux only. */
const peak = (pid: number | 'self'): string => {
  try {
    const kib = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return (Number(kib) / 1024).toFixed(0);
  } catch {
    return '?';
  }
};
let pid = 0;
const compute = forkedCompute({ onStart: (id) => (pid = id ?? 0) });
const services = createServices({ folders: [folder], compute, cacheFolder: join(folder, 'cache') });
/**
 * Processor time of this thread, ms, between two turns of its loop: what it did itself, without waiting for a core that
 * others hold. Linux only.
 */
const cpu = { last: 0, most: 0 };
const threadTime = (): number => {
  try {
    const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
    return Number(nanoseconds) / 1e6;
  } catch {
    return Number.NaN;
  }
};
const turn = (): void => {
  const now = threadTime();
  cpu.most = Math.max(cpu.most, now - cpu.last);
  cpu.last = now;
};
cpu.last = threadTime();
setInterval(turn, 1);
const { surveys } = services;
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const began = performance.now();
const seconds = (): string => ((performance.now() - began) / 1000).toFixed(0).padStart(4);
/** Milliseconds until an answer is there. */
const timed = async (work: () => unknown): Promise<number> => {
  const from = performance.now();
  await work();
  return performance.now() - from;
};
const worst = { page: 0, hover: 0, summary: 0, lag: 0, busy: 0 };
const look = async (survey: string): Promise<string> => {
  const filter = { only: 'wrong' } as const;
  const page = await timed(() => surveys.rows({ survey, filter, sort: 'loss', limit: 100 }));
  const address = { kind: 'record', uri: toUri(file), record: 5 } as const;
  const hover = await timed(() => Promise.resolve(surveys.at({ address })));
  const summary = await timed(() => surveys.summary({ survey }));
  const lag = delay.max / 1e6 - 5;
  const busy = cpu.most;
  cpu.most = 0;
  Object.assign(worst, {
    page: Math.max(worst.page, page),
    hover: Math.max(worst.hover, hover),
    summary: Math.max(worst.summary, summary),
    lag: Math.max(worst.lag, lag),
    busy: Math.max(worst.busy, busy),
  });
  const p99 = delay.percentile(99) / 1e6 - 5;
  delay.reset();
  return `page ${page.toFixed(0)} ms, hover ${hover.toFixed(1)} ms, summary ${summary.toFixed(0)} ms, late at most ${lag.toFixed(0)} ms (99 %: ${p99.toFixed(0)}), busy at most ${busy.toFixed(0)} ms`;
};

// Making the rows is no part of it.
await new Promise((resolved) => setTimeout(resolved, 100));
delay.reset();
cpu.most = 0;
const started = await surveys.start({ uris: [toUri(file)], model: null });
console.log(`${seconds()} s  counted ${started.total}; ${await look(started.survey)}`);
for (let state = started; state.phase === 'running';) {
  await new Promise((resolved) => setTimeout(resolved, 2000));
  state = surveys.state(started);
  console.log(`${seconds()} s  ${state.done} done, ${state.cached} known; ${await look(started.survey)}`);
  if (state.done < cancelAt || state.phase !== 'running') continue;
  const took = await timed(async () => {
    surveys.cancel(started);
    await surveys.ended(started);
  });
  console.log(`cancelled within ${took.toFixed(0)} ms`);
}
const end = await surveys.ended(started);
console.log(
  `${end.phase}: ${end.done} of ${end.total}, ${end.cached} known, ${end.wrong} wrong, in ${(end.milliseconds / 1000).toFixed(1)} s; worst: page ${worst.page.toFixed(0)} ms, hover ${worst.hover.toFixed(1)} ms, summary ${worst.summary.toFixed(0)} ms, late ${worst.lag.toFixed(0)} ms, busy ${worst.busy.toFixed(0)} ms; peak memory: server ${peak('self')} MiB, compute process ${peak(pid)} MiB`,
);
await services.dispose();
process.exit(0);
