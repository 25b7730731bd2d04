/** A section that opens and closes, and remembers which. */
import { fill, h } from './dom';

export interface Disclosure {
  readonly element: HTMLDetailsElement;
  label(text: string): void;
  open(open: boolean): void;
  fill(...content: readonly Node[]): void;
}

export function disclosure(label: string, onToggle: (open: boolean) => void): Disclosure {
  const summary = h('summary', {}, label);
  const body = h('div', { class: 'disclosure-body' });
  const element = h('details', { class: 'disclosure' }, summary, body);
  let known = false;
  element.addEventListener('toggle', () => {
    if (element.open === known) return;
    known = element.open;
    onToggle(known);
  });
  return {
    element,
    label: (text) => fill(summary, text),
    open(open) {
      known = open;
      if (element.open !== open) element.open = open;
    },
    fill: (...content) => fill(body, ...content),
  };
}
