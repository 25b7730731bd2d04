/** The heatmap of the report: a text on coloured ground, pictures, signed bars. */
import { rowColumns, windowNote } from '../protocol/features';
import type { ColumnFeatures, Explanation, PixelFeatures, RowColumn, TokenFeatures } from '../protocol';
import { scaleLimit } from './colour';
import type { Theme } from './colour';
import { stepClass } from './htmlStyle';
import { signed } from './numbers';
import { raster } from './picture';
import type { View } from './picture';
import { strip } from './strip';
import type { Segment } from './strip';
import { escapeHtml, pieces, shorten, visible } from './text';

const unreadShown = 400;

export async function heatmapHtml({ features, relevance }: Explanation): Promise<string> {
  switch (features.kind) {
    case 'tokens':
      return textHtml(features, relevance);
    case 'pixels':
      return await pixelsHtml(features, relevance);
    case 'columns':
      return columnsHtml(features, relevance);
    case 'elements':
      return '<p class="soft">The strongest elements are listed below.</p>';
  }
}

/** @param shared End of the colour scale, where several texts share one; left out: the strongest word. */
function textHtml(features: TokenFeatures, relevance: Float32Array, shared?: number): string {
  const segments = strip(features, relevance);
  const limit = shared ?? textLimit(segments);
  const words = windowNote(features);
  const note = words === null ? '' : `<p class="soft">${words}.</p>`;
  return `<div class="text" dir="auto">${segments.map((segment) => segmentHtml(segment, limit)).join('')}</div>${note}`;
}

function textLimit(segments: readonly Segment[]): number {
  return scaleLimit(segments.map((one) => (one.kind === 'token' ? one.relevance : 0)));
}

function segmentHtml(segment: Segment, limit: number): string {
  if (segment.kind === 'gap')
    return segment.read
      ? `<span class="gap">${inert(segment.text)}</span>`
      : `<span class="gap unread">${inert(shorten(segment.text, unreadShown))}</span>`;
  const value = signed(segment.relevance);
  if (segment.kind === 'special') {
    const count = segment.tokens.length > 1 ? `×${segment.tokens.length}` : '';
    return `<bdi class="special">${inert(segment.text)}${count} (${value})</bdi> `;
  }
  const minus = segment.relevance < 0 ? ' minus' : '';
  return `<bdi class="t ${stepClass(segment.relevance, limit)}${minus}" title="${value}">${inert(segment.text)}</bdi>`;
}

/** Hidden and active characters become marked symbols, with their names; line feeds and tabs stay. */
function inert(text: string): string {
  return pieces(text.replace(/\r\n?/g, '\n'), { keepLayout: true })
    .map((piece) =>
      piece.kind === 'plain'
        ? escapeHtml(piece.text)
        : `<span class="s" title="${escapeHtml(piece.name)}">${escapeHtml(piece.text)}</span>`,
    )
    .join('');
}

async function pixelsHtml(features: PixelFeatures, relevance: Float32Array): Promise<string> {
  const { encodePng } = await import('./png');
  const uri = async (view: View, theme: Theme): Promise<string> => {
    const bytes = await encodePng(raster(features, relevance, view, theme));
    return `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`;
  };
  const figure = async (view: View, words: string): Promise<string> => {
    const light = await uri(view, 'light');
    const dark = view === 'picture' ? light : await uri(view, 'dark');
    const source = `<source media="(prefers-color-scheme: dark)" srcset="${dark}">`;
    return `<figure><picture>${source}<img src="${light}" alt="${words}" width="${features.width}" height="${features.height}"></picture><figcaption>${words}</figcaption></figure>`;
  };
  const figures = [
    await figure('picture', 'what the model saw'),
    await figure('heatmap', 'relevance'),
    await figure('overlay', 'relevance over the picture'),
  ];
  return `<div class="pictures">${figures.join('\n')}</div>`;
}

/**
 * Signed bars, strongest first: against to the left of the axis, for to the right. A text is the sum of its words, and
 * is written out below.
 */
function columnsHtml(features: ColumnFeatures, relevance: Float32Array): string {
  const columns = rowColumns(features);
  const own = columns.map(({ features: indices }) => Float32Array.from(indices, (index) => relevance[index] ?? 0));
  const sums = own.map((values) => values.reduce((sum, value) => sum + value, 0));
  const texts = columns.flatMap(({ name, words }, i) =>
    words === null ? [] : [{ name, words, values: own[i] ?? new Float32Array() }],
  );
  const limit = Math.max(...texts.map(({ words, values }) => textLimit(strip(words, values))), 0);
  const written = texts.map(
    ({ name, words, values }) => `<h3><bdi>${escapeHtml(visible(name))}</bdi></h3>${textHtml(words, values, limit)}`,
  );
  return [barsHtml(columns, Float32Array.from(sums)), ...written].join('\n');
}

function barsHtml(columns: readonly RowColumn[], relevance: Float32Array): string {
  const limit = scaleLimit(relevance);
  const order = Array.from(relevance.keys()).sort((a, b) => Math.abs(relevance[b] ?? 0) - Math.abs(relevance[a] ?? 0));
  const rows = order.map((i) => {
    const column = columns[i];
    const value = relevance[i] ?? 0;
    const length = limit > 0 ? (Math.abs(value) / limit) * 120 : 0;
    const rect = `<rect class="${value < 0 ? 'against' : 'for'}" x="${(value < 0 ? 125 - length : 125).toFixed(1)}" y="2" width="${length.toFixed(1)}" height="12"/>`;
    const bar = `<svg width="250" height="16" aria-hidden="true">${rect}<line class="axis" x1="125" x2="125" y1="0" y2="16"/></svg>`;
    const name = escapeHtml(visible(column?.name ?? ''));
    const text = escapeHtml(visible(shorten(column?.text ?? '', 60)));
    return `<tr><th scope="row"><bdi>${name}</bdi></th><td><bdi>${text}</bdi></td><td class="n">${signed(value)}</td><td>${bar}</td></tr>`;
  });
  return `<table>${rows.join('\n')}</table>`;
}
