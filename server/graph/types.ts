/**
 * The Graph: ONNX operator semantics of one canonical operator set. Importers normalise to it, programs are
 * built in it, engines run it. Values are named by strings, as in ONNX. Everything is readonly: a pass
 * returns a new Graph (constants are shared, never copied).
 */

/** Operator set every Graph is written in: `''` at this version, `ai.onnx.ml` only before lowering. */
export const CANONICAL_OPSET = 21;

export type DType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool'
  | 'string';

/** Storage by dtype; `bool` is bytes of 0 and 1, `float16` the raw 16 bits. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | string[];

/** Dense row-major tensor. `data` may be a getter that reads a file on first use. */
export interface Tensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly data: TensorData;
  /** Where the same little-endian bytes lie on disk, if they do: lets an engine map them instead of copying. */
  readonly origin?: { readonly path: string; readonly offset: number; readonly length: number };
}

/** A known size, or a name: equal names are equal sizes (`batch`, `sequence`, made-up ones for unknown). */
export type Dim = number | string;

/** The batch dimension's name in every imported model. */
export const BATCH = 'batch';

export interface ValueType {
  readonly dtype: DType;
  /** Undefined only where even the rank is unknown. */
  readonly shape: readonly Dim[] | undefined;
  /** Elements of a small tensor of sizes (what Shape, Gather, Concat make), row-major, where inference knows them. */
  readonly contents?: readonly Dim[];
}

/** Name of a value in a Graph. `''` in a node's inputs is an absent optional input. */
export type Value = string;

export type Attribute =
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'ints'; readonly value: readonly number[] }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'tensor'; readonly value: Tensor }
  | { readonly type: 'graph'; readonly value: Graph };

export interface Node {
  /** Unique within the Graph; importers keep the model's own names, for messages. */
  readonly name: string;
  readonly op: string;
  /** `''` is ai.onnx. */
  readonly domain: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Topologically ordered. */
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<Value, Tensor>;
  /** Types of inputs, constants and node outputs, as far as known. */
  readonly types: ReadonlyMap<Value, ValueType>;
}
