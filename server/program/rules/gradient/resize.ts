/** Resize: separable, so its transpose is one matrix per resized axis, made by resizing an identity. */
import { numbersOf, textOf } from '../../../graph/attributes';
import type { GraphBuilder } from '../../../graph/builder';
import { f32 } from '../../../graph/tensor';
import type { Node, Value } from '../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../types';
import { axisOf, constantInts, rankOf, shapeOf, size } from '../../shapes';
import { applyAlong, identityOf } from '../axis-matrix';
import { inputOf, only, outputOf } from '../common';

const resize: RelevanceRule = (node, r, b) => {
  const x = inputOf(node, 0);
  const rank = rankOf(b, x);
  let result = only(r);
  for (const axis of resizedAxes(b, node, rank))
    result = applyAlong(b, result, axis, matrixOf(b, node, axis, rank), rank);
  return [result];
};

/** Axes whose size may change; last first, where the product needs no transposition. */
function resizedAxes(b: GraphBuilder, node: Node, rank: number): number[] {
  const axes = (numbersOf(node, 'axes') ?? Array.from({ length: rank }, (_, axis) => axis)).map((axis) =>
    axisOf(axis, rank),
  );
  const scales = constantInts(b, inputOf(node, 2));
  const [from, to] = [shapeOf(b, inputOf(node, 0)), shapeOf(b, outputOf(node))];
  const resized = axes.filter((axis, index) => {
    if (scales !== undefined && scales.length > 0) return scales[index] !== 1;
    return from?.[axis] === undefined || from[axis] !== to?.[axis];
  });
  return resized.toSorted((p, q) => q - p);
}

/** What the node makes of an identity along one axis: [size of x, size of y]. */
function matrixOf(b: GraphBuilder, node: Node, axis: number, rank: number): Value {
  const { axes, ...attributes } = node.attributes;
  const position =
    axes === undefined ? axis : (numbersOf(node, 'axes') ?? []).findIndex((at) => axisOf(at, rank) === axis);
  const pick = (list: Value): Value => b.op('Slice', [list, b.indices([position]), b.indices([position + 1])]);
  const scales = inputOf(node, 2);
  // Two leading ones: engines interpolate linearly in two or three axes of four or five.
  const picture = b.op('Unsqueeze', [identityOf(b, inputOf(node, 0), axis), b.indices([0, 1])]);
  const hasScales = scales !== '' && b.constantOf(scales)?.data.length !== 0;
  const rest = hasScales
    ? ['', b.op('Concat', [b.constant(f32([1, 1, 1])), pick(scales)], { axis: { type: 'int', value: 0 } })]
    : ['', '', sizesOf(b, node, axis, outputOf(node))];
  const resized = b.op('Resize', [picture, ...rest], attributes);
  return b.op('Squeeze', [resized, b.indices([0, 1])]);
}

function sizesOf(b: GraphBuilder, node: Node, axis: number, y: Value): Value {
  const own = size(b, inputOf(node, 0), axis);
  const one = b.indices([1]);
  return b.op('Concat', [one, one, own, size(b, y, axis)], { axis: { type: 'int', value: 0 } });
}

function refuses(node: Node): string | null {
  const mode = textOf(node, 'coordinate_transformation_mode', '');
  if (mode === 'tf_crop_and_resize') return 'with a region of interest';
  return textOf(node, 'keep_aspect_ratio_policy', 'stretch') === 'stretch' ? null : 'with keep_aspect_ratio_policy';
}

export const resizeRules: readonly RuleEntry[] = [{ ops: ['Resize'], rule: resize, refuses }];
