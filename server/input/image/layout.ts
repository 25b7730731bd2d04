/** How a model's input holds pixels. */
import { UserError } from '../../errors';
import type { Dim } from '../../graph/types';
import type { ImageInputConfig } from '../../workspace/types';
import { describeInput } from '../model-input';
import type { InputSpec } from '../model-input';

export interface Layout {
  readonly order: 'NCHW' | 'NHWC';
  readonly channels: 1 | 3;
  /** Null where the model takes any size. */
  readonly width: number | null;
  readonly height: number | null;
  /** The tensor's shape for a picture of a size, batch 1. */
  readonly dims: (width: number, height: number) => readonly number[];
}

/**
 * Reads [N, C, H, W], [N, H, W, C], [N, H, W] (one channel) and [N, pixels] (one square channel).
 * @throws UserError `wrong-input-shape`, `wrong-channels`, `several-inputs`.
 */
export function layoutOf(
  inputs: readonly InputSpec[],
  config: ImageInputConfig,
): Layout & { readonly input: InputSpec } {
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0)
    throw new UserError('several-inputs', `an image model reads one input, this one has ${inputs.length}`, {
      where: inputs.map(describeInput).join('; '),
      next: 'give tensors instead of a picture',
    });
  const shape = input.type.shape;
  if (input.type.dtype === 'string' || shape === undefined) throw wrongShape(input);
  switch (shape.length) {
    case 4:
      return { input, ...planes(shape, input, config) };
    case 3:
      return {
        input,
        order: 'NCHW',
        channels: 1,
        height: size(shape[1]),
        width: size(shape[2]),
        dims: (width, height) => [1, height, width],
      };
    case 2: {
      const side = Math.sqrt(typeof shape[1] === 'number' ? shape[1] : NaN);
      const given =
        config.resize !== undefined && config.resize !== false && 'width' in config.resize ? config.resize : null;
      if (given === null && !Number.isInteger(side)) throw wrongShape(input);
      return {
        input,
        order: 'NCHW',
        channels: 1,
        height: given?.height ?? side,
        width: given?.width ?? side,
        dims: (width, height) => [1, height * width],
      };
    }
    default:
      throw wrongShape(input);
  }
}

function planes(shape: readonly Dim[], input: InputSpec, config: ImageInputConfig): Layout {
  const order = config.layout ?? guessOrder(shape);
  const [c, h, w] = order === 'NCHW' ? [shape[1], shape[2], shape[3]] : [shape[3], shape[1], shape[2]];
  const channels = typeof c === 'number' ? c : config.colour === 'gray' ? 1 : 3;
  if (channels !== 1 && channels !== 3)
    throw new UserError('wrong-channels', `the model reads ${channels} channels, a picture has 1 or 3`, {
      where: `${describeInput(input)}, read as ${order}`,
      next: `set "layout" to ${order === 'NCHW' ? '"NHWC"' : '"NCHW"'} if the channels are elsewhere, or give a tensor`,
    });
  return {
    order,
    channels,
    height: size(h),
    width: size(w),
    dims: (width, height) => (order === 'NCHW' ? [1, channels, height, width] : [1, height, width, channels]),
  };
}

/** Channels last only where the last axis looks like channels and the second does not. */
function guessOrder(shape: readonly Dim[]): 'NCHW' | 'NHWC' {
  const few = (dim: Dim | undefined): boolean => dim === 1 || dim === 3;
  return few(shape[3]) && !few(shape[1]) ? 'NHWC' : 'NCHW';
}

function size(dim: Dim | undefined): number | null {
  return typeof dim === 'number' && dim > 0 ? dim : null;
}

function wrongShape(input: InputSpec): UserError {
  return new UserError('wrong-input-shape', 'this input does not hold a picture', {
    where: describeInput(input),
    next: 'image models read [batch, channels, height, width] or [batch, height, width, channels]',
  });
}
