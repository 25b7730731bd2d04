/** How far an engine's numbers are from ONNX Runtime's on the processor. */
import type { Engine } from '../../../server/engine/types';
import type { Tensor, Value } from '../../../server/graph/types';
import type { Program } from '../../../server/program/types';
import type { Array64 } from '../../support/interpreter';

/** Largest difference over the largest number. */
export interface Difference {
  readonly worst: number;
  /** Share of numbers that are further off than the tolerance: ties of maxima and kinks (methods.md, Numbers). */
  readonly outliers: number;
}

/** Of the largest number. */
export const TOLERANCE = 1e-4;

/** @param terms What the numbers are sums of, where they are: a sum that cancels is measured by its terms. */
export function differenceOf(actual: Tensor | undefined, expected: Tensor, terms?: Tensor): Difference {
  if (actual === undefined || String(actual.dims) !== String(expected.dims) || actual.dtype !== expected.dtype)
    return { worst: Infinity, outliers: 1 };
  const [own, wanted] = [numbers(actual), numbers(expected)];
  const all = terms === undefined ? wanted : [...wanted, ...numbers(terms)];
  const scale = all.reduce((most, value) => Math.max(most, Number.isFinite(value) ? Math.abs(value) : 0), 0);
  let [worst, outliers] = [0, 0];
  wanted.forEach((value, at) => {
    const found = own[at]!;
    if (Object.is(found, value) || found === value) return;
    const off = Math.abs(found - value);
    const relative = off / Math.max(scale, 1e-12);
    worst = Number.isNaN(relative) ? Infinity : Math.max(worst, relative);
    if (!(relative <= TOLERANCE)) outliers += 1;
  });
  return { worst, outliers: wanted.length === 0 ? 0 : outliers / wanted.length };
}

function numbers(tensor: Tensor): number[] {
  if (tensor.dtype === 'string') return (tensor.data as string[]).map((text) => hash(text));
  return Array.from(tensor.data as ArrayLike<number | bigint>, Number);
}

const hash = (text: string): number =>
  Array.from(text).reduce((sum, char) => (sum * 31 + char.codePointAt(0)!) % 1e9, 7);

export function toFeeds(feeds: Readonly<Record<Value, Array64 | Tensor>>): Record<Value, Tensor> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, dims, data }]) => [
      name,
      data instanceof Float64Array && dtype === 'float32'
        ? { dtype: 'float32' as const, dims, data: Float32Array.from(data) }
        : data instanceof Float64Array && dtype === 'int64'
          ? { dtype: 'int64' as const, dims, data: BigInt64Array.from(data, (value) => BigInt(value)) }
          : { dtype, dims, data },
    ]),
  );
}

/** Runs a program once and lets go of it. */
export async function runIn(
  engine: Engine,
  program: Program,
  feeds: Readonly<Record<Value, Tensor>>,
): Promise<Record<string, Tensor>> {
  const executable = await engine.compile(program);
  try {
    return await executable.run(feeds);
  } finally {
    executable.dispose();
  }
}
