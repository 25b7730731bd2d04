/** The picture for "Export → PNG": drawn anew on a canvas, so that it holds the whole result, not what is scrolled to. */
import type { Explanation } from '../../server/protocol/explanation';
import type { Rgb, Theme } from '../../server/render/colour';
import { diverging, hex, neutral, textOn } from '../../server/render/colour';
import { milliseconds, probability, signed, significant } from '../../server/render/numbers';
import { shorten, visible } from '../../server/render/text';
import { accountingLine } from './accounting-text';
import { aligned } from './aligned';
import { strongest } from '../elements/split';
import { magnitudeAt, paintLayer, sortedMagnitudes } from '../image/layers';
import type { ViewSettings } from '../settings';
import type { Panel } from '../state';
import { columnRows } from '../table/rows';
import { columnTexts } from '../table/texts';
import { targetText } from '../choices/targets';
import { cellsOf, textLimit } from '../text/cells';
import type { Cell } from '../text/cells';
import { isRegression, isRight, quantityVerdict, scoreNumber } from '../../server/render/scores';
import { meaningOf } from './words';

const width = 840;
const margin = 24;
const inner = width - 2 * margin;
const line = 26;
const font = (size: number, weight = 400): string => `${weight} ${size}px system-ui, sans-serif`;
const listed = 40;
const wordGap = 5;

/** Where the next thing is drawn, and with what; `measure` runs the same code without a canvas that is tall enough. */
interface Sheet {
  readonly context: CanvasRenderingContext2D;
  readonly theme: Theme;
  readonly ink: string;
  readonly pale: string;
  y: number;
}

/** PNG bytes of the current result; null when there is none. */
export async function pictureOf(panel: Panel, view: ViewSettings, theme: Theme): Promise<Uint8Array | null> {
  const { explanation } = panel;
  if (explanation === null) return null;
  const height = draw(document.createElement('canvas'), 1, explanation, view, theme);
  const canvas = document.createElement('canvas');
  draw(canvas, height, explanation, view, theme);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  return blob === null ? null : new Uint8Array(await blob.arrayBuffer());
}

/** Draws everything and returns the height it takes. */
function draw(
  canvas: HTMLCanvasElement,
  height: number,
  explanation: Explanation,
  view: ViewSettings,
  theme: Theme,
): number {
  // Twice the size, so that text is sharp.
  canvas.width = width * 2;
  canvas.height = Math.min(16_000, Math.ceil(height)) * 2;
  const context = canvas.getContext('2d');
  if (context === null) return height;
  context.scale(2, 2);
  const ground = theme === 'light' || theme === 'highContrastLight' ? '#ffffff' : hex(neutral(theme));
  const ink = hex(textOn(neutral(theme)));
  context.fillStyle = ground;
  context.fillRect(0, 0, width, height);
  context.textBaseline = 'alphabetic';
  const sheet: Sheet = { context, theme, ink, pale: `${ink}99`, y: margin + 8 };
  head(sheet, explanation);
  const limit = body(sheet, explanation, view);
  foot(sheet, explanation, limit);
  return sheet.y + margin;
}

function head(sheet: Sheet, explanation: Explanation): void {
  const { sample, model, engine, prediction, gold, target, method } = explanation;
  write(sheet, visible(sample.title), font(20, 600), sheet.ink);
  const facts = [visible(model.name), engine, milliseconds(explanation.milliseconds), method];
  write(sheet, facts.join(' · '), font(13), sheet.pale);
  const best = prediction[0];
  const said =
    best === undefined
      ? ''
      : `predicted ${visible(best.label)}${best.probability === null ? '' : ` ${probability(best.probability)}`}`;
  if (isRegression(model)) {
    quantityHead(sheet, explanation);
    return;
  }
  const right = isRight(explanation);
  const known = gold === null ? '' : `, gold ${visible(gold.label)}${right === null ? '' : right ? ' ✓' : ' ✗'}`;
  write(sheet, `${said}${known}. Explained: ${visible(targetText(target))}`, font(13), sheet.ink);
  sheet.y += 8;
}

/** `price 23.4, the file says 21.0 (error +2.4)`. */
function quantityHead(sheet: Sheet, explanation: Explanation): void {
  const { prediction, gold, target, model } = explanation;
  const shown = prediction.find((score) => score.class === (gold?.quantity?.output ?? target.class));
  const value = shown === undefined ? '' : `${visible(shown.label)} ${visible(scoreNumber(shown, model.unit))}`;
  const verdict = quantityVerdict(explanation);
  const known = verdict === null ? '' : `, ${visible(verdict)}`;
  write(sheet, `${value}${known}. Explained: ${visible(targetText(target))}`, font(13), sheet.ink);
  sheet.y += 8;
}

/** Draws the features and returns the end of the colour scale. */
function body(sheet: Sheet, explanation: Explanation, view: ViewSettings): number {
  const { features, relevance } = explanation;
  switch (features.kind) {
    case 'tokens': {
      const { cells } = cellsOf(features, relevance, view.unit);
      const limit = textLimit(cells);
      chips(sheet, cells, limit);
      return limit;
    }
    case 'pixels':
      return picture(sheet, explanation, view);
    case 'columns':
    case 'elements': {
      const rows =
        features.kind === 'columns'
          ? columnRows(features, relevance, view.tableOrder)
          : strongest(features, relevance, listed);
      const limit = rows.reduce((most, row) => Math.max(most, Math.abs(row.relevance ?? 0)), 0);
      for (const row of rows) bar(sheet, row.name, row.detail, row.relevance ?? 0, limit);
      if (features.kind === 'columns') {
        const scene = { features, relevance, total: 0, meaning: null, theme: sheet.theme };
        for (const { name, scene: text } of columnTexts(scene)) {
          sheet.y += line / 2;
          write(sheet, visible(name), font(13, 600), sheet.ink);
          chips(sheet, text.cells, text.limit);
        }
      }
      return limit;
    }
  }
}

/** A text, word by word. */
function chips(sheet: Sheet, cells: readonly Cell[], limit: number): void {
  let x = margin;
  for (const { text, before, relevance: value, special } of cells) {
    if (before.includes('\n') && x > margin) [x, sheet.y] = [margin, sheet.y + line * (before.split('\n').length - 1)];
    else if (before !== '' || special) x += wordGap;
    x = chip(sheet, x, shorten(visible(text), 60), special ? null : value, limit);
  }
  sheet.y += line;
}

function chip(sheet: Sheet, x: number, text: string, value: number | null, limit: number): number {
  const { context } = sheet;
  context.font = font(15);
  const extent = context.measureText(text).width + 4;
  let left = x;
  if (left + extent > width - margin && left > margin) [left, sheet.y] = [margin, sheet.y + line];
  const colour: Rgb = diverging(value ?? 0, limit, sheet.theme);
  const coloured = value !== null && Math.abs(value) >= limit / 50;
  if (coloured) {
    context.fillStyle = hex(colour);
    context.fillRect(left, sheet.y - 16, extent, 21);
  }
  context.fillStyle = value === null ? sheet.pale : coloured ? hex(textOn(colour)) : sheet.ink;
  context.fillText(text, left + 2, sheet.y);
  return left + extent + 1;
}

function picture(sheet: Sheet, { features, relevance }: Explanation, view: ViewSettings): number {
  if (features.kind !== 'pixels') return 0;
  const sorted = sortedMagnitudes(relevance);
  const limit = magnitudeAt(sorted, view.clip);
  const layer = paintLayer(view.imageView, {
    ...features,
    relevance,
    limit,
    theme: sheet.theme,
    opacity: view.opacity,
    threshold: magnitudeAt(sorted, 100 * (1 - view.mask)),
  });
  const small = document.createElement('canvas');
  small.width = features.width;
  small.height = features.height;
  small
    .getContext('2d')
    ?.putImageData(new ImageData(new Uint8ClampedArray(layer), features.width, features.height), 0, 0);
  const exact = Math.min(inner / features.width, 560 / features.height);
  const scale = exact >= 2 ? Math.floor(exact) : exact;
  sheet.context.imageSmoothingEnabled = scale < 1;
  sheet.context.drawImage(small, margin, sheet.y - 12, features.width * scale, features.height * scale);
  sheet.y += features.height * scale + 16;
  return limit;
}

function bar(sheet: Sheet, name: string, detail: string, value: number, limit: number): void {
  const { context, y } = sheet;
  context.font = font(13);
  context.fillStyle = sheet.ink;
  context.fillText(shorten(visible(name), 28), margin, y);
  context.fillStyle = sheet.pale;
  context.fillText(shorten(visible(detail), 24), margin + 200, y);
  const middle = margin + 530;
  const extent = limit > 0 ? (Math.abs(value) / limit) * 150 : 0;
  context.fillStyle = hex(diverging(Math.sign(value), 1, sheet.theme));
  context.fillRect(value >= 0 ? middle : middle - extent, y - 10, extent, 12);
  context.fillStyle = sheet.ink;
  context.textAlign = 'right';
  context.fillText(aligned(value, limit), width - margin, y);
  context.textAlign = 'left';
  sheet.y += 22;
}

function foot(sheet: Sheet, explanation: Explanation, limit: number): void {
  const { positive, negative } = meaningOf(explanation.target);
  const { context } = sheet;
  sheet.y += 4;
  const scale = context.createLinearGradient(margin, 0, margin + 140, 0);
  for (const at of [-1, -0.5, 0, 0.5, 1]) scale.addColorStop((at + 1) / 2, hex(diverging(at, 1, sheet.theme)));
  context.fillStyle = scale;
  context.fillRect(margin, sheet.y - 9, 140, 9);
  context.font = font(13);
  context.fillStyle = sheet.pale;
  context.fillText(
    `${significant(-limit, 2)} … ${signed(limit, 2)}   red: ${positive}; blue: ${negative}`,
    margin + 152,
    sheet.y,
  );
  sheet.y += line;
  write(sheet, accountingLine(explanation.accounting), font(13), sheet.ink);
}

/** A line of text, broken at spaces where it is too long. */
function write(sheet: Sheet, text: string, withFont: string, colour: string): void {
  const { context } = sheet;
  context.font = withFont;
  context.fillStyle = colour;
  let row = '';
  for (const word of text.split(' ')) {
    const longer = row === '' ? word : `${row} ${word}`;
    if (row !== '' && context.measureText(longer).width > inner) {
      context.fillText(row, margin, sheet.y);
      sheet.y += line - 4;
      row = word;
    } else row = longer;
  }
  context.fillText(row, margin, sheet.y);
  sheet.y += line - 2;
}
