/** A heatmap over several samples, on a canvas, in the colours of the theme. */
import type { Heatmap } from '../../server/protocol';
import { diverging, scaleLimit } from '../../server/render/colour';
import { h } from '../widgets/dom';
import { currentTheme } from '../widgets/theme';

export function heatmapCanvas({ width, height, relevance }: Heatmap, label: string): HTMLElement {
  const canvas = h('canvas', { class: 'heatmap', width, height, role: 'img', 'aria-label': label });
  const context = canvas.getContext('2d');
  if (context !== null) {
    const image = context.createImageData(width, height);
    const limit = scaleLimit(relevance);
    const theme = currentTheme();
    relevance.forEach((value, i) => image.data.set([...diverging(value, limit, theme), 255], i * 4));
    context.putImageData(image, 0, 0);
  }
  return h('figure', {}, canvas, h('figcaption', { class: 'dim' }, label));
}
