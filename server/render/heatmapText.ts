/** The heatmap of a terminal: text on coloured ground, half-block pixels, signed bars. */
import type { ColumnFeatures, Explanation, PixelFeatures, RowColumn, TokenFeatures } from '../protocol';
import { characters, dim, fit, halfBlock, inColour, onBackground, reset, width } from './ansi';
import { rowColumns, windowNote } from '../protocol/features';
import { diverging, neutral, scaleLimit } from './colour';
import type { Rgb } from './colour';
import { pictureChannels, shrink } from './grid';
import type { Grid } from './grid';
import { signed } from './numbers';
import { strip } from './strip';
import type { Segment } from './strip';
import type { TerminalStyle } from './terminal';
import { blocks } from './bars';
import { shorten, visible } from './text';

/** Below this share of the strongest, text keeps the terminal's own ground. */
const faint = 0.05;
/** From this share on, the value is written out where there is no colour. */
const notable = 0.25;
/** Unread text around a window is cut to this many characters. */
const unreadShown = 60;

export function heatmapLines(explanation: Explanation, style: TerminalStyle): string[] {
  const { features, relevance } = explanation;
  switch (features.kind) {
    case 'tokens':
      return textLines(features, relevance, style);
    case 'pixels':
      return pixelLines(features, relevance, style);
    case 'columns':
      return columnLines(features, relevance, style);
    case 'elements':
      return [];
  }
}

/** @param shared End of the colour scale, where several texts share one; left out: the strongest word. */
function textLines(features: TokenFeatures, relevance: Float32Array, style: TerminalStyle, shared?: number): string[] {
  const segments = strip(features, relevance);
  const limit = shared ?? textLimit(segments);
  const writer = lineWriter(style.columns);
  for (const segment of segments) {
    switch (segment.kind) {
      case 'gap': {
        const text = segment.read ? segment.text : ` ${shorten(segment.text.trim(), unreadShown)} `;
        writer.add(text, segment.read ? (part) => part : (part) => dim(part, style.colour), true);
        break;
      }
      case 'special': {
        const count = segment.tokens.length > 1 ? `×${segment.tokens.length}` : '';
        writer.add(` ${segment.text}${count}(${signed(segment.relevance)}) `, (part) => dim(part, style.colour), false);
        break;
      }
      case 'token':
        writer.add(...tokenCell(segment, limit, style));
    }
  }
  const note = windowNote(features);
  const hint = features.window.count > 1 ? ' (--window N shows another)' : '';
  return [...writer.lines(), ...(note === null ? [] : [dim(`${note}${hint}`, style.colour)])];
}

function textLimit(segments: readonly Segment[]): number {
  return scaleLimit(segments.filter(({ kind }) => kind === 'token').map((one) => valueOf(one)));
}

type Cell = readonly [text: string, paint: (part: string) => string, breaks: boolean];

function tokenCell(segment: Segment & { kind: 'token' }, limit: number, style: TerminalStyle): Cell {
  const share = limit > 0 ? Math.abs(segment.relevance) / limit : 0;
  if (style.colour === 'none')
    return [
      share >= notable ? `${segment.text}(${signed(segment.relevance, 2)})` : segment.text,
      (part) => part,
      false,
    ];
  if (share < faint) return [segment.text, (part) => part, false];
  const ground = diverging(segment.relevance, limit, style.theme);
  return [segment.text, (part) => onBackground(part, ground, style.colour), false];
}

function valueOf(segment: Segment): number {
  return segment.kind === 'gap' ? 0 : segment.relevance;
}

/** Collects painted pieces into lines no wider than `columns`; line feeds of the text break lines where `breaks`. */
function lineWriter(columns: number) {
  const lines: string[] = [''];
  let at = 0;
  const newLine = () => {
    // Two empty lines running are one.
    if (lines.at(-1) === '' && lines.at(-2) === '') return;
    lines.push('');
    at = 0;
  };
  const put = (part: string, paint: (part: string) => string) => {
    lines[lines.length - 1] = `${lines.at(-1) ?? ''}${paint(part)}`;
    at += width(part);
  };
  const add = (...[text, paint, breaks]: Cell) => {
    const parts = breaks ? text.replace(/\r\n?/g, '\n').split('\n') : [text];
    parts.forEach((raw, i) => {
      if (i > 0) newLine();
      let part = visible(raw);
      if (at > 0 && at + width(part) > columns) {
        newLine();
      }
      if (at === 0) part = part.trimStart();
      // A word longer than the line is cut hard.
      while (width(part) > columns) {
        const all = characters(part);
        let cut = 0;
        for (let used = 0; cut < all.length && used + width(all[cut] ?? '') <= columns; cut++)
          used += width(all[cut] ?? '');
        put(all.slice(0, Math.max(1, cut)).join(''), paint);
        newLine();
        part = all.slice(Math.max(1, cut)).join('');
      }
      if (part !== '') put(part, paint);
    });
  };
  return {
    add,
    lines: () => {
      while (lines.length > 1 && lines[0] === '') lines.shift();
      while (lines.length > 1 && lines.at(-1) === '') lines.pop();
      return lines;
    },
  };
}

function pixelLines(features: PixelFeatures, relevance: Float32Array, style: TerminalStyle): string[] {
  const { width: w, height: h } = features;
  // Picture and heatmap side by side; two pixels a character in height.
  const room = Math.max(8, Math.floor((style.columns - 3) / 2));
  const size = (grid: Grid) => shrink(grid, Math.min(64, room), 64);
  const heat = size({ width: w, height: h, values: relevance });
  const limit = scaleLimit(heat.values);
  if (style.colour === 'none') return plainPixels(heat, limit);
  const [red, green, blue] = pictureChannels(features).map(size) as [Grid, Grid, Grid];
  const seen = (i: number): Rgb => [at(red, i), at(green, i), at(blue, i)];
  const hot = (i: number): Rgb => diverging(heat.values[i] ?? 0, limit, style.theme);
  const lines: string[] = [];
  for (let y = 0; y < heat.height; y += 2) {
    const row = (colour: (i: number) => Rgb) => {
      let text = '';
      for (let x = 0; x < heat.width; x++) {
        const below = y + 1 < heat.height ? colour((y + 1) * heat.width + x) : neutral(style.theme);
        text += halfBlock(colour(y * heat.width + x), below, style.colour);
      }
      return text + reset(style.colour);
    };
    lines.push(`${row(seen)}   ${row(hot)}`);
  }
  return lines;
}

function at(grid: Grid, i: number): number {
  return Math.round(grid.values[i] ?? 0);
}

/** Without colour: `# + .` for, `@ = -` against, by thirds of the strongest. */
function plainPixels(heat: Grid, limit: number): string[] {
  const lines: string[] = ['(without colour: # + . for, @ = - against, strongest first)'];
  for (let y = 0; y < heat.height; y++) {
    let text = '';
    for (let x = 0; x < heat.width; x++) {
      const value = heat.values[y * heat.width + x] ?? 0;
      const share = limit > 0 ? Math.abs(value) / limit : 0;
      const signs = value > 0 ? '#+.' : '@=-';
      text +=
        share < 0.1 ? ' ' : share > 2 / 3 ? (signs[0] ?? '') : share > 1 / 3 ? (signs[1] ?? '') : (signs[2] ?? '');
    }
    lines.push(text.trimEnd());
  }
  return lines;
}

/**
 * Signed bars, strongest first: against to the left of the axis, for to the right. A text is the sum of its words, and
 * is written out below.
 */
function columnLines(features: ColumnFeatures, relevance: Float32Array, style: TerminalStyle): string[] {
  const columns = rowColumns(features);
  const own = columns.map(({ features: indices }) => Float32Array.from(indices, (index) => relevance[index] ?? 0));
  const sums = own.map((values) => values.reduce((sum, value) => sum + value, 0));
  const texts = columns.flatMap(({ name, words }, i) => (words === null ? [] : [{ name, words, values: own[i] }]));
  const scale = Math.max(...texts.map(({ words, values = new Float32Array() }) => textLimit(strip(words, values))), 0);
  return [
    ...barLines(columns, Float32Array.from(sums), style),
    ...texts.flatMap(({ name, words, values = new Float32Array() }) => [
      '',
      dim(`${visible(name)}:`, style.colour),
      ...textLines(words, values, style, scale),
    ]),
  ];
}

function barLines(columns: readonly RowColumn[], relevance: Float32Array, style: TerminalStyle): string[] {
  const limit = scaleLimit(relevance);
  const order = Array.from(relevance.keys()).sort((a, b) => Math.abs(relevance[b] ?? 0) - Math.abs(relevance[a] ?? 0));
  const names = columns.map(({ name, text }) => `${shorten(visible(name), 24)} = ${shorten(visible(text), 18)}`);
  const column = Math.max(...names.map(width), 0);
  const half = Math.max(6, Math.min(20, Math.floor((style.columns - column - 14) / 2)));
  return order.map((i) => {
    const value = relevance[i] ?? 0;
    const length = limit > 0 ? (Math.abs(value) / limit) * half : 0;
    const colour = diverging(value, limit, style.theme);
    // Eighths fill from the left only: the left half is drawn in whole blocks.
    const left = value < 0 ? '█'.repeat(Math.round(length)).padStart(half) : ' '.repeat(half);
    const right = value > 0 ? blocks(length) : '';
    const bar = `${inColour(left, colour, style.colour)}│${inColour(right, colour, style.colour)}`;
    return `${fit(names[i] ?? '', column)} ${signed(value).padStart(9)} ${bar}`.trimEnd();
  });
}
