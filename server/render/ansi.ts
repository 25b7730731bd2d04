/** Colours and widths of a terminal. All text passes through `visible` first: no escape of a dataset gets here. */
import { textOn } from './colour';
import type { Rgb } from './colour';

export type ColourDepth = 'none' | '256' | 'truecolour';

const escape = '\u001b[';

/** Text on a background, black or white as reads better. */
export function onBackground(text: string, background: Rgb, depth: ColourDepth): string {
  if (depth === 'none' || text === '') return text;
  return `${escape}${code(textOn(background), depth, 38)};${code(background, depth, 48)}m${text}${escape}0m`;
}

/** Text in a colour. */
export function inColour(text: string, colour: Rgb, depth: ColourDepth): string {
  return depth === 'none' || text === '' ? text : `${escape}${code(colour, depth, 38)}m${text}${escape}0m`;
}

/** The half block `▀`: one character, two pixels. */
export function halfBlock(top: Rgb, bottom: Rgb, depth: ColourDepth): string {
  return depth === 'none' ? ' ' : `${escape}${code(top, depth, 38)};${code(bottom, depth, 48)}m▀`;
}

export function reset(depth: ColourDepth): string {
  return depth === 'none' ? '' : `${escape}0m`;
}

export function bold(text: string, depth: ColourDepth): string {
  return depth === 'none' ? text : `${escape}1m${text}${escape}22m`;
}

export function dim(text: string, depth: ColourDepth): string {
  return depth === 'none' ? text : `${escape}2m${text}${escape}22m`;
}

function code([r, g, b]: Rgb, depth: ColourDepth, layer: 38 | 48): string {
  return depth === 'truecolour' ? `${layer};2;${r};${g};${b}` : `${layer};5;${nearest([r, g, b])}`;
}

/** Levels of the 6×6×6 cube of xterm's 256 colours (16–231); the grey ramp (232–255) is 8, 18, … 238. */
const levels = [0, 95, 135, 175, 215, 255];

function nearest(colour: Rgb): number {
  const [r, g, b] = colour.map((part) => closest(levels, part)) as [number, number, number];
  const cube: Rgb = [levels[r] ?? 0, levels[g] ?? 0, levels[b] ?? 0];
  const step = Math.max(0, Math.min(23, Math.round(((colour[0] + colour[1] + colour[2]) / 3 - 8) / 10)));
  const grey: Rgb = [8 + 10 * step, 8 + 10 * step, 8 + 10 * step];
  return apart(colour, grey) < apart(colour, cube) ? 232 + step : 16 + 36 * r + 6 * g + b;
}

function closest(steps: readonly number[], value: number): number {
  let best = 0;
  steps.forEach((step, i) => {
    if (Math.abs(step - value) < Math.abs((steps[best] ?? 0) - value)) best = i;
  });
  return best;
}

function apart(a: Rgb, b: Rgb): number {
  return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const wide =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

/** Characters as a person counts them. */
export function characters(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** Columns that a text takes in a terminal: two for emoji and wide East Asian characters, none for lone marks. */
export function width(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const one of characters(text)) columns += /^\p{M}+$/u.test(one) ? 0 : wide.test(one) ? 2 : 1;
  return columns;
}

/** Cuts to at most `columns`, with `…`, and fills up with spaces. */
export function fit(text: string, columns: number): string {
  if (width(text) <= columns) return text + ' '.repeat(columns - width(text));
  let result = '';
  for (const one of characters(text)) {
    if (width(result) + width(one) > columns - 1) break;
    result += one;
  }
  return `${result}…${' '.repeat(columns - 1 - width(result))}`;
}
