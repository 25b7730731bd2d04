import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { colourise, edges, magnitudeAt, paintLayer, sortedMagnitudes } from '../../../webview/image/layers';
import type { LayerInput } from '../../../webview/image/layers';
import { originalPixel, sumRegion } from '../../../webview/image/region';
import { fit, pan, reveal, zoomAt } from '../../../webview/image/viewport';
import { diverging } from '../../../server/render/colour';
import type { PixelFeatures } from '../../../server/protocol';

const grey = (values: readonly number[]): Uint8ClampedArray =>
  new Uint8ClampedArray(values.flatMap((value) => [value, value, value, 255]));
const input = (relevance: readonly number[], picture: readonly number[]): LayerInput => ({
  width: picture.length,
  height: 1,
  picture: grey(picture),
  relevance: Float32Array.from(relevance),
  limit: 2,
  theme: 'dark',
  opacity: 1,
  threshold: 1,
});
const pixel = (layer: Uint8ClampedArray, at: number): number[] => [...layer.subarray(at * 4, at * 4 + 4)];

test('the heatmap has the scale’s colours, clipped at its end', () => {
  const layer = paintLayer('heatmap', input([2, -2, 0, 50], [0, 0, 0, 0]));
  assert.deepEqual(pixel(layer, 0), [...diverging(1, 1, 'dark'), 255]);
  assert.deepEqual(pixel(layer, 1), [...diverging(-1, 1, 'dark'), 255]);
  assert.deepEqual(pixel(layer, 2), [...diverging(0, 1, 'dark'), 255]);
  assert.deepEqual(pixel(layer, 3), pixel(layer, 0));
});

test('the window lights pixels by |relevance|, whatever its sign', () => {
  const layer = paintLayer('window', input([2, -1, 0], [200, 200, 200]));
  assert.deepEqual([layer[0], layer[4], layer[8]], [200, 100, 0]);
});

test('the mask keeps exactly the pixels from the threshold on', () => {
  const layer = paintLayer('mask', input([1, -1.5, 0.9], [250, 250, 250]));
  assert.deepEqual(pixel(layer, 0), [250, 250, 250, 255]);
  assert.deepEqual(pixel(layer, 1), [250, 250, 250, 255]);
  assert.ok((layer[8] ?? 255) < 120);
});

test('the overlay leaves pixels without relevance as they are, and at full strength shows the end colour', () => {
  const layer = paintLayer('overlay', input([0, 2], [90, 90]));
  assert.deepEqual(pixel(layer, 0), [90, 90, 90, 255]);
  assert.deepEqual(pixel(layer, 1), [...diverging(1, 1, 'dark'), 255]);
});

test('painting leaves the picture itself alone', () => {
  const given = input([1, 2], [10, 20]);
  for (const view of ['original', 'heatmap', 'overlay', 'window', 'edges', 'mask'] as const) {
    assert.equal(paintLayer(view, given).length, 8);
    assert.deepEqual([...given.picture], [...grey([10, 20])]);
  }
});

test('edges are where brightness changes, and nowhere on a plain picture', () => {
  const strength = edges(grey([0, 0, 255, 255, 0, 0, 255, 255]), 4, 2);
  assert.ok((strength[1] ?? 0) === 1 && (strength[2] ?? 0) === 1 && strength[0] === 0 && strength[3] === 0);
  assert.ok(edges(grey([7, 7, 7, 7]), 2, 2).every((value) => value === 0));
});

test('a percentile of 100 is the maximum; of nothing it is 0', () => {
  const sorted = sortedMagnitudes(Float32Array.of(-4, 1, 2, -3));
  assert.deepEqual([...sorted], [1, 2, 3, 4]);
  assert.equal(magnitudeAt(sorted, 100), 4);
  assert.equal(magnitudeAt(sorted, 50), 2);
  assert.equal(magnitudeAt(new Float32Array(0), 99), 0);
  assert.equal(magnitudeAt(Float32Array.of(0, 0, 0, 5), 50), 5, 'mostly zeros: the scale still ends at something');
});

test('colours of a flat heatmap are neutral', () => {
  assert.deepEqual([...colourise([0, 0], 0, 'light')].slice(0, 3), [...diverging(0, 1, 'light')]);
});

test('a region sums its pixels, corners included and in any order', () => {
  const relevance = Float32Array.from([1, 2, 3, 4, 5, -6, 7, 8, 9]);
  const sum = sumRegion({ from: { u: 2, v: 2 }, to: { u: 1, v: 1 } }, relevance, 3);
  assert.deepEqual(sum, { left: 1, top: 1, width: 2, height: 2, sum: 5 - 6 + 8 + 9, magnitude: 28 });
});

test('a model pixel shows the original pixel at its middle', () => {
  const features = {
    original: { width: 640, height: 480 },
    placement: { originX: 80, originY: 0, scaleX: 480 / 224, scaleY: 480 / 224 },
  } as PixelFeatures;
  assert.deepEqual(originalPixel(features, { u: 0, v: 0 }), { x: 81, y: 1 });
  assert.deepEqual(originalPixel(features, { u: 223, v: 223 }), { x: 558, y: 478 });
});

const size = fc.record({ width: fc.integer({ min: 1, max: 900 }), height: fc.integer({ min: 1, max: 900 }) });
const stage = { width: 600, height: 400 };

test('the fitted picture is whole', () => {
  fc.assert(
    fc.property(size, (picture) => {
      const whole = fit(stage, picture);
      assert.ok(picture.width * whole.scale <= stage.width + 1e-6);
      assert.ok(picture.height * whole.scale <= stage.height + 1e-6);
      assert.ok(whole.x >= -1e-6 && whole.y >= -1e-6);
    }),
  );
});

test('zooming keeps the point under the mouse', () => {
  const picture = { width: 300, height: 200 };
  const near = zoomAt(fit(stage, picture), 4, 300, 200, stage, picture);
  fc.assert(
    fc.property(
      fc.double({ min: 1, max: 6, noNaN: true }),
      fc.integer({ min: 0, max: 599 }),
      fc.integer({ min: 0, max: 399 }),
      (factor, x, y) => {
        const nearer = zoomAt(near, factor, x, y, stage, picture);
        assert.ok(Math.abs((x - nearer.x) / nearer.scale - (x - near.x) / near.scale) < 1e-6);
        assert.ok(Math.abs((y - nearer.y) / nearer.scale - (y - near.y) / near.scale) < 1e-6);
      },
    ),
  );
});

test('panning cannot lose the picture, and a revealed pixel is on the stage', () => {
  const picture = { width: 224, height: 224 };
  const near = zoomAt(fit(stage, picture), 8, 300, 200, stage, picture);
  const moved = pan(near, 1e6, -1e6, stage, picture);
  assert.equal(moved.x, 0);
  assert.ok(Math.abs(moved.y + picture.height * moved.scale - stage.height) < 1e-9);
  const shown = reveal(near, { u: 223, v: 0 }, stage, picture);
  assert.ok(shown.x + 224 * shown.scale <= stage.width + 1e-9 && shown.y >= -1e-9);
});
