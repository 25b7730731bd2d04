/** A small card beside what is pointed at or focused, like the editor's hover. */
import type { Child } from './dom';
import { fill, h } from './dom';

export interface Hover {
  readonly element: HTMLElement;
  show(anchor: Element, ...content: readonly Child[]): void;
  hide(): void;
}

/** The card is for the eye only: what it says is also in the anchor's own accessible name. */
export function hoverCard(): Hover {
  const element = h('div', { class: 'hover', 'aria-hidden': 'true', hidden: true });
  return {
    element,
    show(anchor, ...content) {
      fill(element, ...content);
      element.hidden = false;
      place(element, anchor);
    },
    hide: () => (element.hidden = true),
  };
}

/** Below the anchor's last line where there is room, else above its first. */
function place(card: HTMLElement, anchor: Element): void {
  const lines = anchor.getClientRects();
  const first = lines[0];
  const last = lines[lines.length - 1];
  if (first === undefined || last === undefined) return;
  const { width, height } = card.getBoundingClientRect();
  const page = document.documentElement;
  const left = Math.max(8, Math.min(last.left, page.clientWidth - width - 8));
  const below = last.bottom + 6;
  const top = below + height <= page.clientHeight - 4 ? below : Math.max(4, first.top - height - 6);
  card.style.setProperty('left', `${left}px`);
  card.style.setProperty('top', `${top}px`);
}
