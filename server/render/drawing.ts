/** A result as an SVG drawing of its own: text on coloured ground, or signed bars. All text is visible and escaped. */
import type { Explanation, TokenFeatures } from '../protocol';
import { characters, width } from './ansi';
import { diverging, hex, legend, neutral, scaleLimit, textOn } from './colour';
import type { Rgb, Theme } from './colour';
import { signed } from './numbers';
import { ranking } from './ranking';
import { strip } from './strip';
import { escapeHtml, shorten, visible } from './text';
import { accountingWords, targetWords } from './words';

/** A monospaced grid: a character is this wide and a line this high, in SVG units. */
const cell = { width: 8.4, height: 22, font: 14 };
const columns = 100;
const margin = 16;
const barsShown = 40;
const linesShown = 120;

/** A piece of text at a column of a line, on a ground or without one. */
interface Piece {
  readonly line: number;
  readonly column: number;
  readonly text: string;
  readonly ground: Rgb | null;
}

/** @returns an SVG document. */
export function drawing(explanation: Explanation, theme: Theme): string {
  const head = [
    `${explanation.sample.title} ─ ${explanation.model.name}`,
    `${explanation.method} · ${targetWords(explanation.target)}`,
  ];
  const foot = [accountingWords(explanation.accounting), legend(explanation.target).text];
  const { body, lines } =
    explanation.features.kind === 'tokens'
      ? textBody(explanation.features, explanation.relevance, theme, head.length + 1)
      : barsBody(explanation, theme, head.length + 1);
  const ink = textOn(neutral(theme));
  const plain = (text: string, line: number) => label(shorten(visible(text), columns + 10), 0, line, ink);
  const end = head.length + 1 + lines + 1;
  const height = margin * 2 + (end + foot.length) * cell.height;
  const wide = margin * 2 + (columns + 12) * cell.width;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${height}" font-family="DejaVu Sans Mono, Consolas, Menlo, monospace" font-size="${cell.font}">`,
    `<rect width="100%" height="100%" fill="${hex(neutral(theme))}"/>`,
    ...head.map((text, i) => plain(text, i)),
    body,
    ...foot.map((text, i) => plain(text, end + i)),
    '</svg>',
  ].join('\n');
}

function textBody(features: TokenFeatures, relevance: Float32Array, theme: Theme, first: number) {
  const segments = strip(features, relevance);
  const limit = scaleLimit(segments.map((one) => (one.kind === 'token' ? one.relevance : 0)));
  const pieces: Piece[] = [];
  let line = 0;
  let column = 0;
  const put = (text: string, ground: Rgb | null) => {
    for (const one of runs(text, columns - column)) {
      if (column + width(one) > columns) {
        line += 1;
        column = 0;
      }
      pieces.push({ line, column, text: one, ground });
      column += width(one);
    }
  };
  for (const segment of segments) {
    if (line >= linesShown) break;
    if (segment.kind === 'token') {
      put(visible(segment.text), diverging(segment.relevance, limit, theme));
      continue;
    }
    if (segment.kind === 'special') {
      put(` ${visible(segment.text)}${segment.tokens.length > 1 ? `×${segment.tokens.length}` : ''} `, null);
      continue;
    }
    const parts = (segment.read ? segment.text : ` ${shorten(segment.text, 60)} `).split(/\r\n?|\n/);
    parts.forEach((part, i) => {
      if (i > 0 && column > 0) {
        line += 1;
        column = 0;
      }
      put(visible(part), null);
    });
  }
  return {
    body: pieces.map((piece) => pieceSvg(piece, first, theme)).join('\n'),
    lines: Math.min(line + 1, linesShown),
  };
}

/** A text in runs of at most a line; one run when it fits into what is left. */
function runs(text: string, left: number): string[] {
  if (width(text) <= Math.max(left, columns)) return text === '' ? [] : [text];
  return characters(text);
}

function pieceSvg({ line, column, text, ground }: Piece, first: number, theme: Theme): string {
  if (text.trim() === '' && ground === null) return '';
  const x = margin + column * cell.width;
  const y = margin + (first + line) * cell.height;
  const rect =
    ground === null
      ? ''
      : `<rect x="${x.toFixed(1)}" y="${y}" width="${(width(text) * cell.width).toFixed(1)}" height="${cell.height - 2}" fill="${hex(ground)}"/>`;
  return rect + label(text, column, first + line, textOn(ground ?? neutral(theme)));
}

function label(text: string, column: number, line: number, ink: Rgb): string {
  const x = (margin + column * cell.width).toFixed(1);
  const y = margin + line * cell.height + cell.font + 1;
  return `<text x="${x}" y="${y}" fill="${hex(ink)}" xml:space="preserve">${escapeHtml(text)}</text>`;
}

/** The strongest features as signed bars around an axis. */
function barsBody(explanation: Explanation, theme: Theme, first: number) {
  const ranked = ranking(explanation, barsShown);
  const limit = Math.abs(ranked[0]?.relevance ?? 0);
  const ink = textOn(neutral(theme));
  const axis = margin + 78 * cell.width;
  const rows = ranked.map(({ name, relevance }, i) => {
    const length = limit > 0 ? (Math.abs(relevance) / limit) * 26 * cell.width : 0;
    const x = relevance < 0 ? axis - length : axis;
    const y = margin + (first + i) * cell.height;
    return [
      label(shorten(visible(name), 38), 0, first + i, ink),
      label(signed(relevance).padStart(9), 40, first + i, ink),
      `<rect x="${x.toFixed(1)}" y="${y + 2}" width="${length.toFixed(1)}" height="${cell.height - 6}" fill="${hex(diverging(relevance, limit, theme))}"/>`,
    ].join('');
  });
  const height = ranked.length * cell.height;
  const line = `<line x1="${axis}" x2="${axis}" y1="${margin + first * cell.height}" y2="${margin + first * cell.height + height}" stroke="${hex(ink)}"/>`;
  return { body: [...rows, line].join('\n'), lines: Math.max(1, ranked.length) };
}
