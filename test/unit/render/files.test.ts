/* eslint-disable no-control-regex -- control characters are what these tests look for */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { explanationHtml } from '../../../server/render/html';
import { explanationJson } from '../../../server/render/json';
import { relevanceNpy } from '../../../server/render/npy';
import { explanationPng } from '../../../server/render/png';
import { drawing } from '../../../server/render/drawing';
import { columnExplanation, elementExplanation, pixelExplanation, textExplanation } from './samples';

test('JSON is the Explanation, relevance as plain numbers that are the same float32', () => {
  const explanation = textExplanation();
  const read = JSON.parse(explanationJson(explanation));
  assert.ok(Array.isArray(read.relevance));
  assert.deepEqual(Float32Array.from(read.relevance as number[]), explanation.relevance);
  assert.equal(read.target.label, 'spam');
  assert.equal(read.features.text, explanation.features.kind === 'tokens' ? explanation.features.text : '');
  assert.equal(typeof JSON.parse(explanationJson(pixelExplanation())).features.picture.$u8, 'string');
});

test('npy: magic, aligned header, shape, little-endian values', () => {
  const bytes = Buffer.from(relevanceNpy(pixelExplanation(5, 3)));
  assert.equal(bytes.subarray(0, 6).toString('latin1'), '\x93NUMPY');
  const length = bytes.readUInt16LE(8);
  assert.equal((10 + length) % 64, 0);
  const header = bytes.subarray(10, 10 + length).toString('latin1');
  assert.match(header, /'descr': '<f4'/);
  assert.match(header, /'shape': \(3, 5\)/);
  assert.ok(header.endsWith('\n'));
  assert.equal(bytes.readFloatLE(10 + length + 4 * 7), Math.fround(Math.sin(7 / 3)));
  assert.match(Buffer.from(relevanceNpy(columnExplanation())).toString('latin1'), /'shape': \(3,\)/);
});

test('the report holds no script, no resource, and a policy that fits its style sheet', async () => {
  for (const explanation of [textExplanation(), pixelExplanation(), columnExplanation(), elementExplanation()]) {
    const html = await explanationHtml(explanation, null);
    assert.doesNotMatch(html, /<script|<link|<iframe|<img src=x|<[^>]*\s(on\w+|style)=|https?:\/\/|javascript:/i);
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)![1]!;
    const hash = createHash('sha256').update(style).digest('base64');
    assert.ok(html.includes(`style-src 'sha256-${hash}'`));
    assert.match(html, /default-src 'none'/);
    for (const [, uri] of html.matchAll(/(?:src|srcset|href)="([^"]*)"/g))
      assert.match(uri!, /^data:image\/png;base64,/);
  }
});

test('hostile text is inert in the report', async () => {
  const html = await explanationHtml(textExplanation(), null);
  assert.doesNotMatch(html, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200b]/);
  assert.doesNotMatch(html, /<b>/);
  assert.match(html, /<span class="s" title="right-to-left override U\+202E">⟨RLO⟩<\/span>/);
  const tags = new Set(Array.from(html.matchAll(/<([a-z0-9]+)/g), (match) => match[1]));
  const known =
    'html head meta title style body header main section h1 h2 div p table tr th td svg rect line text polyline figure figcaption picture source img bdi span dl dt dd strong code';
  for (const tag of tags) assert.ok(known.split(' ').includes(tag!), `<${tag}>`);
});

test('the report says everything: prediction, accounting, curve, parameters, warnings', async () => {
  const html = await explanationHtml(textExplanation(), null);
  for (const part of [
    '0.831',
    'misclassified',
    'Σ relevance 2.31',
    'polyline',
    'steps',
    'saturated',
    'evidence for spam',
  ])
    assert.ok(html.includes(part), part);
});

test('the drawing is well-formed and its text escaped', () => {
  for (const explanation of [textExplanation(), columnExplanation(), elementExplanation()]) {
    const svg = drawing(explanation, 'light');
    assert.doesNotMatch(svg, /<img|<script|<b>|[\u0000-\u0008\u000b-\u001f\u202e]/);
    assert.match(svg, /^<svg [^]*<\/svg>$/);
  }
});

test('PNG: pictures enlarged without smoothing, drawings of the rest', async () => {
  const explanation = pixelExplanation();
  const picture = await sharp(await explanationPng(explanation))
    .raw()
    .toBuffer({ resolveWithObject: true });
  assert.equal(picture.info.width, 3 * 256 + 2 * 8);
  assert.equal(picture.info.height, 6 * 32);
  // Top left model pixel, in all of its 32 × 32 copies.
  if (explanation.features.kind === 'pixels')
    for (const [x, y] of [
      [0, 0],
      [31, 31],
    ] as const)
      assert.deepEqual(
        [...picture.data.subarray((y * picture.info.width + x) * 4, (y * picture.info.width + x) * 4 + 4)],
        [...explanation.features.picture.subarray(0, 4)],
      );
  for (const other of [textExplanation(), columnExplanation()]) {
    const { width, height } = await sharp(await explanationPng(other)).metadata();
    assert.ok(width > 400 && height > 100);
  }
});
