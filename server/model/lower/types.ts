/** How nodes of any operator set become nodes of the canonical one. */
import type { GraphBuilder } from '../../graph/builder';
import type { Attribute, Node, Tensor, Value, ValueType } from '../../graph/types';

/** What a lowering may use. Input names of its node are already those of the new Graph. */
export interface LowerContext {
  readonly b: GraphBuilder;
  /** Version of the operator set the node is written in. */
  readonly version: number;
  type(value: Value): ValueType | undefined;
  /** Elements of a value that are known at import, as numbers. */
  numbers(value: Value): readonly number[] | undefined;
  constant(value: Value): Tensor | undefined;
  /** Adds a node with this node's name and outputs; returns the outputs. */
  emit(node: Node): readonly Value[];
  /** Adds a helper node with one output, named after the node being lowered. */
  op(op: string, inputs: readonly Value[], attributes?: Readonly<Record<string, Attribute>>): Value;
  /** Something a person should know about the model. */
  note(text: string): void;
  /** The node that makes a value of the new Graph. */
  producer(value: Value): Node | undefined;
  /** What is known of class scores: recorded by classifiers, used to find the logits. */
  readonly scores: Map<Value, Scores>;
  /** Lowers further nodes in place (bodies of functions and branches); returns the values of `outputs`. */
  inline(
    nodes: readonly Node[],
    outputs: readonly Value[],
    bindings: ReadonlyMap<Value, Value>,
    prefix: string,
  ): Value[];
}

/** Scores of classes: their names, and the logits they come from. */
export interface Scores {
  readonly labels: readonly string[] | null;
  /** `none` where the scores are all there is. */
  readonly activation: 'softmax' | 'sigmoid' | 'none';
  /** Value before the activation; the scores themselves for `none`. */
  readonly logits: Value;
  readonly onlyProbabilities: boolean;
  /** A regressor made them: quantities, not scores. */
  readonly quantities?: true;
}

/** One line of the lowering table: returns the values of the node's outputs, or undefined to keep it as it is. */
export interface Lowering {
  readonly ops: readonly string[];
  readonly domain: string;
  /** One sentence: what differs from the canonical operator set. */
  readonly doc: string;
  lower(node: Node, context: LowerContext): readonly Value[] | undefined;
}

/** The node with some attributes left out or replaced. */
export function withAttributes(
  node: Node,
  drop: readonly string[],
  set: Readonly<Record<string, Attribute>> = {},
): Node {
  const kept = Object.entries(node.attributes).filter(([name]) => !drop.includes(name));
  return { ...node, attributes: { ...Object.fromEntries(kept), ...set } };
}
