/** The Node half of `attnlrp.py`: compiles AttnLRP for a model and runs it when told to, one line of JSON each. */
import { createInterface } from 'node:readline';
import { onnxRuntimeCpu } from '../../server/engine/onnxruntime';
import type { Engine, Executable } from '../../server/engine/types';
import { f32 } from '../../server/graph/tensor';
import type { Tensor } from '../../server/graph/types';
import { importModel } from '../../server/model/import';
import type { Model } from '../../server/model/types';
import { compileProgram } from '../../server/program/compile';
import { names } from '../../server/program/types';
import type { Program } from '../../server/program/types';

interface Message {
  readonly feeds?: Readonly<Record<string, { readonly dims: readonly number[]; readonly data: readonly number[] }>>;
  readonly run?: true;
  readonly relevance?: true;
}

const [path = '', threads = '1', variant = 'attnlrp'] = process.argv.slice(2);
let executable: Executable | undefined;
let feeds: Record<string, Tensor> = {};
let result: Record<string, Tensor> = {};

const timed = async <T>(work: () => T | Promise<T>): Promise<[T, number]> => {
  const began = performance.now();
  const made = await work();
  return [made, performance.now() - began];
};

/** Median time to compile, each time anew, and to make a session, as a ratio to the model's own forward pass. */
async function sessions(engine: Engine, model: Model, make: () => Program) {
  const compiled: number[] = [];
  const ratios: number[] = [];
  const forward = compileProgram(model, { kind: 'forward', head: 'linear', rules: 'gradient' });
  for (let count = 0; count < 5; count += 1) {
    const [program, compile] = await timed(make);
    const [plain, own] = await timed(() => engine.compile(forward));
    const [session, whole] = await timed(() => engine.compile(program));
    plain.dispose();
    session.dispose();
    compiled.push(compile);
    ratios.push(whole / own);
  }
  const median = (values: number[]): number => values.sort((p, q) => p - q)[2] ?? Number.NaN;
  return { first: compiled[0], compile: median([...compiled]), session: median(ratios) };
}

async function prepare(given: NonNullable<Message['feeds']>): Promise<object> {
  const model = await importModel(path);
  const engine = onnxRuntimeCpu({ threads: Number(threads) });
  const [entry] = model.entries;
  if (entry === undefined) throw new Error('the model has no entry');
  const spec = { head: 'linear', rules: 'attnlrp', options: { variant }, entries: [entry] } as const;
  const make = (): Program => compileProgram(model, { ...spec, kind: 'relevance' });
  const [program, first] = await timed(make);
  const times = await sessions(engine, model, make);
  const inputs = Object.fromEntries(
    Object.entries(given).map(([name, { dims, data }]): [string, Tensor] => [
      name,
      { dtype: 'int64', dims, data: BigInt64Array.from(data, BigInt) },
    ]),
  );
  const lookup = await engine.compile(compileProgram(model, { ...spec, kind: 'entries' }));
  const values = await lookup.run(inputs);
  lookup.dispose();
  executable = await engine.compile(program);
  feeds = { ...inputs, ...values, [names.seed]: f32([-1, 1], [1, 2]) };
  return { ...times, first };
}

async function answer(message: Message): Promise<object> {
  if (message.feeds !== undefined) return prepare(message.feeds);
  if (message.run === true) {
    const [outputs, milliseconds] = await timed(() => executable?.run(feeds) ?? {});
    result = outputs;
    return { milliseconds };
  }
  const [name = '', ratio] = Object.entries(result).find(([key]) => key.startsWith('relevance/')) ?? [];
  const x = feeds[name.slice('relevance/'.length)]?.data as Float32Array;
  return { relevance: Array.from((ratio?.data ?? []) as Float32Array, (c, at) => c * (x[at] ?? Number.NaN)) };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line) as Message)));
}
