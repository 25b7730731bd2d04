/** TensorFlow graphs as the readers hand them on, and what one line of the table of operations says. */
import type { GraphBuilder } from '../../graph/builder';
import type { Attribute, Dim, Tensor, Value } from '../../graph/types';
import type { Carried, Channels } from '../channels';

/** An attribute; what a file says of it. */
export interface TfAttribute {
  readonly number?: number;
  readonly flag?: boolean;
  readonly text?: string;
  /** TensorFlow's number of a type. */
  readonly type?: number;
  /** Null for a free size; undefined where even the rank is free. */
  readonly shape?: readonly (number | null)[];
  readonly tensor?: Tensor;
  readonly numbers?: readonly number[];
  readonly texts?: readonly string[];
  /** Name of a function. */
  readonly func?: string;
}

export interface TfNode {
  readonly name: string;
  readonly op: string;
  /** `name`, `name:index`, `^name` for control; inside functions `name:output:index`. */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, TfAttribute>>;
}

export interface TfFunction {
  readonly name: string;
  readonly parameters: readonly string[];
  /** Values of the outputs, in order. */
  readonly results: readonly string[];
  readonly nodes: readonly TfNode[];
}

export interface TfGraph {
  readonly nodes: readonly TfNode[];
  readonly functions: readonly TfFunction[];
  /** Weights by the name of the node that holds them. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Placeholders and values by their public names; empty where no signature says. */
  readonly inputs: readonly { readonly name: string; readonly value: string }[];
  readonly outputs: readonly { readonly name: string; readonly value: string }[];
}

/** What an operation may use. */
export interface TfCall {
  readonly node: TfNode;
  readonly b: GraphBuilder;
  readonly channels: Channels;
  readonly inputs: readonly Carried[];
  /** An input in the model's order of axes. */
  value(index: number): Value;
  shape(index: number): readonly Dim[] | undefined;
  rank(index: number): number;
  /** Elements of a constant input. Throws a UserError when they are not known. */
  numbers(index: number): readonly number[];
  /** The constant that an input is; undefined when it is computed. */
  tensor(index: number): Tensor | undefined;
  number(attribute: string, fallback: number): number;
  list(attribute: string): readonly number[] | undefined;
  flag(attribute: string): boolean;
  text(attribute: string, fallback: string): string;
  op(op: string, inputs: readonly Value[], attributes?: Readonly<Record<string, Attribute>>): Value;
  /** A value in the model's order. */
  plain(value: Value): Carried;
  /** A UserError about this node. */
  refuse(what: string): Error;
}

export interface TfOperation {
  readonly ops: readonly string[];
  /** One sentence: what becomes of it. */
  readonly doc: string;
  readonly build: (call: TfCall) => Carried | readonly Carried[];
}
