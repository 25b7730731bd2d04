/**
 * Superpixels by simple linear iterative clustering (Achanta et al. 2012, doi:10.1109/TPAMI.2012.120): k-means over
 * colour and place, each centre looking no further than two steps.
 */
import { floats } from '../rows';
import type { Grid, MethodContext } from '../types';
import type { Piece } from './pieces';

/**
 * Weights of place against colour, where colours go from 0 to 1. In a picture of noise neighbours have nothing in
 * common: clusters fall to crumbs and crumbs to one piece, unless place counts more.
 */
const COMPACTNESS = [0.1, 0.4, 1.6, 6.4];
const ROUNDS = 10;

/** Pixels of every superpixel, in reading order; their number is about `wanted`. */
export function superpixels(context: MethodContext, grid: Grid, wanted: number): readonly Piece[] {
  return segment(coloursOf(context, grid), grid, wanted);
}

/** Channels of every pixel, each channel stretched to 0 … 1. */
function coloursOf({ sample, entries }: MethodContext, { width, height }: Grid): Float64Array[] {
  const count = width * height;
  const colours: number[][] = Array.from({ length: count }, () => []);
  for (const { input, value } of entries) {
    const place = sample.featureOf[input];
    if (place === undefined || input !== value) continue;
    const x = floats(sample.entries[value], value);
    place.forEach((pixel, element) => {
      if (pixel >= 0) colours[pixel]?.push(x[element] as number);
    });
  }
  const all = colours.flat();
  const low = all.reduce((least, value) => Math.min(least, value), Infinity);
  const range = all.reduce((most, value) => Math.max(most, value), -Infinity) - low;
  return colours.map((colour) => Float64Array.from(colour, (value) => (range > 0 ? (value - low) / range : 0)));
}

/** @param colours Per pixel (row-major) its channels, 0 … 1. */
export function segment(colours: readonly Float64Array[], grid: Grid, wanted: number): readonly Piece[] {
  const least = Math.min(wanted, grid.width * grid.height) / 2;
  let pieces: readonly Piece[] = [];
  for (const compactness of COMPACTNESS) {
    pieces = clusters(colours, grid, wanted, compactness);
    if (pieces.length >= least) break;
  }
  return pieces;
}

function clusters(
  colours: readonly Float64Array[],
  { width, height }: Grid,
  wanted: number,
  compactness: number,
): readonly Piece[] {
  const step = Math.max(1, Math.sqrt((width * height) / wanted));
  const [columns, rows] = [Math.max(1, Math.round(width / step)), Math.max(1, Math.round(height / step))];
  let centres = Array.from({ length: rows * columns }, (_, i) => {
    const x = ((i % columns) + 0.5) * (width / columns) - 0.5;
    const y = (Math.floor(i / columns) + 0.5) * (height / rows) - 0.5;
    return { x, y, colour: colours[Math.round(y) * width + Math.round(x)] ?? new Float64Array(0) };
  });
  const owner = new Int32Array(width * height).fill(-1);
  for (let round = 0; round < ROUNDS; round += 1) {
    const nearest = new Float64Array(width * height).fill(Infinity);
    centres.forEach((centre, index) => {
      const [left, right] = [Math.max(0, Math.ceil(centre.x - 2 * step)), Math.min(width - 1, centre.x + 2 * step)];
      const [top, bottom] = [Math.max(0, Math.ceil(centre.y - 2 * step)), Math.min(height - 1, centre.y + 2 * step)];
      for (let y = top; y <= bottom; y += 1)
        for (let x = left; x <= right; x += 1) {
          const pixel = y * width + x;
          const far = ((x - centre.x) ** 2 + (y - centre.y) ** 2) / (step * step);
          const distance = squared(colours[pixel] as Float64Array, centre.colour) + compactness ** 2 * far;
          if (distance >= (nearest[pixel] as number)) continue;
          nearest[pixel] = distance;
          owner[pixel] = index;
        }
    });
    centres = moved(centres, owner, colours, width);
  }
  return connected(owner, { width, height }, (step * step) / 4);
}

interface Centre {
  readonly x: number;
  readonly y: number;
  readonly colour: Float64Array;
}

function squared(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return sum;
}

/** Means of what belongs to each centre; one that nothing belongs to stays. */
function moved(
  centres: readonly Centre[],
  owner: Int32Array,
  colours: readonly Float64Array[],
  width: number,
): Centre[] {
  const sums = centres.map(({ colour }) => ({ n: 0, x: 0, y: 0, colour: new Float64Array(colour.length) }));
  owner.forEach((index, pixel) => {
    const sum = sums[index];
    if (sum === undefined) return;
    sum.n += 1;
    sum.x += pixel % width;
    sum.y += Math.floor(pixel / width);
    (colours[pixel] as Float64Array).forEach((value, i) => (sum.colour[i] = (sum.colour[i] as number) + value));
  });
  return sums.map(({ n, x, y, colour }, i) =>
    n === 0 ? (centres[i] as Centre) : { x: x / n, y: y / n, colour: colour.map((value) => value / n) },
  );
}

/** Pixels that hang together; crumbs go to the piece before them in reading order. */
function connected(owner: Int32Array, { width, height }: Grid, smallest: number): number[][] {
  const piece = new Int32Array(width * height).fill(-1);
  const pieces: number[][] = [];
  for (let start = 0; start < owner.length; start += 1) {
    if (piece[start] !== -1) continue;
    const index = pieces.length;
    const own = [start];
    let neighbour = -1;
    piece[start] = index;
    // Grows while it is walked.
    for (const pixel of own)
      for (const next of around(pixel, width, height)) {
        if (piece[next] === -1 && owner[next] === owner[start]) {
          piece[next] = index;
          own.push(next);
        } else if (piece[next] !== index && piece[next] !== -1) neighbour = piece[next] as number;
      }
    if (own.length >= smallest || neighbour === -1) {
      pieces.push(own);
      continue;
    }
    for (const pixel of own) {
      piece[pixel] = neighbour;
      pieces[neighbour]?.push(pixel);
    }
  }
  return pieces.map((pixels) => pixels.sort((a, b) => a - b));
}

function around(pixel: number, width: number, height: number): number[] {
  const [x, y] = [pixel % width, Math.floor(pixel / width)];
  return [
    ...(x > 0 ? [pixel - 1] : []),
    ...(x < width - 1 ? [pixel + 1] : []),
    ...(y > 0 ? [pixel - width] : []),
    ...(y < height - 1 ? [pixel + width] : []),
  ];
}
