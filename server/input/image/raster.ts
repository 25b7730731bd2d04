/** Pictures as bytes. */

/** Row-major, channels last, one byte each. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/** Luma of ITU-R 601 in 16-bit fixed point, as Pillow's mode `L`. */
export function toGray(raster: Raster): Raster {
  if (raster.channels === 1) return raster;
  const data = new Uint8Array(raster.width * raster.height);
  for (let pixel = 0, at = 0; pixel < data.length; pixel++, at += 3)
    data[pixel] =
      ((raster.data[at] as number) * 19595 +
        (raster.data[at + 1] as number) * 38470 +
        (raster.data[at + 2] as number) * 7471 +
        0x8000) >>
      16;
  return { ...raster, channels: 1, data };
}

export function toRgb(raster: Raster): Raster {
  if (raster.channels === 3) return raster;
  const data = new Uint8Array(raster.data.length * 3);
  for (let pixel = 0; pixel < raster.data.length; pixel++)
    data.fill(raster.data[pixel] as number, pixel * 3, pixel * 3 + 3);
  return { ...raster, channels: 3, data };
}

/**
 * Window of the given size whose top left corner is at (left, top); what lies outside is black.
 */
export function window(raster: Raster, left: number, top: number, width: number, height: number): Raster {
  const { channels } = raster;
  const data = new Uint8Array(width * height * channels);
  const from = Math.max(0, left);
  const to = Math.min(raster.width, left + width);
  for (let y = Math.max(0, -top); y < height && y + top < raster.height && to > from; y++) {
    const source = ((y + top) * raster.width + from) * channels;
    data.set(raster.data.subarray(source, source + (to - from) * channels), (y * width + from - left) * channels);
  }
  return { width, height, channels, data };
}

/** For screens. */
export function toRgba(raster: Raster): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(raster.width * raster.height * 4).fill(255);
  for (let pixel = 0; pixel < raster.width * raster.height; pixel++)
    for (let channel = 0; channel < 3; channel++)
      rgba[pixel * 4 + channel] = raster.data[pixel * raster.channels + (channel % raster.channels)] as number;
  return rgba;
}
