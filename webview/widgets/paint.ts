/** Signed colours on elements, through CSSOM. */
import type { Rgb, Theme } from '../../server/render/colour';
import { contrast, diverging, hex, textOn } from '../../server/render/colour';

/** Text keeps the theme's colour on a tint where that has at least this WCAG contrast. */
const readable = 4.5;

/**
 * Colours an element by a relevance. Below a fiftieth of the scale it stays as it is: the strip is calm, and the value
 * is still in the hover card and the accessible name.
 */
export function paint(element: HTMLElement, value: number | null, limit: number, theme: Theme, text: Rgb): void {
  if (value === null || limit === 0 || Math.abs(value) < limit / 50) return;
  const { background, ink } = colours(Math.max(-1, Math.min(1, value / limit)), theme, text);
  element.style.setProperty('background-color', background);
  if (ink !== null) element.style.setProperty('color', ink);
  if (Math.abs(value) >= limit / 10) element.classList.add(value > 0 ? 'for' : 'against');
}

interface Colours {
  readonly background: string;
  /** Null: the theme's own text colour is readable. */
  readonly ink: string | null;
}

const steps = 200;
const known = new Map<string, Colours>();

/** A long text has few distinct shades: each is computed once. */
function colours(share: number, theme: Theme, text: Rgb): Colours {
  const step = Math.round(share * steps);
  const key = `${theme} ${text.join()} ${step}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const background = diverging(step, steps, theme);
  const ink = contrast(text, background) < readable ? hex(textOn(background)) : null;
  const made = { background: hex(background), ink };
  known.set(key, made);
  return made;
}

/** The theme's text colour; black or white where the browser writes it in another way than `rgb(…)`. */
export function textColour(theme: Theme): Rgb {
  const [r, g, b] = (/^rgba?\((\d+), (\d+), (\d+)/.exec(getComputedStyle(document.body).color) ?? [])
    .slice(1)
    .map(Number);
  if (r !== undefined && g !== undefined && b !== undefined) return [r, g, b];
  return theme === 'light' || theme === 'highContrastLight' ? [0, 0, 0] : [255, 255, 255];
}
