/** Pictures to tensors: layouts, geometry and the way back, baselines, errors. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { PNG } from 'pngjs';
import sharp from 'sharp';
import { UserError } from '../../../server/errors';
import { createImageEncoder, parsePreprocessorConfig } from '../../../server/input';
import type { EncodedSample, ImageInputEncoder, InputSpec } from '../../../server/input';
import type { ImageInputConfig } from '../../../server/workspace/types';
import { memoryFiles } from '../dataset/support';

/** A PNG whose pixel (x, y) has the colour given. */
function png(
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly [number, number, number],
): Uint8Array {
  const picture = new PNG({ width, height });
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) picture.data.set([...colour(x, y), 255], (y * width + x) * 4);
  return PNG.sync.write(picture);
}

const input = (shape: readonly (number | string)[], dtype: InputSpec['type']['dtype'] = 'float32'): InputSpec => ({
  name: 'x',
  type: { dtype, shape },
});

function encoder(
  shape: readonly (number | string)[],
  config: Partial<ImageInputConfig> = {},
  dtype: InputSpec['type']['dtype'] = 'float32',
): Promise<ImageInputEncoder> {
  return createImageEncoder({ kind: 'image', ...config }, [input(shape, dtype)], memoryFiles({}));
}

const values = (sample: Pick<EncodedSample, 'feeds'>): readonly number[] =>
  Array.from(sample.feeds['x']?.data as ArrayLike<number>, Number);
const red = png(2, 2, () => [255, 0, 51]);

test('channels first, last, reversed; every element belongs to its pixel', async () => {
  const first = await (await encoder(['batch', 3, 2, 2])).encode(red, null);
  const expected = (list: readonly number[]): Float32Array => Float32Array.from(list);
  assert.deepEqual(first.feeds['x']?.data, expected([1, 1, 1, 1, 0, 0, 0, 0, 0.2, 0.2, 0.2, 0.2]));
  assert.deepEqual([...(first.featureOf['x'] ?? [])], [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]);
  const last = await (await encoder(['batch', 2, 2, 3])).encode(red, null);
  assert.deepEqual(last.feeds['x']?.data, expected([1, 0, 0.2, 1, 0, 0.2, 1, 0, 0.2, 1, 0, 0.2]));
  assert.deepEqual([...(last.featureOf['x'] ?? [])], [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
  const reversed = await (await encoder(['batch', 3, 2, 2], { colour: 'BGR' })).encode(red, null);
  assert.deepEqual(values(reversed).slice(0, 4), [...expected([0.2, 0.2, 0.2, 0.2])]);
});

test('normalisation per channel; the picture is what the model saw before it', async () => {
  const made = await encoder(['batch', 3, 2, 2], { rescale: 1, mean: [5, 0, 1], std: [2, 1, 10] });
  const sample = await made.encode(red, 'file:///a%20b.png');
  assert.deepEqual(values(sample), [125, 125, 125, 125, 0, 0, 0, 0, 5, 5, 5, 5]);
  assert.ok(sample.features.kind === 'pixels');
  assert.deepEqual([...sample.features.picture.subarray(0, 4)], [255, 0, 51, 255]);
  assert.equal(sample.features.uri, 'file:///a%20b.png');
  assert.deepEqual(made.bounds[0], { low: -2.5, high: 125 });
});

test('one channel: [N, 1, H, W], [N, H, W], [N, pixels]; bytes for whole-number inputs', async () => {
  const gray = (255 * 19595 + 51 * 7471 + 0x8000) >> 16;
  for (const shape of [
    ['batch', 1, 2, 2],
    ['batch', 2, 2],
    ['batch', 4],
  ]) {
    const sample = await (await encoder(shape, {}, 'uint8')).encode(red, null);
    assert.deepEqual(values(sample), [gray, gray, gray, gray]);
    assert.deepEqual(sample.feeds['x']?.dims, [1, ...shape.slice(1)]);
  }
});

test('model size by default; any size where the model is free', async () => {
  const fixed = await (await encoder(['batch', 3, 4, 6])).encode(red, null);
  assert.deepEqual(fixed.feeds['x']?.dims, [1, 3, 4, 6]);
  const free = await (
    await encoder(['batch', 3, 'h', 'w'])
  ).encode(
    png(5, 7, () => [1, 2, 3]),
    null,
  );
  assert.deepEqual(free.feeds['x']?.dims, [1, 3, 7, 5]);
});

test('a model pixel finds its place in the original through resize and crop', async () => {
  // A bright dot; resize 40×20 → 20×10, crop 6×6 in the middle.
  const picture = png(40, 20, (x, y) => (x >= 20 && x < 22 && y >= 8 && y < 10 ? [255, 255, 255] : [0, 0, 0]));
  const sample = await (
    await encoder(['batch', 3, 6, 6], { resize: { shortestEdge: 10 }, centerCrop: { width: 6, height: 6 } })
  ).encode(picture, null);
  assert.ok(sample.features.kind === 'pixels');
  const { placement, original } = sample.features;
  assert.deepEqual(original, { width: 40, height: 20 });
  const plane = values(sample).slice(0, 36);
  const brightest = plane.indexOf(Math.max(...plane));
  const x = placement.originX + ((brightest % 6) + 0.5) * placement.scaleX;
  const y = placement.originY + (Math.floor(brightest / 6) + 0.5) * placement.scaleY;
  assert.deepEqual([x, y], [21, 9]);
});

test('EXIF orientation only when asked for', async () => {
  const jpeg = await sharp(png(4, 2, () => [9, 9, 9]))
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  const plain = await (await encoder(['batch', 3, 'h', 'w'])).encode(jpeg, null);
  assert.deepEqual(plain.feeds['x']?.dims, [1, 3, 2, 4]);
  const turned = await (await encoder(['batch', 3, 'h', 'w'], { exifOrientation: true })).encode(jpeg, null);
  assert.deepEqual(turned.feeds['x']?.dims, [1, 3, 4, 2]);
});

test('baselines are colours before normalisation', async () => {
  const made = await encoder(['batch', 3, 2, 2], { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.25] });
  const sample = await made.encode(
    png(2, 2, (x) => (x === 0 ? [0, 0, 0] : [255, 255, 255])),
    null,
  );
  const make = (id: string, options = {}): readonly (readonly number[])[] => {
    const baseline = made.baseline(sample, id, options);
    assert.ok(baseline.kind === 'feeds');
    return baseline.feeds.map((feeds) => values({ feeds }));
  };
  const planes = (...colours: readonly number[]): readonly number[] =>
    colours.flatMap((colour) => [colour, colour, colour, colour]);
  assert.equal(made.baselines[0]?.id, 'black');
  assert.deepEqual(make('black'), [planes(-1, -1, -2)]);
  assert.deepEqual(make('white'), [planes(1, 1, 2)]);
  assert.deepEqual(make('value', { value: 255 }), [planes(1, 1, 2)]);
  assert.deepEqual(make('mean'), [planes(0, 0, 0)]);
  assert.deepEqual(make('zero'), [planes(0, 0, 0)]);
  assert.equal(make('noise', { draws: 3 }).length, 3);
  assert.deepEqual(make('noise', { seed: 7 }), make('noise', { seed: 7 }));
  assert.notDeepEqual(make('noise', { seed: 7 }), make('noise', { seed: 8 }));
  assert.ok(make('noise')[0]?.every((value, at) => Math.abs(value) <= (at < 8 ? 1 : 2)));
  // A very wide blur of half black, half white, edges repeated: nearly grey everywhere; a narrow one changes nothing.
  assert.ok(make('blur', { sigma: 100 })[0]?.every((value) => Math.abs(value) < 0.05));
  make('blur', { sigma: 0.05 })[0]?.forEach((value, at) =>
    assert.ok(Math.abs(value - (values(sample)[at] ?? NaN)) < 1e-6),
  );
  assert.throws(() => make('blur', { sigma: -1 }), { code: 'bad-baseline-option' });
  assert.throws(() => make('pad'), { code: 'no-such-baseline' });
});

function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** A PNG header that promises a size, with no pixels behind it. */
function promise(width: number, height: number): Uint8Array {
  const chunk = (type: string, body: Buffer): Buffer => {
    const named = Buffer.concat([Buffer.from(type), body]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(body.length);
    frame.writeUInt32BE(crcOf(named), 4);
    return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(10))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const failures: readonly (readonly [string, () => Promise<unknown>, string, RegExp])[] = [
  [
    'a bomb',
    async () => (await encoder(['batch', 3, 2, 2])).encode(promise(30_000, 30_000), null),
    'picture-too-large',
    /30000 × 30000/,
  ],
  [
    'no pixels',
    async () => (await encoder(['batch', 3, 2, 2])).encode(promise(30, 30), null),
    'broken-picture',
    /decoded/,
  ],
  [
    'cut off',
    async () => (await encoder(['batch', 3, 2, 2])).encode(red.subarray(0, 40), null),
    'broken-picture',
    /PNG or JPEG/,
  ],
  ['four channels', () => encoder(['batch', 4, 2, 2]), 'wrong-channels', /4 channels/],
  ['mean of two', () => encoder(['batch', 3, 2, 2], { mean: [1, 2] }), 'wrong-channels', /"mean" has 2/],
  ['std zero', () => encoder(['batch', 3, 2, 2], { std: [0] }), 'bad-normalisation', /zero/],
  [
    'crop against the model',
    async () => (await encoder(['batch', 3, 2, 2], { centerCrop: { width: 1, height: 1 } })).encode(red, null),
    'wrong-picture-size',
    /reads 2 × 2/,
  ],
  ['not a picture model', () => encoder(['batch', 2, 3, 4, 5]), 'wrong-input-shape', /does not hold a picture/],
  [
    'two inputs',
    () => createImageEncoder({ kind: 'image' }, [input([1, 3, 2, 2]), input([1])], memoryFiles({})),
    'several-inputs',
    /one input/,
  ],
  [
    'an endless resize',
    async () => (await encoder(['batch', 3, 'h', 'w'], { resize: { shortestEdge: 1e9 } })).encode(red, null),
    'wrong-picture-size',
    /whole numbers/,
  ],
];
for (const [name, action, code, message] of failures)
  test(`error: ${name}`, () => assert.rejects(action(), { name: 'UserError', code, message }));

test('mutated pictures give pixels or an error', async () => {
  const made = await encoder(['batch', 3, 4, 4]);
  const jpeg = await sharp(png(16, 16, (x, y) => [x * 16, y * 16, 99]))
    .jpeg()
    .toBuffer();
  for (const seed of [png(16, 16, (x, y) => [x * 16, y * 16, 99]), jpeg])
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const bytes = Uint8Array.from(seed);
          for (const [at, byte] of changes) bytes[at] = byte;
          await made.encode(bytes, null).then(
            (sample) => assert.equal(sample.count, 16),
            (error: unknown) => assert.ok(error instanceof UserError, String(error)),
          );
        },
      ),
      { numRuns: 100 },
    );
});

test('preprocessor files of several processors', () => {
  const parse = parsePreprocessorConfig;
  assert.deepEqual(
    parse({
      size: 224,
      crop_size: 224,
      do_center_crop: true,
      feature_extractor_type: 'CLIPFeatureExtractor',
      resample: 3,
    }),
    {
      kind: 'image',
      resize: { shortestEdge: 224 },
      centerCrop: { width: 224, height: 224 },
      resample: 'bicubic',
    },
  );
  assert.deepEqual(parse({ size: 224, do_normalize: false, image_mean: [1], do_rescale: false }), {
    kind: 'image',
    resize: { width: 224, height: 224 },
    centerCrop: false,
    rescale: 1,
  });
  assert.deepEqual(parse({ do_resize: false, do_flip_channel_order: true }), {
    kind: 'image',
    resize: false,
    centerCrop: false,
    colour: 'BGR',
  });
  assert.deepEqual(parse({ size: { shortest_edge: 384 }, crop_pct: 0.875 }).resize, { width: 384, height: 384 });
  assert.throws(() => parse({ do_pad: true }), /"do_pad"/);
  assert.throws(() => parse({ size: { longest_edge: 800, shortest_edge: 600 } }), /longest_edge/);
  assert.throws(() => parse([]), { code: 'unsupported-preprocessor' });
});
