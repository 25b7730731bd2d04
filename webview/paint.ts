/** Signed colours on elements, through CSSOM. */
import type { Theme } from '../server/render/colour';
import { diverging, hex, textOn } from '../server/render/colour';

/** Colours an element by a relevance; below a hundredth of the scale it stays as it is, so that the strip is calm. */
export function paint(element: HTMLElement, value: number | null, limit: number, theme: Theme): void {
  if (value === null || limit === 0 || Math.abs(value) < limit / 100) return;
  const background = diverging(value, limit, theme);
  element.style.setProperty('background-color', hex(background));
  element.style.setProperty('color', hex(textOn(background)));
  element.classList.add(value > 0 ? 'for' : 'against');
}
