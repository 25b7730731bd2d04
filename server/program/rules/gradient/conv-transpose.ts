/** ConvTranspose: its transpose is the Conv with the same weights. */
import { int, ints, numbersOf, textOf } from '../../../graph/attributes';
import type { GraphBuilder } from '../../../graph/builder';
import type { Node } from '../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../types';
import { rankOf, reduceSum } from '../../shapes';
import { inputOf, only, perInput } from '../common';
import { windowOf } from '../window';
import type { Window } from '../window';
import { kernelOf, refuseConv, spatialAxes } from './conv';

const convTranspose: RelevanceRule = (node, r, b, ctx) => {
  const [x, w] = [inputOf(node, 0), inputOf(node, 1)];
  const window = windowOf(b, node, x, kernelOf(b, w));
  return perInput(node, ctx, [
    () =>
      b.op('Conv', [only(r), w], {
        kernel_shape: ints(window.kernel),
        strides: ints(window.strides),
        dilations: ints(window.dilations),
        group: int(window.group),
        pads: ints(padsOf(node, window) ?? []),
      }),
    () => null,
    () => reduceSum(b, only(r), [0, ...spatialAxes(rankOf(b, x) - 2)], false),
  ]);
};

/** Pads as the node means them: `output_shape` and `auto_pad` state them indirectly. */
function padsOf(node: Node, window: Window): readonly number[] | undefined {
  const mode = textOf(node, 'auto_pad', 'NOTSET');
  const shape = numbersOf(node, 'output_shape')?.slice(-window.spatial);
  if (shape === undefined && mode === 'NOTSET') return numbersOf(node, 'pads') ?? window.kernel.flatMap(() => [0, 0]);
  if (shape === undefined && mode === 'VALID') return window.kernel.flatMap(() => [0, 0]);
  const extra = numbersOf(node, 'output_padding') ?? window.kernel.map(() => 0);
  const totals = window.kernel.map((kernel, axis) => {
    const stride = window.strides[axis] as number;
    const size = window.sizes[axis];
    const reach = (window.dilations[axis] as number) * (kernel - 1) + 1;
    if (shape === undefined) return Math.max(0, reach - stride + (extra[axis] as number));
    if (size === undefined) return undefined;
    return Math.max(0, stride * (size - 1) + (extra[axis] as number) + reach - (shape[axis] as number));
  });
  if (totals.includes(undefined)) return undefined;
  const small = (totals as number[]).map((total) => Math.floor(total / 2));
  const large = (totals as number[]).map((total) => Math.ceil(total / 2));
  return mode === 'SAME_UPPER' ? [...small, ...large] : [...large, ...small];
}

function refuses(node: Node, b: GraphBuilder, needed: (value: string) => boolean): string | null {
  const plain = { ...node, attributes: { ...node.attributes, auto_pad: { type: 'string', value: 'NOTSET' } } } as const;
  const reason = refuseConv(plain, b, needed);
  if (reason !== null) return reason;
  const window = windowOf(b, plain, inputOf(node, 0), kernelOf(b, inputOf(node, 1)));
  return padsOf(node, window) === undefined ? 'output_shape with a size that is not known' : null;
}

export const convTransposeRules: readonly RuleEntry[] = [{ ops: ['ConvTranspose'], rule: convTranspose, refuses }];
