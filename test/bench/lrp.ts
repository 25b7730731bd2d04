/** The Node half of `lrp.py`: compiles a composite and runs it when told to, one line of JSON each. */
import { createInterface } from 'node:readline';
import { onnxRuntimeCpu } from '../../server/engine/onnxruntime';
import type { Executable } from '../../server/engine/types';
import { f32 } from '../../server/graph/tensor';
import type { Tensor } from '../../server/graph/types';
import { importModel } from '../../server/model/import';
import { compileProgram } from '../../server/program/compile';
import { names } from '../../server/program/types';

interface Message {
  readonly run?: true;
  readonly relevance?: true;
  readonly dims?: readonly number[];
  readonly data?: readonly number[];
}

const [path = '', threads = '1', composite = 'epsilonPlus'] = process.argv.slice(2);
let executable: Executable | undefined;
let feeds: Record<string, Tensor> = {};
let result: Record<string, Tensor> = {};

async function timed<T>(work: () => T | Promise<T>): Promise<readonly [T, number]> {
  const began = performance.now();
  const value = await work();
  return [value, performance.now() - began];
}

async function prepare({ dims = [], data = [] }: Message): Promise<object> {
  const model = await importModel(path);
  const engine = onnxRuntimeCpu({ threads: Number(threads) });
  const forward = compileProgram(model, { kind: 'forward', head: 'linear', rules: 'gradient' });
  // The first session also pays for loading the library.
  (await engine.compile(forward)).dispose();
  const [plain, plainTime] = await timed(() => engine.compile(forward));
  plain.dispose();
  const spec = { kind: 'relevance', head: 'linear', rules: 'lrp', options: { composite } } as const;
  const [program, compiled] = await timed(() => compileProgram(model, spec));
  const [made, session] = await timed(() => engine.compile(program));
  executable = made;
  const [entry] = model.entries;
  if (entry === undefined) throw new Error('no entry');
  const seed = new Float32Array(model.output.classes ?? 2);
  seed[1] = 1;
  const bound = (value: number): Tensor => f32(new Float32Array(data.length).fill(value), dims);
  feeds = {
    [entry.value]: f32(data, dims),
    [names.seed]: f32(seed, [1, seed.length]),
    [names.twin('low', entry.value)]: bound(-3),
    [names.twin('high', entry.value)]: bound(3),
  };
  return { compiled, session, plain: plainTime };
}

async function answer(message: Message): Promise<object> {
  if (executable === undefined) return prepare(message);
  if (message.run === true) {
    const [outputs, milliseconds] = await timed(() => executable?.run(feeds));
    result = outputs ?? {};
    return { milliseconds };
  }
  const relevance = Object.entries(result).find(([name]) => name.startsWith('relevance/'))?.[1];
  return { relevance: Array.from((relevance?.data ?? []) as Float32Array) };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line) as Message)));
}
