/** Pictures as Pillow and the Hugging Face image processors read them (numbers made by pillow.py). */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import { createImageEncoder, parsePreprocessorConfig } from '../../../server/input';
import { decodePicture } from '../../../server/input/image/decode';
import type { Raster } from '../../../server/input/image/raster';
import { toRgb } from '../../../server/input/image/raster';
import { resize } from '../../../server/input/image/resample';
import type { Filter } from '../../../server/input/image/resample';
import type { Files } from '../../../server/dataset';

interface Reference {
  readonly resampled: readonly {
    readonly filter: Filter;
    readonly width: number;
    readonly height: number;
    readonly channels: 1 | 3;
    readonly to: readonly [number, number];
    readonly data: string;
  }[];
  readonly pictures: readonly {
    readonly name: string;
    readonly exact: boolean;
    readonly file: string;
    readonly width: number;
    readonly height: number;
    readonly rgb: string;
  }[];
  readonly processors: readonly {
    readonly config: Readonly<Record<string, unknown>>;
    readonly width: number;
    readonly height: number;
    readonly shape: readonly number[];
    readonly values: string;
  }[];
}

const reference = JSON.parse(readFileSync(new URL('pillow.json', import.meta.url), 'utf8')) as Reference;
const noFiles: Files = { read: () => Promise.reject(new Error('no files')) };

/** The picture of `pattern` in pillow.py. */
function pattern(width: number, height: number, channels: 1 | 3): Raster {
  const data = new Uint8Array(width * height * channels);
  let state = 1n;
  let at = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) {
        state = (state * 1103515245n + 12345n) % 2n ** 31n;
        const edge = (Math.floor(x / 5) + Math.floor(y / 7) + c) % 2 === 1 ? 90 : 0;
        data[at++] = (x * 3 + y * 5 + c * 40 + edge + Number(state / 2n ** 25n)) % 256;
      }
  return { width, height, channels, data };
}

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(actual.length, expected.length);
  let largest = 0;
  for (let at = 0; at < actual.length; at++)
    largest = Math.max(largest, Math.abs((actual[at] ?? NaN) - (expected[at] ?? NaN)));
  return largest;
}

for (const { filter, width, height, channels, to, data } of reference.resampled)
  test(`${filter}, ${width}×${height}×${channels} to ${to.join('×')}: every byte is Pillow's`, () => {
    const resized = resize(pattern(width, height, channels), to[0], to[1], filter);
    assert.equal(largestDifference(resized.data, bytesOf(data)), 0);
  });

for (const { name, exact, file, width, height, rgb } of reference.pictures)
  test(`${name} decodes ${exact ? 'exactly' : 'within two levels'}`, async () => {
    const raster = toRgb(await decodePicture(bytesOf(file), { exifOrientation: false, name }));
    assert.deepEqual([raster.width, raster.height], [width, height]);
    assert.ok(largestDifference(raster.data, bytesOf(rgb)) <= (exact ? 0 : 2));
  });

for (const { config, width, height, shape, values } of reference.processors)
  test(`${String(config['image_processor_type'])} ${JSON.stringify(config['size'])}: tensor within one level`, async () => {
    const input = { name: 'pixel_values', type: { dtype: 'float32', shape: ['batch', ...shape] } } as const;
    const encoder = await createImageEncoder(parsePreprocessorConfig(config), [input], noFiles);
    const png = new PNG({ width, height });
    const rgb = pattern(width, height, 3).data;
    for (let pixel = 0; pixel < width * height; pixel++)
      png.data.set([...rgb.subarray(pixel * 3, pixel * 3 + 3), 255], pixel * 4);
    const sample = await encoder.encode(PNG.sync.write(png), null);
    const tensor = sample.feeds['pixel_values'];
    assert.deepEqual(tensor?.dims, [1, ...shape]);
    const wanted = new Float32Array(bytesOf(values).buffer);
    const std = config['image_std'] as readonly number[];
    assert.ok(largestDifference(tensor.data as Float32Array, wanted) <= 1 / 255 / Math.min(...std) + 1e-5);
  });
