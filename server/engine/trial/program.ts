/** What an engine is tried with: the forward pass of a small network, and a transposed convolution as gradients have. */
import { float, ints } from '../../graph/attributes';
import { GraphBuilder } from '../../graph/builder';
import { f32, sizeOf } from '../../graph/tensor';
import type { Tensor } from '../../graph/types';
import type { Program } from '../../program/types';

export interface TrialSize {
  readonly side: number;
  readonly channels: number;
  readonly hidden: number;
}

/** Checked in a moment, and large enough that reading in the wrong order shows. */
export const small: TrialSize = { side: 10, channels: 3, hidden: 5 };
/** Large enough for a device to be busy: about 0.3 · 10⁹ multiplications and additions. */
export const large: TrialSize = { side: 58, channels: 32, hidden: 64 };

const CLASSES = 7;

/** Numbers between −1 and 1 that differ from each other. */
const waves = (dims: readonly number[], step: number): Tensor =>
  f32(
    Float32Array.from({ length: sizeOf(dims) }, (_, at) => Math.sin(at * step)),
    dims,
  );

export function trialProgram({ side, channels, hidden }: TrialSize): Program {
  const b = new GraphBuilder('trial');
  const inner = side - 2;
  const x = b.input('x', 'float32', [1, channels, side, side]);
  const weights = b.constant(waves([hidden, channels, 3, 3], 0.7));
  const active = b.op('LeakyRelu', [b.op('Conv', [x, weights], { kernel_shape: ints([3, 3]) })], { alpha: float(0.1) });
  const back = b.op('ConvTranspose', [active, weights], { kernel_shape: ints([3, 3]) });
  const pooled = b.op('Reshape', [active, b.indices([hidden, inner * inner])]);
  const scores = b.op('MatMul', [pooled, b.constant(waves([inner * inner, CLASSES], 0.3))]);
  const graph = b.build([b.rename(b.op('Softmax', [scores]), 'probabilities'), b.rename(back, 'back')]);
  const spec = { kind: 'forward', head: 'linear', rules: 'gradient' } as const;
  return { graph, key: `trial-${side}`, spec, trace: [], twins: [] };
}

export const trialFeeds = ({ side, channels }: TrialSize): Record<string, Tensor> => ({
  x: waves([1, channels, side, side], 0.9),
});

/** Multiplications and additions of one run. */
export function operations({ side, channels, hidden }: TrialSize): number {
  const positions = (side - 2) ** 2;
  return 2 * hidden * positions * (2 * channels * 9 + CLASSES);
}
