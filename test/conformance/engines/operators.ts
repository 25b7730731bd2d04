/** Every operator on an engine: forward and gradient Programs of the gradient's own cases, against ONNX Runtime. */
import type { Engine } from '../../../server/engine/types';
import type { Tensor, Value } from '../../../server/graph/types';
import { names } from '../../../server/program/types';
import type { Program } from '../../../server/program/types';
import { cases } from '../gradient/cases';
import { compileCase } from '../gradient/cases/compile';
import { differenceOf, runIn, toFeeds } from './compare';
import type { Difference } from './compare';

export interface Measured extends Difference {
  readonly op: string;
  /** Which configuration, which output. */
  readonly what: string;
  /** Why there are no numbers. */
  readonly error?: unknown;
}

interface Prepared {
  readonly op: string;
  readonly name: string;
  readonly program: Program;
  readonly feeds: Record<Value, Tensor>;
}

export function preparedCases(): Prepared[] {
  return cases
    .filter((one) => one.engineLacks === undefined)
    .flatMap((one) =>
      (one.fixedSizes === true ? [false] : [false, true]).map((freeSizes) => {
        const { program, feeds } = compileCase(one, freeSizes);
        return { op: one.op, name: `${one.name}${freeSizes ? ', free sizes' : ''}`, program, feeds: toFeeds(feeds) };
      }),
    );
}

/** Outputs of every case by ONNX Runtime; made once for all engines. */
export function expectations(engine: Engine, prepared: readonly Prepared[]): Promise<Record<string, Tensor>[]> {
  return sequence(prepared, ({ program, feeds }) => runIn(engine, program, feeds));
}

export async function measure(
  engine: Engine,
  { op, name, program, feeds }: Prepared,
  expected: Readonly<Record<string, Tensor>>,
): Promise<Measured[]> {
  try {
    const own = await runIn(engine, program, feeds);
    return Object.entries(expected).map(([output, tensor]) => ({
      op,
      what: `${name}: ${output}`,
      ...differenceOf(own[output], tensor, output === names.score ? expected[names.logits] : undefined),
    }));
  } catch (error) {
    return [{ op, what: name, worst: Infinity, outliers: 1, error }];
  }
}

export async function sequence<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
