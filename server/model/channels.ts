/**
 * Keras and TensorFlow keep channels last, the Graph's convolutions want them first. Values are carried in whichever
 * order they were made in, and transposed where somebody needs the other: once at the ends of a convolutional
 * stretch, never inside it.
 */
import { ints } from '../graph/attributes';
import type { GraphBuilder } from '../graph/builder';
import type { Dim, Value } from '../graph/types';

/** A tensor of the model: its axes are meant as the model counts them, whatever the value's own order is. */
export interface Carried {
  readonly value: Value;
  /** The value is [batch, channels, …spatial] and the model says [batch, …spatial, channels]. */
  readonly first: boolean;
}

export interface Channels {
  /** The value in the model's order. */
  last(tensor: Carried): Value;
  /** The value with the last axis moved behind the batch. */
  first(tensor: Carried): Value;
  /** The value in the order that was asked for. */
  as(tensor: Carried, first: boolean): Value;
  /** Sizes in the model's order; undefined where even the rank is unknown. */
  shape(tensor: Carried): readonly Dim[] | undefined;
}

export function channels(b: GraphBuilder): Channels {
  const other = new Map<Value, Value>();
  const move = (value: Value, toFirst: boolean): Value => {
    const known = other.get(value);
    if (known !== undefined) return known;
    const rank = b.type(value)?.shape?.length ?? 0;
    if (rank < 3) return value;
    const moved = b.op('Transpose', [value], { perm: ints(permutation(rank, toFirst)) });
    other.set(value, moved);
    other.set(moved, value);
    return moved;
  };
  const as = (tensor: Carried, first: boolean): Value =>
    tensor.first === first ? tensor.value : move(tensor.value, first);
  return {
    as,
    last: (tensor) => as(tensor, false),
    first: (tensor) => as(tensor, true),
    shape: (tensor) => {
      const shape = b.type(tensor.value)?.shape;
      if (shape === undefined || !tensor.first || shape.length < 3) return shape;
      return [shape[0] as Dim, ...shape.slice(2), shape[1] as Dim];
    },
  };
}

/** Moves the last axis behind the batch, or back. */
export function permutation(rank: number, toFirst: boolean): readonly number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return toFirst ? [0, rank - 1, ...axes.slice(1, -1)] : [0, ...axes.slice(2), 1];
}
