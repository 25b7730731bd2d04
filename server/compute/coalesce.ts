/** Runs of many samples put together: what each asks for alone is fed as rows of one run. */
import type { Executable, Feeds } from '../engine/types';
import { splitTensor, stack } from '../explain/rows';
import type { Tensor } from '../graph/types';
import type { Model } from '../model/types';
import { BATCH } from '../graph/types';
import type { ProgramSpec } from '../program/types';
import type { Lease } from './sessions';

interface Waiting {
  readonly executable: Executable;
  readonly feeds: Feeds;
  readonly signal: AbortSignal | undefined;
  resolve(outputs: Record<string, Tensor>): void;
  reject(error: unknown): void;
}

/**
 * A lease whose executables wait for each other: runs of one row that were asked for in the same turn of the event
 * loop, for the same program and with feeds of the same shapes, become one run. So a method that explains one sample
 * explains many at once when it is started for each, with the numbers it gives alone. Only for models that were seen
 * to keep the rows of a batch apart.
 * @param most Rows of one run.
 */
export function coalescing(lease: Lease, model: Model, most: number): Lease {
  const wrapped = new Map<Executable, Executable>();
  let waiting: Waiting[] = [];
  // Inputs without a batch axis cannot differ between rows.
  const single = new Set(model.inputs.flatMap(({ name, type }) => (type.shape?.[0] === BATCH ? [] : [name])));

  const flush = async (): Promise<void> => {
    const all = waiting;
    waiting = [];
    for (const group of groups(all, most)) await runTogether(group);
  };
  const wrap = (executable: Executable, spec: ProgramSpec): Executable => {
    const stackable = spec.kind !== 'path' && spec.conservation !== true;
    return {
      ...executable,
      run(feeds, signal) {
        const one = Object.entries(feeds).every(([name, { dims }]) => dims[0] === 1 && !single.has(name));
        if (!stackable || !one) return executable.run(feeds, signal);
        return new Promise((resolve, reject) => {
          waiting.push({ executable, feeds, signal, resolve, reject });
          if (waiting.length === 1) setImmediate(() => void flush());
        });
      },
    };
  };
  return {
    async get(engine, ownModel, spec) {
      const executable = await lease.get(engine, ownModel, spec);
      const known = wrapped.get(executable) ?? wrap(executable, spec);
      wrapped.set(executable, known);
      return known;
    },
    end: () => lease.end(),
  };
}

function* groups(all: readonly Waiting[], most: number): Generator<readonly Waiting[]> {
  const byShape = new Map<string, Waiting[]>();
  for (const one of all) {
    const shapes = Object.entries(one.feeds).map(([name, { dtype, dims }]) => `${name}:${dtype}:${dims.join()}`);
    const key = `${one.executable.key};${shapes.sort().join(';')}`;
    const group = byShape.get(key);
    if (group === undefined) byShape.set(key, [one]);
    else group.push(one);
  }
  for (const group of byShape.values())
    for (let at = 0; at < group.length; at += most) yield group.slice(at, at + most);
}

async function runTogether(group: readonly Waiting[]): Promise<void> {
  const [first] = group;
  if (first === undefined) return;
  try {
    const names = Object.keys(first.feeds);
    const feeds = Object.fromEntries(names.map((name) => [name, stack(group.map((one) => one.feeds[name] as Tensor))]));
    const outputs = await first.executable.run(feeds, first.signal);
    const split = Object.entries(outputs).map(([name, tensor]) => [name, splitTensor(tensor, group.length)] as const);
    group.forEach((one, row) =>
      one.resolve(Object.fromEntries(split.map(([name, rows]) => [name, rows[row] as Tensor]))),
    );
  } catch (error) {
    for (const one of group) one.reject(error);
  }
}
