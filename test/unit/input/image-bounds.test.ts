/** The smallest and largest numbers of a picture's elements: what black and white become, whatever the picture. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { PNG } from 'pngjs';
import { createImageEncoder } from '../../../server/input';
import type { Bounds } from '../../../server/input/types';
import type { ImageInputConfig } from '../../../server/workspace/types';
import { memoryFiles } from '../dataset/support';

/** A picture of 2 × 1 pixels, every channel of one pixel like the given byte. */
function picture(...bytes: readonly number[]): Uint8Array {
  const png = new PNG({ width: 2, height: 1 });
  bytes.forEach((byte, pixel) => png.data.set([byte, byte, byte, 255], pixel * 4));
  return PNG.sync.write(png);
}

async function boundsOf(
  shape: readonly (number | string)[],
  config: Partial<ImageInputConfig>,
  bytes: readonly [number, number] = [7, 200],
): Promise<Bounds & { readonly own: readonly number[] }> {
  const input = { name: 'x', type: { dtype: 'float32', shape } } as const;
  const encoder = await createImageEncoder({ kind: 'image', ...config }, [input], memoryFiles({}));
  const sample = await encoder.encode(picture(...bytes), null);
  const bounds = sample.bounds?.['x'];
  assert.ok(bounds !== undefined);
  assert.deepEqual(bounds.low.dims, sample.feeds['x']?.dims);
  assert.deepEqual(bounds.high.dims, sample.feeds['x']?.dims);
  return { ...bounds, own: [...(sample.feeds['x']?.data as Float32Array)] };
}

const single = (values: readonly number[]): readonly number[] => [...Float32Array.from(values)];
const numbers = ({ data }: Bounds['low']): readonly number[] => [...(data as Float32Array)];

test('(0 − mean)/std … (1 − mean)/std per channel, channels first and last', async () => {
  const config = { mean: [0.5, 0.25, 0], std: [0.5, 0.25, 2] };
  const first = await boundsOf(['batch', 3, 1, 2], config);
  assert.deepEqual(numbers(first.low), single([-1, -1, -1, -1, 0, 0]));
  assert.deepEqual(numbers(first.high), single([1, 1, 3, 3, 0.5, 0.5]));
  const last = await boundsOf(['batch', 1, 2, 3], { ...config, layout: 'NHWC' });
  assert.deepEqual(numbers(last.low), single([-1, -1, 0, -1, -1, 0]));
  assert.deepEqual(numbers(last.high), single([1, 3, 0.5, 1, 3, 0.5]));
});

test('bytes less a mean, reversed channels; grey without a channel axis, and flat', async () => {
  const bytes = await boundsOf(['batch', 1, 2, 3], {
    layout: 'NHWC',
    colour: 'BGR',
    rescale: 1,
    mean: [100, 120, 130],
  });
  assert.deepEqual(numbers(bytes.low), [-100, -120, -130, -100, -120, -130]);
  assert.deepEqual(numbers(bytes.high), [155, 135, 125, 155, 135, 125]);
  for (const shape of [
    ['batch', 1, 2],
    ['batch', 2],
  ]) {
    const resize = { width: 2, height: 1 };
    const grey = await boundsOf(shape, { rescale: 2 / 255, mean: [1], resize });
    assert.deepEqual(numbers(grey.low), [-1, -1]);
    assert.deepEqual(numbers(grey.high), [1, 1]);
  }
});

test('a negative std turns the ends round; black and white pictures reach them exactly', async () => {
  const turned = await boundsOf(['batch', 1, 1, 2], { mean: [0.25], std: [-0.5] }, [0, 255]);
  assert.deepEqual(numbers(turned.low), [-1.5, -1.5]);
  assert.deepEqual(numbers(turned.high), [0.5, 0.5]);
  assert.deepEqual(turned.own, [0.5, -1.5]);
});
