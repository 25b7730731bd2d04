/** MaxPool: the window's first maximum takes all; ONNX Runtime's indices are global and first-maximum. */
import { int } from '../../../graph/attributes';
import type { Attribute } from '../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../types';
import { reshape, reshapeLike, scatterAdd, zerosLike } from '../../shapes';
import { inputOf, only } from '../common';

const maxPool: RelevanceRule = (node, r, b) => {
  const x = inputOf(node, 0);
  // A pooling of its own: the forward one stays without indices, in the engine's blocked layout.
  const attributes: Record<string, Attribute> = { ...node.attributes, storage_order: int(0) };
  const [, indices] = b.ops('MaxPool', [x], 2, attributes) as [string, string];
  const flat = (value: string): string => reshape(b, value, [-1]);
  const placed = b.op('ScatterElements', [flat(zerosLike(b, x)), flat(indices), flat(only(r))], scatterAdd(0));
  return [reshapeLike(b, placed, x)];
};

export const maxPoolRules: readonly RuleEntry[] = [{ ops: ['MaxPool'], rule: maxPool }];
