/** Which keys each query of an attention sees. */
import { int, numberOf } from '../../graph/attributes';
import type { Node, Value } from '../../graph/types';
import type { LowerContext } from './types';

const LOWEST = -3.4028234663852886e38;

/** What may hide keys, '' where absent. */
export interface Masks {
  /** Of booleans: who is seen; of numbers: added to the scores. */
  readonly mask: Value;
  /** Keys of earlier steps, [batch, heads, steps, width]. */
  readonly pastKeys: Value;
  /** How many keys of each sample are no padding, [batch]. */
  readonly lengths: Value;
  /** All keys, [batch, heads, steps, width]. */
  readonly keys: Value;
}

export interface Seen {
  readonly scores: Value;
  /** Who is seen, where some query may see nobody; null where each sees somebody. */
  readonly allowed: Value | null;
}

/** Hides keys by the mask, by causality (query i sees keys 0 … i of its own step on), by windows, and by lengths. */
export function masked(scores: Value, masks: Masks, node: Node, context: LowerContext): Seen {
  const op = (name: string, inputs: readonly Value[]): Value => context.op(name, inputs);
  const mask = widened(masks, context);
  const isBoolean = context.type(mask)?.dtype === 'bool';
  const added = mask === '' || isBoolean ? scores : op('Add', [scores, mask]);
  const limits = [...(isBoolean ? [mask] : []), ...limitsOf(scores, masks, node, context)];
  if (limits.length === 0) return { scores: added, allowed: null };
  const allowed = limits.reduce((one, other) => op('And', [one, other]));
  const hidden = op('Where', [allowed, added, context.b.scalar(LOWEST)]);
  // A causal query sees at least itself.
  return { scores: hidden, allowed: isBoolean || masks.lengths !== '' ? allowed : null };
}

/** Softmax over the keys; a query that sees nobody gets zeros. */
export function weightsOf({ scores, allowed }: Seen, context: LowerContext): Value {
  const weights = context.op('Softmax', [scores], { axis: int(-1) });
  return allowed === null ? weights : context.op('Where', [allowed, weights, context.b.scalar(0)]);
}

/** Query i sees keys 0…i. */
export function causal(scores: Value, context: LowerContext): Value {
  const seen = context.op('LessOrEqual', [places(scores, 3, context), rows(scores, context)]);
  return context.op('Where', [seen, scores, context.b.scalar(LOWEST)]);
}

function limitsOf(scores: Value, { pastKeys, lengths }: Masks, node: Node, context: LowerContext): readonly Value[] {
  const op = (name: string, inputs: readonly Value[]): Value => context.op(name, inputs);
  const column = (value: Value): Value => op('Unsqueeze', [value, context.b.indices([1, 2, 3])]);
  const number = (value: number): Value =>
    context.b.constant({ dtype: 'int64', dims: [], data: BigInt64Array.of(BigInt(value)) });
  const keys = places(scores, 3, context);
  /** Place of each query among the keys. */
  const own = (): Value => {
    if (pastKeys !== '') return op('Add', [rows(scores, context), sizeOf(pastKeys, 2, context)]);
    if (lengths === '') return rows(scores, context);
    return op('Add', [rows(scores, context), op('Sub', [column(lengths), sizeOf(scores, 2, context)])]);
  };
  const limits: Value[] = [];
  if (numberOf(node, 'is_causal', 0) === 1) limits.push(op('LessOrEqual', [keys, own()]));
  const [left, right] = [numberOf(node, 'left_window_size', -1), numberOf(node, 'right_window_size', -1)];
  if (left >= 0) limits.push(op('LessOrEqual', [op('Sub', [own(), number(left)]), keys]));
  if (right >= 0) limits.push(op('LessOrEqual', [keys, op('Add', [own(), number(right)])]));
  if (lengths !== '') limits.push(op('Less', [keys, column(lengths)]));
  return limits;
}

/** A mask shorter than the keys hides the rest. */
function widened({ mask, keys }: Masks, context: LowerContext): Value {
  if (mask === '') return mask;
  const [has, wants] = [context.type(mask)?.shape?.at(-1), context.type(keys)?.shape?.[2]];
  if (has === wants || has === 1 || typeof has !== 'number' || typeof wants !== 'number') return mask;
  const isBoolean = context.type(mask)?.dtype === 'bool';
  const fill = isBoolean
    ? context.b.constant({ dtype: 'bool', dims: [], data: Uint8Array.of(0) })
    : context.b.scalar(LOWEST);
  const rank = context.type(mask)?.shape?.length ?? 1;
  const pads = Array.from({ length: 2 * rank }, (_, at) => (at === 2 * rank - 1 ? wants - has : 0));
  return context.op('Pad', [mask, context.b.indices(pads), fill]);
}

/** 0, 1, 2 … along one axis. */
function places(scores: Value, axis: number, context: LowerContext): Value {
  const [zero, one] = [0, 1].map((value) =>
    context.b.constant({ dtype: 'int64', dims: [], data: BigInt64Array.of(BigInt(value)) }),
  );
  return context.op('Range', [zero ?? '', sizeOf(scores, axis, context), one ?? '']);
}

const rows = (scores: Value, context: LowerContext): Value =>
  context.op('Unsqueeze', [places(scores, 2, context), context.b.indices([1])]);

/** Size of one axis as an int64 scalar. */
function sizeOf(x: Value, axis: number, context: LowerContext): Value {
  const vector = context.op('Shape', [x], { start: int(axis), end: int(axis + 1) });
  return context.op('Squeeze', [vector, context.b.indices([0])]);
}
