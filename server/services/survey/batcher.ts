/**
 * Samples on their way through the model: stacked with others of one shape (so that nothing is padded and every number
 * is the one the sample has alone), several stacks in a parcel, a few parcels under way at a time.
 */
import { UserError } from '../../errors';
import { pack } from '../../compute/packing';
import { sizeOf } from '../../graph/tensor';
import type { Feeds } from '../../engine/types';
import type { Tensor } from '../../graph/types';
import type { Compute, ForwardResult, ModelSource } from '../../compute/types';

/** A sample that was encoded. */
export interface Encoded {
  readonly at: number;
  readonly gold: number;
  readonly feeds: Feeds;
}

/** Samples of one shape that wait for each other. */
interface Group {
  readonly rows: Encoded[];
  readonly elements: number;
  /** Of one sample. */
  readonly bytes: number;
}

export interface BatcherOptions {
  readonly compute: Compute;
  readonly source: ModelSource;
  /** False: one sample at a time. */
  readonly packs: boolean;
  readonly signal: AbortSignal;
  readonly predicted: (rows: readonly Encoded[], result: ForwardResult) => void;
  /** A sample that the model refuses (NaN, a size it does not take). */
  readonly refused: (row: Encoded, error: UserError) => Promise<void>;
}

export interface Batcher {
  /** A promise where too much is on its way: it waits for that. Throws, or rejects, when the run cannot go on. */
  add(row: Encoded): Promise<void> | undefined;
  /** Waits for everything. */
  end(): Promise<void>;
}

/** Parcels at the compute process at once: one runs while the next is on its way. */
const UNDER_WAY = 2;
/** Milliseconds that one parcel should take: others wait for a run of it at most. */
const PARCEL_TIME = 25;
/** An idle process is given what there is once that is work for so many milliseconds, or so many samples. */
const LEAST_TIME = 2;
const LEAST_ROWS = 256;
/** Rows of one stack. */
const MOST_ROWS = 256;
/** Samples and bytes that wait for others of their shape. */
const MOST_WAITING = 4096;
const MOST_BYTES = 64 * 2 ** 20;
/** So many samples refused and none predicted: it is the model that does not work. */
const MOST_REFUSED = 20;
/** NaN comes from the sample more often than from the weights, and data may be sorted. */
const MOST_NON_FINITE = 1000;
/** Samples of the first parcel, which tells how long the model takes. */
const FEW = 8;

/** Milliseconds for one element, as last measured, by model file and engine: the next survey begins with it. */
const paces = new WeakMap<Compute, Map<string, number>>();

export function batcher({ compute, source, packs, signal, predicted, refused }: BatcherOptions): Batcher {
  const measured = paces.get(compute) ?? new Map<string, number>();
  paces.set(compute, measured);
  const name = `${source.engine ?? ''} ${source.path}`;
  const groups = new Map<string, Group>();
  let [waiting, elements, bytes, underWay] = [0, 0, 0, 0];
  let failure: Error | null = null;
  let ending = false;
  /** Milliseconds for one element; null before the second parcel of a model that was not seen before. */
  let pace = measured.get(name) ?? null;
  /** When the process will have done what it was given: it should not wait until this thread hears of it. */
  let busyUntil = 0;
  let [answered, refusals] = [0, 0];
  let refusal: UserError | null = null;
  let wake: (() => void) | null = null;

  const full = (): boolean => waiting >= MOST_WAITING || bytes >= MOST_BYTES;
  /** Whether what waits is worth sending; the more waits, the larger the stacks. */
  const worthwhile = (): boolean => {
    if (waiting === 0) return false;
    if (ending || full()) return true;
    if (pace === null) return underWay === 0 && waiting >= FEW;
    const time = pace * elements;
    const idle = underWay === 0 || performance.now() >= busyUntil;
    return time >= PARCEL_TIME || (idle && (time >= LEAST_TIME || waiting >= LEAST_ROWS));
  };

  /** The largest stacks first, until they are enough. */
  const parcel = (): readonly (readonly Encoded[])[] => {
    const stacks: Encoded[][] = [];
    let room = pace === null ? FEW : PARCEL_TIME / pace;
    const largest = [...groups].sort(([, a], [, b]) => b.rows.length - a.rows.length);
    for (const [shape, { rows, elements: each, bytes: size }] of largest) {
      const cost = pace === null ? 1 : each;
      while (rows.length > 0 && room > 0) {
        const most = packs ? Math.min(MOST_ROWS, Math.max(1, Math.floor(room / cost))) : 1;
        const taken = rows.splice(0, most);
        stacks.push(taken);
        room -= cost * taken.length;
        waiting -= taken.length;
        elements -= each * taken.length;
        bytes -= size * taken.length;
      }
      if (rows.length === 0) groups.delete(shape);
      if (room <= 0) break;
    }
    return stacks;
  };

  const pump = (): void => {
    while (underWay < UNDER_WAY && failure === null && worthwhile()) {
      underWay += 1;
      void send(parcel()).then(
        () => settle(),
        (error: unknown) => {
          failure ??= error instanceof Error ? error : new Error(String(error));
          settle();
        },
      );
    }
  };
  const settle = (): void => {
    underWay -= 1;
    pump();
    wake?.();
  };

  const send = async (given: readonly (readonly Encoded[])[]): Promise<void> => {
    const rows = given.flat();
    try {
      const began = performance.now();
      const size = rows.reduce((sum, row) => sum + elementsOf(row), 0);
      busyUntil = Math.max(busyUntil, began) + (pace ?? 0) * size;
      const result = await compute.forward(
        { model: source, stacks: pack(given.map((stack) => stack.map(({ feeds }) => feeds))) },
        { signal },
      );
      // Two parcels under way wait for each other: the model's own time tells more than the clock.
      const spent = Math.min(result.modelMilliseconds, performance.now() - began);
      const each = spent / size;
      if (answered > 0) {
        pace = pace === null ? each : 0.7 * pace + 0.3 * each;
        measured.set(name, pace);
      }
      answered += 1;
      predicted(rows, result);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const [only] = rows;
      // Something is refused, or too large together: each by itself says which.
      if (rows.length > 1 || only === undefined) for (const row of rows) await send([[row]]);
      else {
        refusal ??= error;
        refusals += 1;
        if (answered === 0 && refusals >= (error.code.startsWith('non-finite') ? MOST_NON_FINITE : MOST_REFUSED))
          throw noneOf(refusals, error);
        await refused(only, error);
      }
    }
  };

  const progressed = (): Promise<void> =>
    new Promise((resolve) => {
      wake = () => {
        wake = null;
        resolve();
      };
    });
  const emptied = async (): Promise<void> => {
    while (full() && failure === null) await progressed();
    check();
  };
  const check = (): void => {
    if (failure !== null) throw failure;
  };
  return {
    add(row) {
      check();
      const shape = shapeOf(row.feeds);
      let group = groups.get(shape);
      if (group === undefined) {
        group = { rows: [], elements: elementsOf(row), bytes: bytesOf(row.feeds) };
        groups.set(shape, group);
      }
      group.rows.push(row);
      waiting += 1;
      elements += group.elements;
      bytes += group.bytes;
      pump();
      return full() ? emptied() : undefined;
    },
    async end() {
      ending = true;
      pump();
      while (underWay > 0) await progressed();
      check();
      if (answered === 0 && refusal !== null) throw noneOf(refusals, refusal);
    },
  };
}

/** What is said of one sample is true of all that were tried. */
function noneOf(count: number, { code, what, where, next }: UserError): UserError {
  if (count === 1) return new UserError(code, what, { ...(where && { where }), ...(next && { next }) });
  const tried = `None of the first ${count} samples could be predicted`;
  return new UserError(code, `${tried}: ${what}`, { ...(where && { where }), ...(next && { next }) });
}

function shapeOf(feeds: Feeds): string {
  let shape = '';
  for (const name in feeds) shape += `${(feeds[name] as Tensor).dims.join()};`;
  return shape;
}

function elementsOf({ feeds }: Encoded): number {
  let count = 1;
  for (const name in feeds) count += sizeOf((feeds[name] as Tensor).dims);
  return count;
}

function bytesOf(feeds: Feeds): number {
  let bytes = 64;
  for (const name in feeds) {
    const { data } = feeds[name] as Tensor;
    bytes += Array.isArray(data) ? 32 * data.length : data.byteLength;
  }
  return bytes;
}
