/**
 * Throughput of a survey beside a plain ONNX Runtime loop over the same rows: batches of 32 in the order of the file,
 * padded to the longest, argmax. Both read and encode the rows with the program's own readers; the plain loop is also
 * timed with rows that are encoded already. They alternate; the median of the rounds' ratios counts, 1 is the plain
 * loop. Beside it the ratio of the quickest rounds and, on Linux, that of processor time, all threads of all processes:
 * on a busy machine they say more.
 *
 *     node --import tsx test/bench/survey.ts FOLDER FILE [--rounds 3] [--rows 2000]
 *
 * FOLDER is a workspace (with model-blame.json), FILE a dataset in it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import * as ort from 'onnxruntime-node';
import { forkedCompute } from '../../server/compute/fork';
import { readFields } from '../../server/dataset/record';
import { createServices } from '../../server/services';
import { toUri } from '../../server/workspace/uris';
import type { Feeds } from '../../server/engine/types';
import type { Part } from '../../server/services/survey/parts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '3' }, batch: { type: 'string', default: '32' } },
});
const [folder = '.', file = ''] = positionals.map((path) => resolve(path));
const BATCH = Number(values.batch);

let pid = 0;
const compute = forkedCompute({ onStart: (id) => (pid = id ?? 0) });
const services = createServices({ folders: [folder], compute });
const request = { uris: [toUri(file)], model: null, fresh: true };

/** Seconds of processor time that all threads of this process and the compute process have taken; NaN where it is not told. */
function processorTime(): number {
  const ofThreads = (id: number | 'self'): number =>
    readdirSync(`/proc/${id}/task`)
      .map((thread) => Number(readFileSync(`/proc/${id}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e9)
      .reduce((sum, seconds) => sum + seconds, 0);
  try {
    return ofThreads('self') + ofThreads(pid);
  } catch {
    return Number.NaN;
  }
}

/** Seconds of a whole survey, its start included; everything is predicted. */
async function survey(): Promise<number> {
  const began = performance.now();
  const started = await services.surveys.start(request);
  const { done, total, unreadable } = await services.surveys.ended(started);
  if (done !== total || unreadable > 0) throw new Error(`${done} of ${total}, ${unreadable} unreadable`);
  return (performance.now() - began) / 1000;
}

async function* feedsOf(part: Part): AsyncGenerator<Feeds> {
  if (part.records === null) throw new Error('the bench is about files of records');
  for (const located of part.records.index.from(1)) {
    const sample = readFields(part.records, located);
    yield part.encoder.feeds === undefined
      ? (await part.encoder.encode(sample, 0)).feeds
      : await part.encoder.feeds(sample);
  }
}

/** One batch: rows of token ids padded with zeros to the longest; rows of equal shapes as they are. */
function stacked(rows: readonly Feeds[]): Record<string, ort.Tensor> {
  const names = Object.keys(rows[0] ?? {});
  return Object.fromEntries(
    names.map((name) => {
      const tensors = rows.map((row) => row[name]!);
      const width = Math.max(...tensors.map(({ data }) => data.length));
      const { dtype, dims, data } = tensors[0]!;
      const all = new (data.constructor as new (length: number) => BigInt64Array)(width * rows.length);
      tensors.forEach((tensor, i) => all.set(tensor.data as BigInt64Array, i * width));
      const shape = dims.length === 2 ? [rows.length, width] : [rows.length, ...dims.slice(1)];
      return [name, new ort.Tensor(dtype as 'int64', all, shape)];
    }),
  );
}

async function plain(session: ort.InferenceSession, rows: AsyncIterable<Feeds> | readonly Feeds[]): Promise<number> {
  const began = performance.now();
  let batch: Feeds[] = [];
  let wins = 0;
  const run = async (): Promise<void> => {
    const outputs = await session.run(stacked(batch));
    const logits = outputs[session.outputNames[0]!]!;
    const width = logits.size / batch.length;
    const values = logits.data as Float32Array;
    for (let i = 0; i < batch.length; i += 1) {
      const row = values.subarray(i * width, (i + 1) * width);
      wins += row.indexOf(Math.max(...row));
    }
    batch = [];
  };
  for await (const feeds of rows) {
    batch.push(feeds);
    if (batch.length === BATCH) await run();
  }
  if (batch.length > 0) await run();
  if (!Number.isFinite(wins)) throw new Error('no prediction');
  return (performance.now() - began) / 1000;
}

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;

await survey();
const { surveys } = services.surveys.list();
const edition = services.surveys.find(surveys[0]!).edition();
const [part] = edition.parts;
if (part === undefined) throw new Error('no file');
const session = await ort.InferenceSession.create(edition.model.source.path);
const encoded: Feeds[] = [];
for await (const feeds of feedsOf(part)) encoded.push(feeds);
await plain(session, encoded.slice(0, 2 * BATCH));

const kinds = ['survey', 'plain', 'model'] as const;
const times: Record<(typeof kinds)[number], number[]> = { survey: [], plain: [], model: [] };
const processor: typeof times = { survey: [], plain: [], model: [] };
const work = {
  survey,
  plain: () => plain(session, feedsOf(part)),
  model: () => plain(session, encoded),
};
for (let round = 0; round < Number(values.rounds); round += 1)
  for (const kind of kinds) {
    // Threads of what ran before look for more work for a while, on one of the cores.
    await setTimeout(30);
    const before = processorTime();
    times[kind].push(await work[kind]());
    processor[kind].push(processorTime() - before);
  }
const rows = part.count;
for (const [name, list] of Object.entries(times))
  console.log(
    `${name.padEnd(7)} ${(rows / median(list)).toFixed(0).padStart(7)} rows/s   ${list.map((time) => time.toFixed(2)).join(' ')} s`,
  );
for (const kind of ['plain', 'model'] as const) {
  const ratios = (of: typeof times): readonly number[] => of[kind].map((other, round) => other / of.survey[round]!);
  const quickest = Math.min(...times[kind]) / Math.min(...times.survey);
  console.log(
    `survey / plain loop${kind === 'model' ? ', encoded rows' : ''}: ${median(ratios(times)).toFixed(2)}; quickest rounds ${quickest.toFixed(2)}; processor time ${median(ratios(processor)).toFixed(2)}`,
  );
}
await services.dispose();
