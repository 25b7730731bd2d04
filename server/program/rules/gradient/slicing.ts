/** Slice and Pad. */
import { int, textOf } from '../../../graph/attributes';
import type { GraphBuilder } from '../../../graph/builder';
import type { Node, Value } from '../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../types';
import { again, axisOf, constantInts, rankOf, scatterBack, shapeOf, size } from '../../shapes';
import { inputOf, only, outputOf } from '../common';

const slice: RelevanceRule = (node, r, b) => {
  const x = inputOf(node, 0);
  return [
    contiguous(b, node, x, only(r)) ??
      scatterBack(b, only(r), x, (indices) => again(b, node, [indices, ...node.inputs.slice(1)])),
  ];
};

/** Steps of 1 with constant starts: zeros before and behind; undefined for any other slice. */
function contiguous(b: GraphBuilder, node: Node, x: Value, r: Value): Value | undefined {
  const rank = rankOf(b, x);
  const starts = constantInts(b, inputOf(node, 1));
  const axes = inputOf(node, 3) === '' ? starts?.map((_, axis) => axis) : constantInts(b, inputOf(node, 3));
  const steps = inputOf(node, 4) === '' ? starts?.map(() => 1) : constantInts(b, inputOf(node, 4));
  if (starts === undefined || axes === undefined || steps?.every((step) => step === 1) !== true) return undefined;
  const own = axes.map((axis) => axisOf(axis, rank));
  const befores: (number | Value)[] = [];
  for (const [index, axis] of own.entries()) {
    const start = starts[index] as number;
    const dim = shapeOf(b, x)?.[axis];
    if (typeof dim === 'number') befores.push(Math.min(dim, Math.max(0, start < 0 ? start + dim : start)));
    else if (start >= 0) befores.push(b.op('Min', [b.indices([start]), size(b, x, axis)]));
    else befores.push(b.op('Max', [b.indices([0]), b.op('Add', [size(b, x, axis), b.indices([start])])]));
  }
  return padTo(b, r, outputOf(node), x, own, befores);
}

/**
 * Puts `r`, shaped like `y`, into zeros shaped like `x`, `befores` elements from the start of each axis. Pads are
 * given for all axes: ONNX Runtime (1.30) forgets which ones are meant when it moves a Pad before a Transpose.
 */
export function padTo(
  b: GraphBuilder,
  r: Value,
  y: Value,
  x: Value,
  axes: readonly number[],
  befores: readonly (number | Value)[],
): Value {
  const knowns = axes.map((axis, index) => {
    const [from, to, before] = [shapeOf(b, y)?.[axis], shapeOf(b, x)?.[axis], befores[index]];
    if (typeof before !== 'number') return undefined;
    if (typeof from === 'number' && typeof to === 'number') return [before, to - before - from] as const;
    return from !== undefined && from === to && before === 0 ? ([0, 0] as const) : undefined;
  });
  const rank = rankOf(b, x);
  if (knowns.every((known) => known !== undefined)) {
    if (knowns.every(([before, after]) => before === 0 && after === 0)) return r;
    const pads = new Array<number>(2 * rank).fill(0);
    knowns.forEach(([before, after], index) => {
      const axis = axes[index] as number;
      pads[axis] = before;
      pads[axis + rank] = after;
    });
    return b.op('Pad', [r, b.indices(pads)]);
  }
  const before = befores.map((value) => (typeof value === 'number' ? b.indices([value]) : value));
  const after = axes.map((axis, index) =>
    b.op('Sub', [b.op('Sub', [size(b, x, axis), size(b, y, axis)]), before[index] as Value]),
  );
  const none = b.indices([0]);
  const all = (parts: readonly Value[]): Value[] =>
    Array.from({ length: rank }, (_, axis) => parts[axes.indexOf(axis)] ?? none);
  return b.op('Pad', [r, b.op('Concat', [...all(before), ...all(after)], { axis: int(0) })]);
}

const pad: RelevanceRule = (node, r, b) => {
  const [x, pads, , axes] = [inputOf(node, 0), inputOf(node, 1), inputOf(node, 2), inputOf(node, 3)];
  const rest = axes === '' ? [] : ['', axes];
  if (textOf(node, 'mode', 'constant') === 'constant') {
    const constant = constantInts(b, pads);
    // Negative pads cut: what was padded is cut off, what was cut off gets zeros.
    const back = constant === undefined ? b.op('Neg', [pads]) : b.indices(constant.map((amount) => 0 - amount));
    return [b.op('Pad', [only(r), back, ...rest])];
  }
  return [scatterBack(b, only(r), x, (indices) => again(b, node, [indices, pads, ...rest]))];
};

export const slicingRules: readonly RuleEntry[] = [
  { ops: ['Slice'], rule: slice },
  { ops: ['Pad'], rule: pad },
];
