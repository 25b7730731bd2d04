/** Cases of the operator test: one node, some inputs that vary, the rest constants. */
import type { Attribute, Tensor } from '../../../../server/graph/types';

/** An input with respect to which the gradient is checked. */
export interface Varying {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

export interface Case {
  readonly op: string;
  /** What is special about the configuration; unique per operator. */
  readonly name: string;
  /** In order; null is an absent optional input. */
  readonly inputs: readonly (Varying | Tensor | null)[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Outputs of the node; those of `used` go into S (the first, if not said). */
  readonly outputs?: number;
  readonly used?: readonly number[];
  /** Needs sizes at compile time: not run with free sizes. */
  readonly fixedSizes?: true;
  /** ONNX Runtime lacks this configuration: why, in a few words. */
  readonly engineLacks?: string;
}

/** Deterministic numbers in (low, high), all different, none near a kink that the case does not ask for. */
export function vary(dims: readonly number[], low = -1, high = 1, seed = 1): Varying {
  const length = dims.reduce((product, dim) => product * dim, 1);
  let state = (seed * 2654435761) >>> 0;
  const data = Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + ((high - low) * ((state >>> 8) + 0.5)) / 2 ** 24;
  });
  return { dims, data };
}

/** Given numbers as a varying input. */
export function at(dims: readonly number[], data: readonly number[]): Varying {
  return { dims, data };
}

/** A float32 constant with such numbers. */
export function weights(dims: readonly number[], low = -1, high = 1, seed = 7): Tensor {
  return { dtype: 'float32', dims, data: Float32Array.from(vary(dims, low, high, seed).data) };
}
