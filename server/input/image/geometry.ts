/** Where a picture's pixels go: resize, centre crop, and the way back. */
import { UserError } from '../../errors';
import type { PixelFeatures } from '../../protocol';
import type { ImageInputConfig } from '../../workspace/types';
import type { Layout } from './layout';
import type { Raster } from './raster';
import { window } from './raster';
import { resize } from './resample';

export interface Placed {
  readonly raster: Raster;
  readonly placement: PixelFeatures['placement'];
}

/** Largest side a picture is resized to. */
const LARGEST_SIDE = 16_384;

/** @throws UserError `wrong-picture-size` when the result is not what the model reads. */
export function place(raster: Raster, config: ImageInputConfig, layout: Layout): Placed {
  const size = resized(raster, config, layout);
  const scaled = resize(raster, size.width, size.height, config.resample ?? 'bilinear');
  const crop = config.centerCrop === false ? undefined : config.centerCrop;
  const left = crop === undefined ? 0 : offset(size.width, crop.width);
  const top = crop === undefined ? 0 : offset(size.height, crop.height);
  const cut = crop === undefined ? scaled : window(scaled, left, top, crop.width, crop.height);
  checkSize(cut, layout);
  const scaleX = raster.width / size.width;
  const scaleY = raster.height / size.height;
  return { raster: cut, placement: { originX: left * scaleX, originY: top * scaleY, scaleX, scaleY } };
}

function resized(raster: Raster, config: ImageInputConfig, layout: Layout): { width: number; height: number } {
  const target = config.resize ?? defaultSize(raster, config, layout);
  if (target === false) return { width: raster.width, height: raster.height };
  const size = 'width' in target ? { width: target.width, height: target.height } : edges(raster, target.shortestEdge);
  for (const side of [size.width, size.height])
    if (!Number.isSafeInteger(side) || side < 1 || side > LARGEST_SIDE)
      throw new UserError('wrong-picture-size', `a picture cannot be resized to ${size.width} × ${size.height}`, {
        where: '"resize"',
        next: `sides are whole numbers from 1 to ${LARGEST_SIDE}`,
      });
  return size;
}

function defaultSize(
  raster: Raster,
  config: ImageInputConfig,
  layout: Layout,
): Exclude<ImageInputConfig['resize'], undefined> {
  if (config.centerCrop !== undefined && config.centerCrop !== false) return false;
  return { width: layout.width ?? raster.width, height: layout.height ?? raster.height };
}

/** The longer side is cut to a whole number, not rounded. */
function edges(raster: Raster, shortest: number): { width: number; height: number } {
  return raster.width <= raster.height
    ? { width: shortest, height: Math.trunc((shortest * raster.height) / raster.width) }
    : { width: Math.trunc((shortest * raster.width) / raster.height), height: shortest };
}

/** Left or top of a centred window; an odd pixel goes to the right or bottom, of the cut as of the border. */
function offset(size: number, crop: number): number {
  return Math.trunc((size - crop) / 2);
}

function checkSize(raster: Raster, layout: Layout): void {
  if ((layout.width ?? raster.width) === raster.width && (layout.height ?? raster.height) === raster.height) return;
  throw new UserError('wrong-picture-size', `the model reads ${layout.width ?? '?'} × ${layout.height ?? '?'} pixels`, {
    where: `preprocessing makes ${raster.width} × ${raster.height}`,
    next: 'correct "resize" and "centerCrop", or leave them out',
  });
}
