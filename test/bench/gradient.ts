/** The Node half of `gradient.py`: compiles the gradient of a model and runs it when told to, one line of JSON each. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openEngine } from '../../server/engine';
import type { Executable } from '../../server/engine/types';
import { f32 } from '../../server/graph/tensor';
import type { Tensor } from '../../server/graph/types';
import { importModel } from '../../server/model/import';
import { compileProgram } from '../../server/program/compile';
import { names } from '../../server/program/types';

interface Message {
  readonly run?: true;
  readonly gradient?: true;
  readonly memory?: true;
  readonly [feed: string]: unknown;
}

interface Feed {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

const [path = '', threads = '1', engineName = 'onnxruntime/cpu'] = process.argv.slice(2);
let executable: Executable | undefined;
let feeds: Record<string, Tensor> = {};
let result: Record<string, Tensor> = {};

/** Imports and compiles; feeds the model's inputs once, to get the entries. */
async function prepare(message: Message): Promise<object> {
  const began = performance.now();
  const model = await importModel(path);
  const engine = await openEngine(engineName, { threads: Number(threads) });
  const spec = { head: 'linear', rules: 'gradient' } as const;
  const given = new Map(
    Object.entries(message as unknown as Record<string, Feed>).map(([name, { dims, data }]): [string, Tensor] => {
      const whole = model.inputs.find((input) => input.name === name)?.type.dtype === 'int64';
      return [name, whole ? { dtype: 'int64', dims, data: BigInt64Array.from(data, BigInt) } : f32(data, dims)];
    }),
  );
  const entries = await engine.compile(compileProgram(model, { ...spec, kind: 'entries' }));
  const inputs = Object.fromEntries(given);
  const values = await entries.run(inputs);
  entries.dispose();
  const program = compileProgram(model, { ...spec, kind: 'relevance' });
  executable = await engine.compile(program);
  const seed = new Float32Array(model.output.classes ?? 2);
  seed[1] = 1;
  const own = { ...inputs, ...values, [names.seed]: f32(seed, [1, seed.length]) };
  feeds = Object.fromEntries(Object.entries(own).filter(([name]) => program.graph.inputs.includes(name)));
  return { milliseconds: performance.now() - began };
}

async function answer(message: Message): Promise<object> {
  if (executable === undefined) return prepare(message);
  if (message.run === true) {
    const began = performance.now();
    result = await executable.run(feeds);
    return { milliseconds: performance.now() - began };
  }
  if (message.gradient === true) {
    const gradient = Object.entries(result).find(([name]) => name.startsWith('relevance/'))?.[1];
    return { gradient: Array.from((gradient?.data ?? []) as Float32Array) };
  }
  // The high-water mark of this process alone: `maxRSS` would include the parent's at the fork.
  const status = readFileSync('/proc/self/status', 'utf8');
  return { peak: Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024 };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line) as Message)));
}
