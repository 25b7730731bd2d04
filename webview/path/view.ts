/** Saturation curve and film strip of a path method. */
import type { Page, Part } from '../page';
import type { Panel } from '../state';
import { inert } from '../widgets/inert';
import { fill, h } from '../widgets/dom';
import { disclosure } from '../widgets/disclosure';
import { segmented } from '../widgets/segmented';
import { saturationCurve } from './curve';
import { filmStrip } from './film';

export function pathView(page: Page): Part {
  const section = disclosure('From baseline to sample', (open) => page.setView({ pathOpen: open }));
  const brightness = segmented(
    'Brightness of frames',
    [
      { value: 'frame', label: 'Per frame' },
      { value: 'common', label: 'Common scale' },
    ] as const,
    (value) => page.setView({ filmScale: value }),
  );
  const curve = h('div', {});
  const film = h('div', {});
  const filmPart = h(
    'div',
    { class: 'film-part' },
    h('div', { class: 'toolbar' }, h('h3', {}, 'Gradients on the way'), brightness.element),
    film,
  );
  section.fill(h('div', { class: 'path' }, curve, filmPart));
  let key: readonly unknown[] = [];

  function update(panel: Panel): void {
    const { explanation } = panel;
    const path = explanation?.path ?? null;
    section.element.hidden = path === null;
    const view = page.view();
    section.open(view.pathOpen);
    if (explanation === null || path === null) return;
    const theme = page.theme();
    const next = [explanation, view.filmScale, theme];
    if (next.every((item, index) => item === key[index])) return;
    if (key[0] !== explanation) fill(curve, saturationCurve(path, inert(explanation.target.label)));
    key = next;
    brightness.set(view.filmScale);
    filmPart.hidden = path.frames.length === 0;
    fill(film, filmStrip(path, explanation.features, view.filmScale, theme));
  }
  return { element: section.element, update };
}
