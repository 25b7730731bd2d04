/** What one line of the operator table says. */
import type { Dim, DType, Graph, Node, ValueType } from '../types';

/** Elements known before running: numbers, or sizes by name. Row-major; bool as 0 and 1. */
export interface Known {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly data: ArrayLike<Dim>;
}

/** What an operator may ask about one of its nodes. */
export interface OperatorContext {
  readonly node: Node;
  /** Type of an input; undefined when it is absent or not known. */
  type(input: number): ValueType | undefined;
  shape(input: number): readonly Dim[] | undefined;
  /** Elements of an input, where they are known and few enough. */
  known(input: number): Known | undefined;
  /** Elements of an input that must all be numbers. */
  numbers(input: number): readonly number[] | undefined;
  /** Name for a size of an output that cannot be known. */
  fresh(axis: number, output?: number): Dim;
  /** Output types of a subgraph whose inputs have the given types. */
  inferGraph(graph: Graph, inputs: readonly (ValueType | undefined)[]): (ValueType | undefined)[];
}

export interface Operator {
  readonly ops: readonly string[];
  /** `''` is ai.onnx. */
  readonly domain: '' | 'ai.onnx.ml' | 'com.microsoft';
  /** One sentence: what the operator computes. */
  readonly doc: string;
  /** Types of the outputs, undefined where the operator cannot say. */
  infer(context: OperatorContext): (ValueType | undefined)[];
  /** The outputs' elements, where the inputs' elements are known. Given for what shape arithmetic uses. */
  fold?(context: OperatorContext): (Known | undefined)[] | undefined;
}
