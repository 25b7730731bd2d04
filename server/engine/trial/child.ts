/**
 * An engine tried in a process of its own, which a driver that does not fit may end. Arguments: engine, threads, `true`
 * to measure. Prints one line of JSON, `TrialReport`; an error is told on stderr.
 */
import { deviceEngines, openUntried } from '..';
import type { EngineOptions } from '..';
import { UserError } from '../../errors';
import { deviceMemory } from '../memory';
import { adapterOf } from '../tensorflow/webgpu';
import type { Engine } from '../types';
import type { TrialReport } from '.';
import { large, operations, small, trialFeeds, trialProgram } from './program';

/** Seconds that measuring takes at least, when a run takes less. */
const LONG_ENOUGH = 0.5;

/** Outputs of the small program, one after another. */
async function outputsOf(engine: Engine): Promise<number[]> {
  const executable = await engine.compile(trialProgram(small));
  const outputs = await executable.run(trialFeeds(small));
  return ['probabilities', 'back'].flatMap((name) => Array.from(outputs[name]?.data as Float32Array));
}

/** Runs per second of the large program, times its operations: 10⁹ a second. The first run is not counted. */
async function throughput(engine: Engine): Promise<number> {
  const executable = await engine.compile(trialProgram(large));
  const feeds = trialFeeds(large);
  await executable.run(feeds);
  const began = performance.now();
  let [runs, seconds] = [0, 0];
  for (; seconds < LONG_ENOUGH; runs += 1, seconds = (performance.now() - began) / 1000) await executable.run(feeds);
  return (operations(large) * runs) / seconds / 1e9;
}

async function report(name: string, options: EngineOptions, measure: boolean): Promise<TrialReport> {
  const engine = await openUntried(name, options);
  const isDevice = deviceEngines.includes(name);
  const own = await outputsOf(engine);
  const adapter = await adapterOf();
  const memory = isDevice ? await deviceMemory(adapter?.largestBuffer ?? null) : null;
  const speed = measure ? await throughput(engine) : null;
  // Plain JavaScript is there where ONNX Runtime has no binaries.
  const processor = await openUntried('onnxruntime/cpu', options).catch(() => openUntried('tensorflow/cpu', options));
  return { own, processor: await outputsOf(processor), adapter: adapter?.name ?? null, memory, throughput: speed };
}

const [name = '', threads = '0', measure = ''] = process.argv.slice(2);
report(name, { threads: Number(threads) }, measure === 'true').then(
  (found) => {
    process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit(0));
  },
  (error: unknown) => {
    const reason = error instanceof UserError ? error.message : String(error instanceof Error ? error.message : error);
    process.stderr.write(`Error: ${reason}\n`, () => process.exit(1));
  },
);
