/** The view of plain tensors: a heat strip per input, and its strongest elements. */
import type { Page, Part } from '../page';
import type { Panel } from '../state';
import { shown } from '../state';
import { barList } from '../result/bars';
import { fill, h } from '../widgets/dom';
import { legendBar } from '../result/legend';
import { meaningOf, totalMagnitude } from '../result/words';
import { colourise } from '../image/layers';
import { scaleLimit } from '../../server/render/colour';
import { inert } from '../widgets/inert';
import { gridOf, splitInputs, strongest } from './split';

const listed = 20;

export function elementsView(page: Page): Part {
  const strips = h('div', { class: 'heat-strips' });
  const list = barList(page, 'Strongest elements', () => undefined);
  const legend = legendBar();
  const element = h(
    'section',
    { class: 'view elements-view', 'aria-label': 'Tensor elements' },
    strips,
    h('h3', {}, 'Strongest elements'),
    list.element,
    legend.element,
  );
  let key: readonly unknown[] = [];

  function update(panel: Panel): void {
    const result = shown(panel);
    if (result?.features.kind !== 'elements') return;
    const { features, explanation } = result;
    const theme = page.theme();
    const next = [features, explanation, theme];
    if (next.every((item, index) => item === key[index])) return;
    key = next;
    const relevance = explanation?.relevance ?? null;
    const limit = scaleLimit(relevance ?? []);
    fill(
      strips,
      ...splitInputs(features, relevance).map((input) => {
        const title = h(
          'div',
          { class: 'strip-title' },
          inert(input.name),
          h('span', { class: 'dim' }, ` ${input.shape.join(' × ')}`),
        );
        return h(
          'div',
          {},
          title,
          input.relevance === null ? null : heatStrip(input.relevance, gridOf(input.shape), limit, theme, input.name),
        );
      }),
    );
    list.draw({
      rows: relevance === null ? [] : strongest(features, relevance, listed),
      total: relevance === null ? 0 : totalMagnitude(relevance),
      meaning: explanation === null ? null : meaningOf(explanation.target),
      theme,
    });
    legend.update(explanation?.target ?? null, limit, theme, '');
  }
  return { element, update };
}

function heatStrip(
  relevance: Float32Array,
  grid: { rows: number; columns: number },
  limit: number,
  theme: ReturnType<Page['theme']>,
  name: string,
): HTMLElement {
  const { rows, columns } = grid;
  const canvas = h('canvas', {
    class: 'heat-strip',
    width: columns,
    height: rows,
    role: 'img',
    'aria-label': `Relevance of ${inert(name)}, ${rows} rows of ${columns}; the strongest elements are listed below`,
  });
  canvas
    .getContext('2d')
    ?.putImageData(new ImageData(new Uint8ClampedArray(colourise(relevance, limit, theme)), columns, rows), 0, 0);
  canvas.style.setProperty('height', `${Math.max(18, Math.min(320, rows * 12))}px`);
  return canvas;
}
