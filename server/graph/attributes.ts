/** Reading and making node attributes. */
import type { Attribute, Graph, Node, Tensor } from './types';

export const int = (value: number): Attribute => ({ type: 'int', value });
export const float = (value: number): Attribute => ({ type: 'float', value });
export const text = (value: string): Attribute => ({ type: 'string', value });
export const ints = (value: readonly number[]): Attribute => ({ type: 'ints', value });
export const strings = (value: readonly string[]): Attribute => ({ type: 'strings', value });
export const floats = (value: readonly number[]): Attribute => ({ type: 'floats', value });
export const tensorAttribute = (value: Tensor): Attribute => ({ type: 'tensor', value });
export const subgraph = (value: Graph): Attribute => ({ type: 'graph', value });

/** Integer or float attribute. */
export function numberOf(node: Node, name: string): number | undefined;
export function numberOf(node: Node, name: string, fallback: number): number;
export function numberOf(node: Node, name: string, fallback?: number): number | undefined {
  const attribute = node.attributes[name];
  return attribute?.type === 'int' || attribute?.type === 'float' ? attribute.value : fallback;
}

export function textOf(node: Node, name: string): string | undefined;
export function textOf(node: Node, name: string, fallback: string): string;
export function textOf(node: Node, name: string, fallback?: string): string | undefined {
  const attribute = node.attributes[name];
  return attribute?.type === 'string' ? attribute.value : fallback;
}

/** Integer or float list attribute. */
export function numbersOf(node: Node, name: string): readonly number[] | undefined {
  const attribute = node.attributes[name];
  return attribute?.type === 'ints' || attribute?.type === 'floats' ? attribute.value : undefined;
}

export function stringsOf(node: Node, name: string): readonly string[] | undefined {
  const attribute = node.attributes[name];
  return attribute?.type === 'strings' ? attribute.value : undefined;
}

export function tensorOf(node: Node, name: string): Tensor | undefined {
  const attribute = node.attributes[name];
  return attribute?.type === 'tensor' ? attribute.value : undefined;
}

export function graphOf(node: Node, name: string): Graph | undefined {
  const attribute = node.attributes[name];
  return attribute?.type === 'graph' ? attribute.value : undefined;
}
